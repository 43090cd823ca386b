// The page as a player meets it: wins, loses, gives up, goes back, shares, without a mouse, in the dark.
import assert from 'node:assert/strict';
import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { accessibilityViolations, openPage, run, temporaryFolder } from '../report/browser/browser.mjs';

const command = process.env.MINUSONE_COMMAND;

async function game(t, protocol, writers, readers, options = {}) {
  const file = join(await temporaryFolder(t), 'play.html');
  const made = await run(command, ['play', protocol, '--writers', writers, '--readers', readers, '-o', file].map(String));
  assert.equal(made.status, 0, made.err);
  return { file, page: await openPage(t, file, options) };
}

const status = (page) => page.getByRole('status').textContent();
const card = (page, name) => page.getByRole('article', { name });
const runLine = (page, name) => card(page, name).getByRole('button', { name: 'Run this line' }).click();
const oneAccess = (page, name) => card(page, name).getByRole('button', { name: 'One access' }).click();
const shared = (page, what) => page.getByRole('row', { name: new RegExp(`^${what}`) }).getByRole('cell').first().textContent();
const aim = (page, goal) => page.getByLabel('Goal').selectOption({ label: goal });

/// Both readers pass the check, and each subtracts.
async function playToMinusOne(page) {
  for (const name of ['writer 1', 'writer 1', 'writer 1', 'reader 1', 'reader 2', 'reader 1', 'reader 2', 'reader 1', 'reader 2'])
    await runLine(page, name);
}

test('A player reaches -1 in naive/counter, and replay takes the schedule', async (t) => {
  const { page } = await game(t, 'naive/counter', 1, 2);
  assert.match(await status(page), /Make written -1: choose who goes on/);
  await playToMinusOne(page);
  assert.match(await status(page), /You did it, in 15 steps: make written -1/);
  assert.match(await shared(page, 'written'), /^-1/);
  const [, protocol, schedule] = /^minusone replay (\S+) (\S+)$/.exec(await page.locator('#schedule').textContent());
  const replayed = await run(command, ['replay', protocol, schedule]);
  assert.equal(replayed.status, 1);
  assert.match(replayed.out, /written = -1/);
});

test('A position in the middle replays too', async (t) => {
  const { page } = await game(t, 'naive/counter', 2, 2);
  for (const name of ['writer 2', 'writer 1', 'writer 2']) await runLine(page, name);
  const [, protocol, schedule] = /^minusone replay (\S+) (\S+)$/.exec(await page.locator('#schedule').textContent());
  assert.match(schedule, /:2w2r1m8b:w2\.w1\.w2x2\+$/);
  assert.equal((await run(command, ['replay', protocol, schedule])).status, 3, 'inconclusive');
});

test('A player cannot in safe/atomic_slot, where the page says that all executions were tried', async (t) => {
  const { page } = await game(t, 'safe/atomic_slot', 1, 2);
  const goals = await page.getByLabel('Goal').getByRole('option').allTextContents();
  assert.ok(goals.length >= 5);
  for (const goal of goals) {
    await aim(page, goal);
    await page.getByRole('button', { name: 'It cannot be done' }).click();
    assert.match(await status(page), /Right, it cannot be done\. All executions were tried: .*Complete, for 1 writer, 2 readers/, goal);
  }
  // To the end, whoever can go on: nothing forbidden ever comes up.
  for (let i = 0; i < 60; ++i) {
    for (const name of ['reader 2', 'writer 1', 'reader 1']) await page.keyboard.press({ 'reader 2': '3', 'writer 1': '1', 'reader 1': '2' }[name]);
  }
  assert.match(await page.getByRole('status').textContent(), /waits|has finished|Nobody can go on/);
});

test('Saying that it cannot be done is wrong where it can', async (t) => {
  const { page } = await game(t, 'naive/counter', 1, 2);
  await page.getByRole('button', { name: 'It cannot be done' }).click();
  assert.match(await status(page), /It can be done, in \d+ steps/);
});

test('Hints lead to every goal that can be reached', async (t) => {
  const { page } = await game(t, 'naive/flag', 2, 2);
  let reached = 0;
  for (const goal of await page.getByLabel('Goal').getByRole('option').allTextContents()) {
    await page.keyboard.press('s');
    await aim(page, goal);
    await page.getByLabel('Goal').blur();
    for (let i = 0; i < 40 && !/You did it/.test(await status(page)); ++i) {
      await page.keyboard.press('h');
      const who = /one access of (.*): it/.exec(await status(page));
      if (who === null) break;
      await oneAccess(page, who[1]);
    }
    if (/You did it/.test(await status(page))) ++reached;
  }
  assert.equal(reached, 3, 'lost, twice, torn; the flag never leaves 0 and 1, and nobody gets stuck');
});

test('Who lets everybody finish has lost; undo and start again take back', async (t) => {
  const { page } = await game(t, 'naive/counter', 1, 2);
  assert.ok(await page.getByRole('button', { name: 'Undo' }).isDisabled());
  for (const name of ['writer 1', 'writer 1', 'writer 1', 'reader 1', 'reader 1', 'reader 1']) await runLine(page, name);
  assert.match(await status(page), /Nobody can go on, and the goal is not reached: written = 0/);
  assert.match(await card(page, 'reader 2').textContent(), /Waits: it reads written = 0, again and again/);
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.match(await status(page), /8 steps so far/);
  assert.match(await shared(page, 'written'), /^1/);
  await page.getByRole('button', { name: 'Start again' }).click();
  assert.equal(await page.locator('.history tbody tr').count(), 0);
});

test('A line is run whole, or one access at a time', async (t) => {
  const { page } = await game(t, 'naive/counter', 1, 2);
  await runLine(page, 'writer 1');
  await runLine(page, 'writer 1');
  await card(page, 'writer 1').getByText('expand the line').click();
  assert.deepEqual(await card(page, 'writer 1').locator('ol li').allTextContents(), ['reads written = 0', 'writes written: 0 -> 1']);
  await oneAccess(page, 'writer 1');
  assert.deepEqual(await card(page, 'writer 1').locator('ol li').allTextContents(), ['writes written: 0 -> 1']);
});

test('A link holds the position and the goal', async (t) => {
  const { file, page } = await game(t, 'naive/counter', 1, 2);
  await aim(page, 'Hand one message out twice');
  await page.getByLabel('Goal').blur();
  for (const name of ['writer 1', 'writer 1', 'writer 1', 'reader 1']) await runLine(page, name);
  const hash = await page.evaluate(() => location.hash);
  const other = await openPage(t, file, { hash });
  assert.equal(await other.locator('.history tbody tr').count(), 6);
  assert.equal(await other.getByLabel('Goal').inputValue(), 'twice');
  const broken = await openPage(t, file, { hash: '#at=w1x2.r9.%3Cimg&goal=nothing&level=x' });
  assert.match(await status(broken), /a step that cannot be taken/);
  assert.equal(await broken.locator('.history tbody tr').count(), 2);
});

test('A prediction is held against the proved set', async (t) => {
  const { page } = await game(t, 'naive/counter', 1, 2);
  await page.getByText('Predict first').click();
  await page.getByLabel('written = -1, lost 0, duplicated 1, torn 0').check();
  await page.getByRole('button', { name: 'Check my prediction' }).click();
  assert.match(await status(page), /\d+ of \d+ right\. Possible are 3, and no others/);
  assert.match(await page.getByRole('listitem').filter({ hasText: 'written = -1, lost 0, duplicated 1' }).textContent(), /✓ right: possible, forbidden/);
  assert.match(await page.getByRole('listitem').filter({ hasText: 'written = 2, lost 0, duplicated 0' }).textContent(), /✓ right: impossible/);
  assert.match(await page.getByRole('listitem').filter({ hasText: 'written = 0, lost 0, duplicated 0, torn 0' }).first().textContent(), /✗ wrong: possible/);
});

test('The keyboard is enough', async (t) => {
  const { page } = await game(t, 'naive/counter', 1, 2);
  for (const key of ['1', '1', '1', 'Shift+2', '3', '2', '3', '2', '3']) await page.keyboard.press(key);
  assert.match(await status(page), /You did it/);
  await page.keyboard.press('u');
  assert.doesNotMatch(await status(page), /You did it/);
  // And by tabbing: the first stop behind the goal's controls is an agent's button, which Enter presses.
  await page.keyboard.press('s');
  for (let i = 0; i < 12; ++i) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.classList.contains('run'))) break;
  }
  await page.keyboard.press('Enter');
  assert.match(await status(page), /1 step so far/);
});

test('The course has the ladder, with lessons, tasks and links into each level', async (t) => {
  const file = join(await temporaryFolder(t), 'course.html');
  const made = await run(command, ['play', '--course', '-o', file]);
  assert.equal(made.status, 0, made.err);
  assert.ok((await stat(file)).size < 5e6);
  const page = await openPage(t, file);
  const levels = page.getByRole('navigation').getByRole('button');
  assert.ok(await levels.count() >= 6);
  for (let i = 0; i < await levels.count(); ++i) {
    await levels.nth(i).click();
    assert.equal(await levels.nth(i).getAttribute('aria-current'), 'step');
    await page.getByText('The lesson:').click();
    assert.ok(await page.locator('.lesson').getByRole('heading').count() >= 2);
    assert.ok(await page.locator('.code li').count() > 5, 'its source');
    assert.deepEqual(await accessibilityViolations(page), []);
  }
  await levels.nth(3).click();
  await page.keyboard.press('1');
  const other = await openPage(t, file, { hash: await page.evaluate(() => location.hash) });
  assert.equal(await other.getByRole('heading', { level: 2 }).textContent(), 'safe/atomic_slot');
  assert.equal(await other.locator('.history tbody tr').count(), 1);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing, ${colorScheme}, at the start, won and lost`, async (t) => {
    const { page } = await game(t, 'naive/counter', 1, 2, { colorScheme });
    await page.getByText('Predict first').click();
    await page.getByText('Keys', { exact: true }).click();
    await card(page, 'writer 1').getByText('expand the line').click();
    assert.deepEqual(await accessibilityViolations(page), []);
    await page.getByRole('button', { name: 'Check my prediction' }).click();
    await playToMinusOne(page);
    assert.deepEqual(await accessibilityViolations(page), []);
    await aim(page, 'Make written 2');
    assert.match(await status(page), /Nobody can go on/);
    assert.deepEqual(await accessibilityViolations(page), []);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, colorScheme === 'dark' ? 'rgb(15, 19, 24)' : 'rgb(255, 255, 255)');
  });
}

test('2 writers and 2 readers: under 5 MB; how soon it is there is told', async (t) => {
  for (const protocol of ['naive/counter', 'safe/futex_slot']) {
    const { file, page } = await game(t, protocol, 2, 2);
    assert.ok((await stat(file)).size < 5e6);
    const ready = await page.evaluate(() => performance.getEntriesByName('minusone-ready')[0].startTime);
    t.diagnostic(`${protocol}: ${(await stat(file)).size} bytes, ready after ${Math.round(ready)} ms`);
  }
});
