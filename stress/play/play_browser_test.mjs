// The page as a player meets it: wins, loses, gives up, goes back, shares, without a mouse, in the dark.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { accessibilityViolations, openPage, run, temporaryFolder } from '../report/browser/browser.mjs';

const command = process.env.MINUSONE_COMMAND;

const pages = mkdtempSync(join(tmpdir(), 'minusone-play-'));
after(() => rmSync(pages, { recursive: true, force: true }));
const made = new Map();

/// The page of a workload, made once for all tests.
async function pageOf(protocol, writers, readers, crash) {
  const key = `${protocol.replace('/', '_')}_${writers}w${readers}r${crash}`;
  if (!made.has(key)) {
    const file = join(pages, `${key}.html`);
    const parameters = ['play', protocol, '--writers', String(writers), '--readers', String(readers), '-o', file];
    const { status, err } = await run(command, crash === '' ? parameters : [...parameters, '--crash', crash]);
    assert.equal(status, 0, err);
    made.set(key, file);
  }
  return made.get(key);
}

async function game(t, protocol, writers, readers, { crash = '', ...options } = {}) {
  const file = await pageOf(protocol, writers, readers, crash);
  return { file, page: await openPage(t, file, options) };
}

const status = (page) => page.getByRole('status').textContent();
const card = (page, name) => page.getByRole('article', { name });
const runLine = (page, name) => card(page, name).getByRole('button', { name: 'Run this line' }).click();
const oneAccess = (page, name) => card(page, name).getByRole('button', { name: 'One access' }).click();
const shared = (page, what) => page.getByRole('row', { name: new RegExp(`^${what}`) }).getByRole('cell').first().textContent();
const aim = (page, goal) => page.getByLabel('Goal').selectOption({ label: goal });

/// What `minusone replay` makes of the position that the page shows.
async function replay(page) {
  const [, protocol, schedule] = /^minusone replay (\S+) (\S+)$/.exec(await page.locator('#schedule').textContent());
  return { schedule, replayed: await run(command, ['replay', protocol, schedule]) };
}

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
  const { replayed } = await replay(page);
  assert.equal(replayed.status, 1);
  assert.match(replayed.out, /written = -1/);
});

test('A position in the middle replays too', async (t) => {
  const { page } = await game(t, 'naive/counter', 2, 2);
  for (const name of ['writer 2', 'writer 1', 'writer 2']) await runLine(page, name);
  const { schedule, replayed } = await replay(page);
  assert.match(schedule, /:2w2r1m8b:w2\.w1\.w2x2\+$/);
  assert.equal(replayed.status, 3, 'inconclusive');
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
  for (let i = 0; i < 15; ++i) {
    for (const key of ['3', '1', '2']) await page.keyboard.press(key);
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
    for (let i = 0; i < 40; ++i) {
      await page.keyboard.press('h');
      const who = /one access of (.*): it/.exec(await status(page));
      if (who === null) break;
      await page.keyboard.press(`Shift+${['writer 1', 'writer 2', 'reader 1', 'reader 2'].indexOf(who[1]) + 1}`);
    }
    if (/you are there/.test(await status(page))) ++reached;
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
  assert.deepEqual(await card(page, 'writer 1').locator('ol li').allTextContents(), ['reads written = 0', 'writes written: 0 → 1']);
  await oneAccess(page, 'writer 1');
  assert.deepEqual(await card(page, 'writer 1').locator('ol li').allTextContents(), ['writes written: 0 → 1']);
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

test('Who dies holding a semaphore leaves the others stuck: a link and replay lead there too', async (t) => {
  const { file, page } = await game(t, 'safe/posix_semaphore', 2, 1, { crash: 'any' });
  await aim(page, 'Get somebody stuck, waiting for what is already there, with one death allowed');
  await runLine(page, 'writer 1');
  await card(page, 'writer 1').getByRole('button', { name: 'Kill' }).click();
  assert.match(await status(page), /You did it, in 2 steps/);
  assert.match(await card(page, 'writer 1').textContent(), /Was killed\. It died writing/);
  assert.match(await page.locator('.history td.dies').textContent(), /is dead/);
  for (const key of ['k', '3']) await page.keyboard.press(key);
  assert.match(await status(page), /One death is all that is allowed here/);
  const { schedule, replayed } = await replay(page);
  assert.match(schedule, /:2w1r1m8b:w1-dies-1:w1x2$/);
  assert.equal(replayed.status, 1);
  assert.match(replayed.out, /survives_death/);
  const other = await openPage(t, file, { hash: await page.evaluate(() => location.hash) });
  assert.match(await status(other), /You did it, in 2 steps/);
  const broken = await openPage(t, file, { hash: '#at=w1-dies-1:w1x3&goal=stuck' });
  assert.match(await status(broken), /a step that cannot be taken/);
});

test('Whom the robust mutex loses nobody misses, and the page says that every death was tried', async (t) => {
  const { page } = await game(t, 'safe/robust_mutex', 1, 1, { crash: 'any' });
  for (const goal of await page.getByLabel('Goal').getByRole('option').allTextContents()) {
    await aim(page, goal);
    await page.getByRole('button', { name: 'It cannot be done' }).click();
    assert.match(await status(page), /Right, it cannot be done\. All executions were tried: .*with one death at most and without timeouts/, goal);
  }
  await page.getByLabel('Goal').blur();
  await runLine(page, 'writer 1');
  for (const key of ['k', '1']) await page.keyboard.press(key);
  assert.match(await shared(page, 'mutex'), /^free, its owner died ← held by writer 1/);
  for (let i = 0; i < 40; ++i) await page.keyboard.press('2');
  assert.match(await status(page), /waits|Nobody can go on/);
  const { schedule, replayed } = await replay(page);
  assert.match(schedule, /:w1-dies-\d+:/);
  assert.notEqual(replayed.status, 2, replayed.err);
});

test('A kill by the keyboard can be thought better of, and where nobody may die nobody does', async (t) => {
  const { page } = await game(t, 'naive/counter', 1, 2, { crash: 'any' });
  await page.keyboard.press('k');
  assert.match(await status(page), /Kill whom\? Press its number/);
  await page.keyboard.press('k');
  await page.keyboard.press('1');
  assert.match(await status(page), /^1 step so far/);
  for (const key of ['k', '3']) await page.keyboard.press(key);
  assert.equal(await page.locator('.agent.dead').count(), 1);
  await page.keyboard.press('u');
  assert.equal(await page.locator('.agent.dead').count(), 0);
  const { page: deathless } = await game(t, 'naive/counter', 1, 2);
  await deathless.keyboard.press('k');
  assert.match(await status(deathless), /Nobody may be killed here/);
  assert.equal(await deathless.getByRole('button', { name: 'Kill' }).count(), 0);
});

test('Hints lead through a death', async (t) => {
  const { page } = await game(t, 'safe/posix_semaphore', 2, 1, { crash: 'any', hash: '#goal=stuck' });
  await page.keyboard.press('h');
  const who = /one access of (.*): it/.exec(await status(page));
  await oneAccess(page, who[1]);
  await page.keyboard.press('h');
  const victim = /Hint: kill (.*): it is dead/.exec(await status(page));
  await card(page, victim[1]).getByRole('button', { name: 'Kill' }).click();
  assert.match(await status(page), /You did it, in 2 steps/);
});

test('The course has the ladder, with lessons, tasks and links into each level', async (t) => {
  const file = join(await temporaryFolder(t), 'course.html');
  const { status: ended, err } = await run(command, ['play', '--course', '-o', file]);
  assert.equal(ended, 0, err);
  assert.ok((await stat(file)).size < 5e6);
  const page = await openPage(t, file);
  const levels = page.getByRole('navigation').getByRole('button');
  assert.equal(await levels.count(), 7);
  const count = await levels.count();
  for (let i = 0; i < count; ++i) {
    await levels.nth(i).click();
    assert.equal(await levels.nth(i).getAttribute('aria-current'), 'step');
    if (i === 0) assert.match(await page.locator('select option:checked').first().textContent(), /Lose a message/, 'as its task says');
    await page.getByText('The lesson:').click();
    assert.ok(await page.locator('.lesson').getByRole('heading').count() >= 2);
    assert.ok(await page.locator('.code li').count() > 5, 'its source');
    assert.equal(await page.getByRole('button', { name: 'Kill' }).count() > 0, i >= count - 3, 'kills from the semaphores on');
    if (i === 0 || i === count - 1) assert.deepEqual(await accessibilityViolations(page), []);
  }
  await levels.nth(3).click();
  await page.keyboard.press('1');
  const other = await openPage(t, file, { hash: await page.evaluate(() => location.hash) });
  assert.equal(await other.getByRole('heading', { level: 2 }).textContent(), 'safe/atomic_slot');
  assert.equal(await other.locator('.history tbody tr').count(), 1);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing, ${colorScheme}, won and lost`, async (t) => {
    const { page } = await game(t, 'naive/counter', 1, 2, { colorScheme });
    await page.getByText('Predict first').click();
    await page.getByText('Keys', { exact: true }).click();
    await card(page, 'writer 1').getByText('expand the line').click();
    if (colorScheme === 'light') assert.deepEqual(await accessibilityViolations(page), []);
    await page.getByRole('button', { name: 'Check my prediction' }).click();
    for (const key of ['1', '1', '1', '2', '3', '2', '3', '2', '3']) await page.keyboard.press(key);
    assert.deepEqual(await accessibilityViolations(page), []);
    await aim(page, 'Make written 2');
    assert.match(await status(page), /Nobody can go on/);
    assert.deepEqual(await accessibilityViolations(page), []);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(ground, colorScheme === 'dark' ? 'rgb(15, 19, 24)' : 'rgb(255, 255, 255)');
  });
}

test('2 writers and 2 readers: under 5 MB, with a death too; how soon it is there is told', async (t) => {
  for (const [protocol, crash] of [['naive/counter', ''], ['naive/counter', 'any'], ['safe/futex_slot', '']]) {
    const { file, page } = await game(t, protocol, 2, 2, { crash });
    assert.ok((await stat(file)).size < 5e6);
    const ready = await page.evaluate(() => performance.getEntriesByName('minusone-ready')[0].startTime);
    t.diagnostic(`${protocol} ${crash}: ${(await stat(file)).size} bytes, ready after ${Math.round(ready)} ms`);
  }
});

/// A protocol whose author means no good: all that it says of itself holds markup and what steers.
const hostileSource = String.raw`
#include <cstring>
#include "protocol/protocol.h"
#define EVIL "</script><script>alert(1)</script><img src=x onerror=alert(2)> ]]> \x1b]0;pwned\a \u202e | @all *b* [l](javascript:alert(3)) <!-- "
struct Slot {
  int written;  // </script><img src=x onerror=alert(4)>
  char text[minusone::max_message];
  void init() { written = 0; }
  void write(const char* message, std::size_t size) {
    while (written != 0) {}
    std::memcpy(text, message, size);
    written = written + 1;
  }
  std::size_t read(char* message, std::size_t room) {
    while (written == 0) {}
    std::memcpy(message, text, room);
    written = written - 1;
    return room;
  }
};
const minusone::Protocol* minusone_protocol() {
  using namespace minusone;
  static const std::string name = EVIL + std::string(3000, 'A');
  static const Protocol protocol = describe<Slot>(name, Summary{EVIL}, Capacity{1}, StateWord{EVIL, offsetof(Slot, written), {0, 1}},
    breaks(Property::legal_state, EVIL, {.writers = 1, .readers = 2, .messages = 1}),
    acceptable("lost 0, duplicated 0, torn 0", EVIL), forbidden("", EVIL));
  return &protocol;
}`;
const hasControls = (text) => /[\u0000-\u0009\u000b-\u001f\u007f\u202e]/.test(text);

test('A protocol with a malicious name, in a file with one, is text on every page, format and terminal', async (t) => {
  const folder = await temporaryFolder(t);
  const source = join(folder, '<img src=x onerror=alert(5)> &amp; "q" \u202e.cpp');
  await writeFile(source, hostileSource);
  const environment = { env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') } };
  const [html, json] = [join(folder, 'play.html'), join(folder, 'results.json')];
  const played = await run(command, ['play', source, '--readers', '2', '-o', html], environment);
  assert.equal(played.status, 0, played.err);
  const page = await openPage(t, html); // a dialog or a request would fail the test
  await playToMinusOne(page);
  assert.match(await status(page), /You did it, in \d+ steps: make <\/script><script>alert\(1\)/);
  for (const text of [await page.locator('.agents').textContent(), await page.locator('.memory').textContent(),
    await page.locator('.history').textContent(), await page.locator('#schedule').textContent(), await status(page)])
    assert.ok(!hasControls(text), text);
  const name = await page.getByRole('heading', { level: 2 }).textContent();
  assert.ok(/^<\/script>.*\\x1b\]0;pwned\\x07 \\u\{202e\}.*A{3000}$/.test(name), name.slice(0, 200));
  assert.match(await page.locator('#schedule').textContent(), /^minusone replay '.*<img .*' [0-9a-f]{12}:/, 'quoted for a shell');
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.locator('main a').count(), 0);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  assert.deepEqual(await accessibilityViolations(page), []);

  const stepped = await run('sh', ['-c', 'printf "w1\np\ng\n" | "$0" step "$1"', command, source], environment);
  const explored = await run(command, ['explore', source, '--json', json], environment);
  assert.equal(explored.status, 1, explored.err);
  for (const text of [stepped.out, stepped.err, explored.out, explored.err]) assert.ok(!hasControls(text), text.slice(0, 500));
  const as = async (format) => {
    const file = join(folder, format);
    assert.equal((await run(command, ['report', json, `--${format}`, file])).status, 0);
    return readFile(file, 'utf8');
  };
  for (const format of ['junit', 'sarif', 'mermaid', 'markdown']) assert.ok(!hasControls(await as(format)), format);
  const outsideOfCode = (await as('markdown')).replace(/^```[^]*?^```$/gm, '');
  assert.ok(!/<(script|img|!--)/.test(outsideOfCode), outsideOfCode.slice(0, 500));
  assert.ok(!/<(script|img|!--)/.test(await as('mermaid')), 'mermaid');
  assert.ok(JSON.parse(await as('sarif')).runs[0].results.length > 0);
  const isWellFormed = (text) => new DOMParser().parseFromString(text, 'text/xml').querySelector('parsererror') === null;
  assert.equal(await page.evaluate(`(${isWellFormed})(${JSON.stringify(await as('junit'))})`), true);
  await writeFile(join(folder, 'report.html'), await as('html'));
  const report = await openPage(t, join(folder, 'report.html'));
  assert.equal(await report.locator('img').count(), 0);
  assert.match(await report.locator('h2').last().innerText(), /<\/script><script>alert\(1\)/);
});
