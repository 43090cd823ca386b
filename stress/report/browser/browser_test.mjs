// The tests' own tools: a page that misbehaves must fail, or no other browser test means anything.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessibilityViolations, openPage, run, temporaryFolder } from './browser.mjs';

const shell = (body) => `<!doctype html><html lang="en"><title>t</title><main><h1>t</h1>${body}</main></html>`;

/// Opens a page as a test of its own would. @return why that test failed, or null
async function failureOf(t, body) {
  const file = join(await temporaryFolder(t), 'page.html');
  await writeFile(file, shell(body));
  const ends = [];
  await openPage({ after: (end) => ends.push(end) }, file).then((page) => page.waitForTimeout(50));
  try {
    for (const end of ends) await end();
    return null;
  } catch (error) {
    return String(error.message) + JSON.stringify(error.actual);
  }
}

test('A page that behaves passes', async (t) => assert.equal(await failureOf(t, '<p>well</p>'), null));

test('A script error fails the test', async (t) =>
  assert.match(await failureOf(t, '<script>throw new Error("planted")</script>'), /planted/));

test('A request of another file fails the test', async (t) =>
  assert.match(await failureOf(t, '<img src="elsewhere.png" alt="">'), /elsewhere\.png/));

test('A dialog, such as injected markup opens, fails the test', async (t) =>
  assert.match(await failureOf(t, '<script>alert("injected")</script>'), /injected/));

test('axe-core sees a planted violation', async (t) => {
  const file = join(await temporaryFolder(t), 'page.html');
  await writeFile(file, shell('<button></button>'));
  assert.match((await accessibilityViolations(await openPage(t, file))).join(), /button-name/);
});

test('A command\'s exit status is handed on', async () =>
  assert.equal((await run('sh', ['-c', 'exit 3'])).status, 3));
