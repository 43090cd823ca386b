// One interleaving: a lane an agent, a row a step, the source beside it and what shared memory holds.
// Only the rows in sight exist as elements, so that long executions stay fluid.
import { copy, h, replayCommand, svg } from 'minusone/dom';
import { agentsOf, memoryAt, positionsAt, sentences, short } from 'minusone/results';

/// A line of the system's libraries tells nobody anything.
const inLibrary = (step) => (step.path ?? '').startsWith('/usr/');

const spare = 12;         // rows above and below those in sight
const printed = 600;      // rows at most on paper
let players = 0;

const rowHeight = () => 2 * parseFloat(getComputedStyle(document.documentElement).fontSize);

/// The rows of a finding: each step, or several of one call in a library, or of one loop, told as one.
/// `first` and `last` are steps from 0.
const rowsOf = (steps, told) => told ?? steps.map((step, i) => ({ first: i, last: i, what: step.what, changed: changeOf(step), why: step.why }));

/// By step, its row; of a step that is left out the one before.
function rowOfEachStep(rows, count) {
  const at = new Array(count).fill(0);
  rows.forEach((row, i) => at.fill(i, row.first));
  return at;
}

const times = (row) => row.repeats ? ` (${row.last - row.first + 1} times)` : '';
const numbers = (row) => row.first === row.last ? `${row.first + 1}` : `${row.first + 1}\u2013${row.last + 1}`;

/// The lanes: a grid that steps by arrow keys. `select(index)` is called when another row is chosen.
class Lanes {
  constructor(steps, told, id, name, select) {
    this.steps = steps;
    this.told = told;
    this.rowAt = rowOfEachStep(told, steps.length);
    this.id = id;
    this.agents = agentsOf(steps);
    this.lane = new Map(this.agents.map((agent, i) => [agent, i]));
    this.deaths = new Map(steps.flatMap((step, i) => step.dies ? [[step.agent, i]] : []));
    this.current = 0;
    this.range = [0, 0];
    this.head = h('div', { class: 'row head', role: 'row' },
      h('span', { role: 'columnheader', 'aria-colindex': 1 }, 'step'),
      this.agents.map((agent, i) => h('span', { role: 'columnheader', 'aria-colindex': i + 2 }, agent)),
      h('span', { role: 'columnheader', 'aria-colindex': this.agents.length + 2 }, 'shared memory'));
    this.edges = svg('svg', { class: 'edges', 'aria-hidden': 'true' });
    this.rows = h('div', { class: 'rows', role: 'rowgroup' });
    this.element = h('div', {
      class: 'lanes', role: 'grid', tabindex: 0, 'aria-label': `steps of ${name}; arrow keys go on and back`,
      'aria-rowcount': told.length + 1, 'aria-colcount': this.agents.length + 2,
      style: { '--agents': String(this.agents.length) },
    }, h('div', { role: 'rowgroup' }, this.head), h('div', { class: 'canvas', role: 'presentation' }, this.edges, this.rows));
    this.element.addEventListener('scroll', () => this.draw());
    this.element.addEventListener('keydown', (event) => this.key(event, select));
    this.rows.addEventListener('click', (event) => {
      const row = event.target.closest('[data-step]');
      if (row) select(Number(row.dataset.row));
    });
    new ResizeObserver(() => this.draw(true)).observe(this.element);
  }

  key(event, select) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / rowHeight()) - 2);
    const moves = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, PageDown: page, PageUp: -page,
      Home: -Infinity, End: Infinity };
    const move = moves[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    select(Math.min(this.told.length - 1, Math.max(0, this.current + move)));
  }

  show(index) {
    this.current = index;
    this.element.setAttribute('aria-activedescendant', `${this.id}-row-${index}`);
    const height = rowHeight(), above = index * height, box = this.element;
    // Room to scroll in, before scrolling.
    this.rows.parentElement.style.setProperty('height', `${this.told.length * height}px`);
    const room = box.clientHeight - height;
    if (above < box.scrollTop + height) box.scrollTop = Math.max(0, above - height);
    else if (above + 2 * height > box.scrollTop + room) box.scrollTop = above + 2 * height - room;
    this.draw(true);
  }

  /// All rows, up to a limit around the current one, for paper; `false` goes back to those in sight.
  print(on) {
    if (!this.element.isConnected) return;
    this.printing = on;
    this.draw(true);
  }

  draw(again = false) {
    const height = rowHeight(), all = this.told.length;
    let first, last;
    if (this.printing) {
      first = Math.max(0, Math.min(this.current - printed / 2, all - printed));
      last = Math.min(all, first + printed);
    } else {
      first = Math.max(0, Math.floor(this.element.scrollTop / height) - spare);
      last = Math.min(all, Math.ceil((this.element.scrollTop + this.element.clientHeight) / height) + spare);
    }
    if (!again && first >= this.range[0] && last <= this.range[1] && this.range[1] - this.range[0] < 4 * spare + (last - first)) return;
    this.range = [first, last];
    this.rows.parentElement.style.setProperty('height', this.printing ? `${(last - first) * height}px` : `${all * height}px`);
    this.rows.style.setProperty('top', this.printing ? '0' : `${first * height}px`);
    this.rows.replaceChildren(...this.told.slice(first, last).map((row, i) => this.row(row, first + i)));
    this.drawEdges(first, last, height);
  }

  row(told, index) {
    const step = this.steps[told.first], lane = this.lane.get(step.agent);
    const racy = this.steps.slice(told.first, told.last + 1).some((one) => one.races?.length > 0);
    const dead = this.agents.filter((agent) => this.deaths.has(agent) && this.deaths.get(agent) < told.first);
    return h('div', {
      class: `row${index === this.current ? ' current' : ''}`, role: 'row', id: `${this.id}-row-${index}`,
      'aria-rowindex': index + 2, 'aria-selected': index === this.current ? 'true' : 'false', 'data-row': index, 'data-step': told.last,
    },
    h('span', { class: 'number', role: 'gridcell', 'aria-colindex': 1 }, numbers(told)),
    h('span', { class: `step${told.changed ? ' changes' : ''}${step.dies ? ' dies' : ''}${racy ? ' racy' : ''}`, role: 'gridcell',
      'aria-colindex': lane + 2, style: { 'grid-column': String(lane + 2) } },
    h('b', { class: 'line', title: `${step.file}:${step.line}` }, step.line > 0 && !inLibrary(step) ? step.line : ''),
    h('span', { class: 'what' }, told.what, times(told)),
    racy && h('span', { class: 'offscreen' }, ', races with an earlier step')),
    dead.map((agent) => h('span', { class: 'dead', 'aria-hidden': 'true', style: { 'grid-column': String(this.lane.get(agent) + 2) } })),
    h('span', { class: 'changed', role: 'gridcell', 'aria-colindex': this.agents.length + 2,
      style: { 'grid-column': String(this.agents.length + 2) } }, told.changed ? `\u25cf ${told.changed}` : ''));
  }

  /// Arrows whose end is in the window: who handed over to whom, whose write is read, who races.
  drawEdges(first, last, height) {
    const cells = [...this.head.children].slice(1, -1);
    const total = this.head.scrollWidth;
    const top = this.printing ? first : 0;
    const anchor = (index, towards) => {
      const lane = this.lane.get(this.steps[index].agent), cell = cells[lane], right = lane < towards;
      return { x: cell.offsetLeft + (right ? cell.offsetWidth - 3 : 3), y: (this.rowAt[index] - top + 0.5) * height, way: right ? 1 : -1 };
    };
    const drawn = [];
    const arrow = (from, to, kind) => {
      if (this.rowAt[from] === this.rowAt[to]) return;
      const [a, b] = [anchor(from, this.lane.get(this.steps[to].agent)), anchor(to, this.lane.get(this.steps[from].agent))];
      const bend = Math.min(40, Math.abs(a.x - b.x) / 2 + 8);
      drawn.push(svg('path', { class: kind, 'marker-end': `url(#${this.id}-${kind.split(' ')[0]})`,
        d: `M${a.x},${a.y} C${a.x + a.way * bend},${a.y} ${b.x + b.way * bend},${b.y} ${b.x},${b.y}` }));
    };
    for (const i of this.told.slice(first, last).flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, k) => first + k))) {
      const step = this.steps[i], chosen = this.rowAt[i] === this.current ? ' chosen' : '';
      for (const from of step.ordered_after ?? []) arrow(from - 1, i, `order${chosen}`);
      if (step.sees && !(step.ordered_after ?? []).includes(step.sees)) arrow(step.sees - 1, i, `sees${chosen}`);
      if (chosen) for (const from of step.races ?? []) arrow(from - 1, i, 'race chosen');
    }
    const heads = ['order', 'sees', 'race'].map((kind) => svg('marker', { id: `${this.id}-${kind}`, class: `head-${kind}`,
      viewBox: '0 0 8 8', refX: 7, refY: 4, markerUnits: 'userSpaceOnUse', markerWidth: 10, markerHeight: 10, orient: 'auto' }, svg('path', { d: 'M0,0 L8,4 L0,8 z' })));
    this.edges.setAttribute('width', total);
    this.edges.setAttribute('height', this.rows.parentElement.style.height.replace('px', ''));
    this.edges.replaceChildren(svg('defs', {}, heads), ...drawn);
  }
}

/// The listing of the file that the current step stands in, with each agent's mark in the margin.
class Source {
  constructor(steps, sources, name) {
    this.steps = steps;
    this.listings = new Map(sources.map((source) => [source.path, source]));
    this.title = h('h4', {}, 'source');
    this.lines = h('div', { class: 'listing', role: 'region', tabindex: 0, 'aria-label': `source, ${name}` });
    this.element = h('section', { class: 'source' }, this.title, this.lines);
    this.path = null;
    this.marked = [];
  }

  open(step) {
    this.path = step.path ?? '';
    const source = this.listings.get(this.path);
    this.title.textContent = '';
    this.title.append(h('span', {}, step.file || 'source'));
    this.byLine = new Map();
    this.marked = [];
    if (!source) {
      this.lines.replaceChildren(h('p', { class: 'none' }, 'The lines of this file did not come with the result.'));
      return;
    }
    this.lines.replaceChildren(...source.lines.map((text, i) => {
      const line = { margin: h('span', { class: 'margin' }), text: h('span', { class: 'code' }, text.replace(/\t/g, '    ') || ' ') };
      line.element = h('div', { class: 'codeline' }, line.margin, h('span', { class: 'number' }, source.first + i), line.text);
      this.byLine.set(source.first + i, line);
      return line.element;
    }));
  }

  show(index) {
    const step = this.steps[index];
    // Inside a library the protocol's own code stays in sight.
    if (this.path === null || (this.path !== (step.path ?? '') && !inLibrary(step))) this.open(step);
    for (const line of this.marked) {
      line.margin.replaceChildren();
      line.element.classList.remove('current');
      line.element.removeAttribute('aria-current');
    }
    this.marked = [];
    for (const [agent, at] of positionsAt(this.steps, index)) {
      const line = (this.steps[at].path ?? '') === this.path && this.byLine.get(this.steps[at].line);
      if (!line) continue;
      line.margin.append(h('span', { class: `mark${at === index ? ' now' : ''}`, title: agent }, short(agent)));
      this.marked.push(line);
      if (at !== index) continue;
      line.element.classList.add('current');
      line.element.setAttribute('aria-current', 'true');
      const box = this.lines, top = line.element.offsetTop;
      if (top < box.scrollTop + 30 || top > box.scrollTop + box.clientHeight - 60)
        box.scrollTop = Math.max(0, top - box.clientHeight / 2);
    }
  }
}

function memoryTable(steps, index) {
  const rows = memoryAt(steps, index);
  return h('table', { class: 'memory' },
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'place'), h('th', { scope: 'col' }, 'holds'), h('th', { scope: 'col' }, 'set by step'))),
    h('tbody', {}, rows.map((row) => h('tr', { class: row.now ? 'now' : '' },
      h('th', { scope: 'row' }, row.place),
      h('td', {}, row.now ? '\u25cf ' : '', row.value, row.now && row.before !== undefined ? h('span', { class: 'was' }, ` was ${row.before}`) : ''),
      h('td', {}, row.step > 0 ? `${row.step} (${short(steps[row.step - 1].agent)})` : 'start')))));
}

/// "(anonymous namespace)::Counter::read(char*, unsigned long)" as "Counter::read".
const plainName = (name) => name.replaceAll('(anonymous namespace)::', '').replace(/\(.*$/, '') || name;

/// "written: 1 \u2192 0"; the place alone where it holds no single value.
const changeOf = (step) => step.after === undefined ? step.changed : `${step.place ?? ''}: ${step.before} \u2192 ${step.after}`;

function sentence(steps, row) {
  const step = steps[row.last];
  return [h('b', {}, `Step${row.first === row.last ? '' : 's'} ${numbers(row)} of ${steps.length}: ${step.agent}`), ` ${row.what}${times(row)}`,
    step.file ? ` at ${step.file}:${step.line}` : '', step.function ? ` in ${plainName(step.function)}` : '',
    row.changed ? `; ${row.changed}` : '', row.why ? `; ${row.why}` : '',
    step.ordered_after?.length ? `; ordered after step ${step.ordered_after.join(', ')}` : '',
    step.races?.length ? `; races with step${step.races.length === 1 ? '' : 's'} ${step.races.join(', ')}: nothing orders them` : '',
    step.dies ? '; it is killed here' : ''];
}

function controls(last, go) {
  // Drawn, as fonts without these signs are common.
  const button = (label, path, move) => h('button', { type: 'button', class: 'icon', 'aria-label': label, title: label, onclick: () => go(move) },
    svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, svg('path', { d: path })));
  const slider = h('input', { type: 'range', min: 1, max: last + 1, value: 1, 'aria-label': 'step',
    oninput: (event) => go(() => Number(event.target.value) - 1) });
  return { slider, element: h('div', { class: 'controls', role: 'group', 'aria-label': 'go through the steps' },
    button('first step', 'M3,3h2v10h-2z M13,3v10l-7,-5z', () => 0), button('step back', 'M12,3v10l-8,-5z', (at) => at - 1),
    button('step forward', 'M4,3v10l8,-5z', (at) => at + 1), button('last step', 'M11,3h2v10h-2z M3,3v10l7,-5z', () => last), slider) };
}

/// "label: text  [Copy]"
export function copyable(label, text) {
  const said = h('span', { role: 'status', class: 'said' });
  return h('p', { class: 'copyable' }, `${label}: `, h('code', {}, text), ' ',
    h('button', { type: 'button', onclick: async () => { said.textContent = await copy(text) ? 'copied' : 'select it and copy'; } }, 'Copy'), said);
}

/// The player of one finding (results.mjs). @param all  each step has a row of its own
export function player(finding, sources, all) {
  const { steps, properties: [property], result } = finding;
  const id = `player-${++players}`;
  const told = rowsOf(steps, all ? null : property.rows);
  let current = told.length - 1;
  const lanes = new Lanes(steps, told, id, `${result.protocol}, ${property.name}`, (index) => show(index));
  const source = new Source(steps, sources, `${result.protocol}, ${property.name}`);
  const memory = h('section', { class: 'shared' }, h('h4', {}, 'shared memory'), h('div', {}));
  const said = h('p', { class: 'sentence', role: 'status' });
  const { slider, element: bar } = controls(told.length - 1, (move) => show(Math.min(told.length - 1, Math.max(0, move(current)))));
  const behind = property.trace.slice(steps.length);
  function show(index) {
    current = index;
    slider.value = index + 1;
    const row = told[index];
    slider.setAttribute('aria-valuetext', `step ${numbers(row)} of ${steps.length}`);
    said.replaceChildren(...h('p', {}, sentence(steps, row)).childNodes);
    memory.lastChild.replaceChildren(memoryTable(steps, row.last));
    source.show(row.last);
    lanes.show(index);
  }
  const element = h('div', { class: 'player' }, bar, said,
    h('div', { class: 'panes' }, lanes.element, h('div', { class: 'aside' }, memory, source.element)),
    h('p', { class: 'legend' }, h('span', { class: 'key order' }, 'handed over: happens before'), h('span', { class: 'key sees' }, 'value read'),
      h('span', { class: 'key race' }, 'data race of the chosen step'), h('span', { class: 'key racy' }, 'races with an earlier step'), h('span', { class: 'key changes' }, '\u25cf changes shared memory')),
    behind.length > 0 && h('ul', { class: 'end' }, behind.map((line) => h('li', {}, line))),
    property.cause && h('p', { class: 'cause' }, h('b', {}, 'Cause: '), property.cause),
    property.schedule && copyable('Replay', replayCommand(result.protocol, property.schedule)));
  const printing = (on) => () => lanes.print(on);
  addEventListener('beforeprint', printing(true));
  addEventListener('afterprint', printing(false));
  matchMedia('print').addEventListener('change', (event) => lanes.print(event.matches));
  queueMicrotask(() => show(current));
  return element;
}

/// What a finding breaks: "Not kept: no message is lost (no_loss), 34 times; ...".
export const broken = (finding) => h('p', { class: 'broken' }, h('b', {}, 'Not kept: '),
  finding.properties.map((p, i) => [i > 0 ? '; ' : '', h('b', {}, sentences[p.name]), ` (${p.name}), ${p.count} time${p.count === 1 ? '' : 's'}`]), '.');

/// The choice among findings, and the player of the chosen one.
export function playerOf(all, sources) {
  const stage = h('div', {});
  const choose = (index) => {
    const finding = all[index];
    const played = h('div', {}, player(finding, sources, false));
    const unfolds = h('input', { type: 'checkbox', onchange: () => played.replaceChildren(player(finding, sources, unfolds.checked)) });
    stage.replaceChildren(broken(finding));
    if (finding.properties[0].rows) stage.append(h('label', { class: 'choice' }, unfolds, ' each step inside libraries and loops'));
    stage.append(played);
  };
  const name = (finding) => finding.properties.map((p) => p.name).join(', ');
  const select = h('select', { onchange: (event) => choose(event.target.selectedIndex) },
    all.map((finding) => h('option', {}, `${name(finding)}: ${finding.steps.length} steps`)));
  choose(0);
  return h('div', { class: 'interleavings' },
    all.length > 1 && h('label', { class: 'choice' }, 'Counterexample ', select), stage);
}
