// The page: its levels, the address that holds the position, the keys.
import { h } from 'minusone/dom';
import { Graph } from 'minusone/graph';
import { Board } from 'minusone/board';
import { lesson } from 'minusone/markdown';

const levels = JSON.parse(document.getElementById('data').textContent);
const stage = h('main', {});
const steps = levels.length > 1 ? h('nav', { 'aria-label': 'levels' }) : null;
document.body.append(
  h('header', {}, h('h1', {}, 'You are the scheduler'),
    h('p', {}, 'Real code, stopped before each access to shared memory. You say who goes on, and see what the compiled code does.')),
  ...(steps === null ? [] : [steps]), stage);

let board = null;
let current = -1;

function open(index) {
  current = index;
  const level = levels[index];
  const graph = (level.graph ??= new Graph(level));
  board = new Board(graph, () => history.replaceState(null, '', `#${address()}`));
  stage.replaceChildren(
    h('h2', {}, level.protocol),
    h('p', { class: 'summary' }, `${level.summary}. ${level.model}.`),
    ...(level.task === '' ? [] : [h('div', { class: 'task' }, lesson(level.task))]),
    ...(level.lesson === '' ? [] : [h('details', { class: 'lesson' }, h('summary', {}, 'The lesson: read it before you play, or after'),
      h('div', {}, lesson(level.lesson)))]),
    board.element);
  steps?.replaceChildren(...levels.map((other, i) => h('button',
    { type: 'button', 'aria-current': i === index ? 'step' : null, onclick: () => { open(i); history.replaceState(null, '', `#${address()}`); } },
    `${i + 1} ${other.protocol}`)));
}

function address() {
  const parts = new URLSearchParams({ at: board.at, goal: board.goal.id });
  if (levels.length > 1) parts.set('level', String(current + 1));
  return parts.toString();
}

function follow() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const level = Number.parseInt(wanted.get('level') ?? '1', 10) - 1;
  open(levels[level] === undefined ? 0 : level);
  board.open(wanted.get('at') ?? '', wanted.get('goal') ?? '');
}

function press(agent, shift) {
  if (board.asksWhomToKill) board.kill(agent);
  else if (shift) board.access(agent);
  else board.run(agent);
}

addEventListener('hashchange', follow);
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, select, textarea')) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  const agent = digit === null ? -1 : Number(digit[1]) - 1;
  if (agent >= 0 && agent < levels[current].agents.length) press(agent, event.shiftKey);
  else if (event.key === 'k') board.askWhomToKill();
  else if (event.key === 'u') board.undo();
  else if (event.key === 's') board.reset();
  else if (event.key === 'h') board.hint();
  else return;
  event.preventDefault();
});
follow();
performance.mark('minusone-ready');
