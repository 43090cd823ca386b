// The report as its reader meets it: the page that `minusone report` writes, opened from disk.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessibilityViolations, openPage, run, temporaryFolder } from './browser.mjs';

const command = process.env.MINUSONE_COMMAND;
const examples = JSON.parse((await run(process.env.MINUSONE_EXAMPLES, [])).out);

/// The page of some results.
async function pageOf(t, results) {
  const folder = await temporaryFolder(t);
  const [json, html] = [join(folder, 'results.json'), join(folder, 'report.html')];
  await writeFile(json, JSON.stringify(results));
  const { status, err } = await run(command, ['report', json, '--html', html]);
  assert.equal(status, 0, err);
  return html;
}
const ordinary = [...examples.explored, ...examples.observed, ...examples.holding, ...examples.interrupted];
const step = (page) => page.locator('.row.current').first().getAttribute('data-step').then(Number);

test('The overview names each protocol with its verdict, how sure it is, and what broke', async (t) => {
  const page = await openPage(t, await pageOf(t, ordinary));
  const rows = await page.locator('.overview tbody tr').allInnerTexts();
  assert.equal(rows.length, 2);
  assert.match(rows[0], /naive\/counter[^]*broken[^]*all 6 executions, 2 wrong \(33\s%\) complete[^]*forced: 100 rounds, 73 wrong \(73\s%\) observed[^]*legal_state, no_duplicate, no_data_race/);
  assert.match(rows[1], /safe\/futex_slot[^]*holds[^]*not run[^]*284,436 messages, none wrong/);
  await page.getByRole('link', { name: 'safe/futex_slot' }).click();
  assert.match(page.url(), /#protocol-1$/);
});

test('Outcomes stand side by side as explored and as real processes had them', async (t) => {
  const page = await openPage(t, await pageOf(t, ordinary));
  const row = page.locator('.outcomes').first().locator('tr', { hasText: 'written = -1' });
  assert.deepEqual((await row.locator('td.count').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()).slice(0, 2), ['73 73 %', '2 33 %']);
  assert.match(await page.locator('.comparison').first().innerText(), /73\s% of 100 rounds[^]*Of all 6 executions under the scheduler: 33\s%/);
  assert.equal(await page.locator('.outcomes').first().locator('tr', { hasText: 'torn > 0' }).locator('td.count').last().innerText(), '0');
});

test('Steps go on and back by buttons, slider and a click, and memory follows', async (t) => {
  const page = await openPage(t, await pageOf(t, examples.explored));
  const written = page.locator('.memory tr', { hasText: 'written' }).locator('td').first();
  assert.equal(await step(page), 5);
  assert.match(await written.innerText(), /-1 was 0/);
  await page.getByRole('button', { name: 'step back' }).click();
  assert.equal(await written.innerText(), '0');
  await page.getByRole('button', { name: 'first step' }).click();
  assert.match(await written.innerText(), /1 was 0/);
  assert.match(await page.locator('.sentence').innerText(), /^Step 1 of 6: writer 1 writes written = 1 at counter\.cpp:21 in Counter::read/);
  await page.getByRole('button', { name: 'step forward' }).click();
  assert.match(await page.locator('.sentence').innerText(), /reader 1 reads written = 1[^]*races with step 1/);
  await page.locator('.rows .row').nth(3).click();
  assert.equal(await step(page), 3);
  await page.getByRole('slider', { name: 'step' }).fill('6');
  assert.equal(await step(page), 5);
  await page.getByRole('button', { name: 'last step' }).click();
  assert.equal(await step(page), 5);
});

test('Steps of one call in a library are one row, and each has its own where that is asked', async (t) => {
  const page = await openPage(t, await pageOf(t, examples.inside_library));
  const numbers = () => page.locator('.rows .number').allInnerTexts();
  assert.deepEqual(await numbers(), ['2\u20133', '4', '5']);
  await page.getByRole('button', { name: 'first step' }).click();
  assert.match(await page.locator('.sentence').innerText(), /^Steps 2\u20133 of 5: thread 1 push\(\), 2 steps at mine\.cpp:12 in main/);
  assert.match(await page.locator('.codeline.current').innerText(), /stack\.push\(5\);/);
  assert.equal(await page.locator('.end li').innerText(), 'and its end');
  await page.getByRole('checkbox', { name: 'each step inside libraries' }).check();
  assert.deepEqual(await numbers(), ['1', '2', '3', '4', '5']);
  await page.getByText('Data races: 1 pair').click();
  assert.match(await page.locator('details li').first().innerText(), /mine\.cpp:12 push\(\), at stack\.h:7 write of head/);
  assert.deepEqual(await accessibilityViolations(page), []);
});

test('The source shows where each agent stands', async (t) => {
  const page = await openPage(t, await pageOf(t, examples.explored));
  await page.getByRole('button', { name: 'first step' }).click();
  const current = page.locator('.codeline.current');
  assert.match(await current.innerText(), /W1[^]*21[^]*written = 1;/);
});

test('Arrows say who handed over to whom, and who races with the chosen step', async (t) => {
  const page = await openPage(t, await pageOf(t, examples.explored));
  const count = (kind) => page.locator(`.edges > path.${kind}`).count();
  assert.deepEqual([await count('order'), await count('sees'), await count('race')], [1, 3, 0]);
  await page.getByRole('button', { name: 'first step' }).click();
  await page.getByRole('button', { name: 'step forward' }).click();
  assert.equal(await count('race'), 1);
});

test('Everything is done by the keyboard alone', async (t) => {
  const page = await openPage(t, await pageOf(t, ordinary));
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('role'));
  for (let i = 0; i < 40 && (await focused()) !== 'grid'; ++i) await page.keyboard.press('Tab');
  assert.equal(await focused(), 'grid', 'Tab gets to the steps');
  await page.keyboard.press('Home');
  assert.equal(await step(page), 0);
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
  assert.equal(await step(page), 3);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await step(page), 1);
  await page.keyboard.press('End');
  assert.equal(await step(page), 5);
  const active = await page.locator('.lanes').first().getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
  await page.locator('select').first().focus();
  await page.keyboard.press('ArrowDown');
  assert.match(await page.locator('.broken').first().innerText(), /no data race/);
  assert.equal(await step(page), 1, 'the other counterexample has two steps');
});

test('The command that replays gets to the clipboard', async (t) => {
  const page = await openPage(t, await pageOf(t, examples.explored), { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await page.getByText('copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'minusone replay naive/counter 77108ab24f40:1w2r1m8b:w1.r1.r2x2.r1x2');
});

test('A death is shown where it happens, and its lane ends', async (t) => {
  const results = structuredClone(examples.explored);
  Object.assign(results[0].properties[0].steps[2], { dies: true, what: 'is dead' });
  const page = await openPage(t, await pageOf(t, results));
  assert.match(await page.locator('.step.dies').innerText(), /is dead/);
  assert.equal(await page.locator('.dead').count(), 3);
  await page.locator('.rows .row').nth(2).click();
  assert.match(await page.locator('.sentence').innerText(), /it is killed here/);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing against the page, ${colorScheme}`, async (t) => {
    const page = await openPage(t, await pageOf(t, ordinary), { colorScheme });
    for (const details of await page.locator('summary').all()) await details.click();
    assert.deepEqual(await accessibilityViolations(page), []);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, colorScheme === 'dark' ? 'rgb(15, 19, 24)' : 'rgb(255, 255, 255)');
  });
}

test('A narrow window has no sideways scrolling but inside tables', async (t) => {
  const page = await openPage(t, await pageOf(t, [...ordinary, ...examples.malicious]), { viewport: { width: 360, height: 640 } });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});

test('Ten thousand steps stay fluid: only what is in sight exists', async (t) => {
  const page = await openPage(t, await pageOf(t, examples.long));
  assert.equal(await step(page), 9999);
  await page.locator('.lanes').focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 30; ++i) await page.keyboard.press('PageDown');
  assert.ok(await step(page) > 100);
  await page.evaluate(() => { document.querySelector('.lanes').scrollTop = 150000; });
  await page.locator('.rows .row', { hasText: '4700' }).first().waitFor();
  assert.ok(await page.locator('.rows .row').count() < 120);
  assert.ok(await page.locator('.edges > path').count() < 240);
  const head = await page.locator('.row.head').boundingBox(), box = await page.locator('.lanes').boundingBox();
  assert.ok(Math.abs(head.y - box.y) < 3, 'the agents\' names stay in sight');
  await page.keyboard.press('End');
  assert.equal(await page.locator('.memory tr', { hasText: 'written' }).locator('td').first().innerText(), '\u25cf 10000 was 9999');
});

test('On paper all steps stand there, without what only a screen can do', async (t) => {
  const results = [...examples.explored, ...structuredClone(examples.long).map((r) => ({ ...r, protocol: 'long' }))];
  results[1].properties[0].steps.length = 200;
  const page = await openPage(t, await pageOf(t, results), { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  await page.waitForFunction(() => document.querySelectorAll('#protocol-1 .rows .row').length === 200);
  assert.equal(await page.locator('.controls').first().isVisible(), false);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
  assert.ok((await page.pdf()).length > 20000);
  await page.emulateMedia({ media: 'screen' });
  await page.waitForFunction(() => document.querySelectorAll('#protocol-1 .rows .row').length < 120);
});

test('Malicious text is text', async (t) => {
  const html = await pageOf(t, examples.malicious);
  const page = await openPage(t, html);  // a dialog or a request would fail the test
  await page.waitForTimeout(200);
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.locator('body script').count(), 2, 'the data and the page\'s own');
  const text = await page.locator('h2').last().innerText();
  assert.ok(text.includes('</script><script>alert(1)</script><img src=x onerror=alert(2)>'), text);
  assert.ok(text.includes('\\x1b]0;pwned\\x07\\x0a') && text.includes('\\u{202e}'), text);
  assert.deepEqual(await accessibilityViolations(page), []);
  await page.getByRole('button', { name: 'first step' }).click();
  assert.equal(await step(page), 0);
  const bytes = await readFile(html, 'utf8');
  assert.equal(bytes.split('</script').length, (await readFile(await pageOf(t, examples.explored), 'utf8')).split('</script').length);
});

test('A report of nothing says so', async (t) => {
  const page = await openPage(t, await pageOf(t, []));
  await page.getByText('There are no results in this report.').waitFor();
});
