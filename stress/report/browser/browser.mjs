// Opens pages that minusone wrote in Chromium, from disk, for the tests of this project.
//
//   import { openPage, accessibilityViolations } from '.../stress/report/browser/browser.mjs';
//   test('...', async (t) => {
//     const page = await openPage(t, '/path/report.html', { colorScheme: 'dark' });
//     ...                                       // a Playwright Page
//     assert.deepEqual(await accessibilityViolations(page), []);
//   });
//
// run.sh gives MINUSONE_BROWSER_MODULES, where the npm packages lie, and MINUSONE_CHROMIUM.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(join(process.env.MINUSONE_BROWSER_MODULES, 'package.json'));
const { chromium } = require('playwright-core');

// The pages are our own, so Chromium's sandbox, which root does not have, may be off.
const chromiumFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];

let browser;
after(() => browser?.close());

/// The one Chromium of a test file; its user data lie in an empty folder that Playwright makes.
async function chromiumOnce() {
  browser ??= await chromium.launch({
    executablePath: process.env.MINUSONE_CHROMIUM, args: chromiumFlags, headless: true,
  });
  return browser;
}

/// A fresh page that shows a file, closed when the test `t` ends. What must not happen in any page
/// fails the test: an error of a script, a message in the console, a request of anything but the file.
/// @param options  of browser.newContext (colorScheme, viewport, reducedMotion...), and `hash`: "#..."
export async function openPage(t, file, { hash = '', ...options } = {}) {
  const context = await (await chromiumOnce()).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120000); // ends a hang; a busy machine may take its time
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`script error: ${error.message}`));
  page.on('console', (said) => { if (['error', 'warning'].includes(said.type())) complaints.push(said.text()); });
  page.on('dialog', (dialog) => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  const address = pathToFileURL(file).href;
  page.on('request', (request) => {
    const url = request.url();
    if (url.split('#')[0] !== address && !/^(data|blob):/.test(url)) complaints.push(`request of ${url}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, [], `${file} complained`);
  });
  await page.goto(address + hash);
  return page;
}

/// What axe-core finds against WCAG 2.2 A and AA and its best practices, a line each; [] is good.
export async function accessibilityViolations(page) {
  await page.evaluate(require('node:fs').readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary}`));
}

/// Runs a command; its exit status is not an error. @return {status, out, err}
export async function run(command, parameters, options = {}) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, parameters, { maxBuffer: 1 << 28, ...options });
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    if (typeof error.code !== 'number') throw error;
    return { status: error.code, out: error.stdout, err: error.stderr };
  }
}

/// A folder of the test's own, removed when it ends.
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'minusone-browser-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
