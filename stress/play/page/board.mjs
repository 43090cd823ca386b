// One level on screen: agents, memory, source, history, and the goal. All that it shows is looked up in
// the level's states; nothing is simulated here.
import { copy, h, replayCommand, shown } from 'minusone/dom';
import { Game, shortName, turnsOf } from 'minusone/game';
import { goalsOf, isSafe } from 'minusone/goals';
import { prediction } from 'minusone/predict';

const many = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

const key = (name) => h('kbd', { 'aria-hidden': 'true' }, String(name));
/// Whose button it is, for who does not see where it stands.
const offscreenOf = (name) => h('span', { class: 'offscreen' }, ` of ${name}`);

export class Board {
  /// @param moved  called after each change of the position or the goal
  constructor(graph, moved) {
    this.graph = graph;
    this.level = graph.level;
    this.moved = moved;
    this.game = new Game(graph);
    this.goals = goalsOf(graph);
    this.goal = this.goals[0];
    this.#build();
    this.#show('');
  }

  get at() { return turnsOf(this.graph, this.game.moves); }

  /// Takes a position and a goal from a link.
  open(at, goalId) {
    const isWhole = this.game.play(at);
    this.#aim(this.goals.find((goal) => goal.id === goalId) ?? this.goals[0]);
    this.#show(isWhole ? '' : 'The link holds a step that cannot be taken; this is the position before it.');
  }

  run(agent) { this.#move(() => this.game.statement(agent, (state) => this.goal.isReached(state)), agent); }
  access(agent) { this.#move(() => this.game.step(agent), agent); }
  kill(agent) {
    this.asksWhomToKill = false;
    this.#move(() => this.game.kill(agent), agent, () => this.#whyItLives(agent));
  }
  /// By keys: first this, then the agent's number.
  askWhomToKill() {
    if (!this.level.deaths) return this.#show('Nobody may be killed here.');
    this.asksWhomToKill = !this.asksWhomToKill;
    this.#show(this.asksWhomToKill ? 'Kill whom? Press its number, or k again to let all live.' : '');
  }
  undo() { this.#move(() => this.game.undo()); }
  reset() { this.#move(() => this.game.reset()); }

  #move(change, agent = -1, whyNot = () => this.#whyNot(agent)) {
    const before = this.game.state;
    const steps = this.game.moves.length;
    this.asksWhomToKill = false;
    change();
    if (this.game.moves.length === steps && agent !== -1) return this.#show(whyNot());
    this.#show('', before);
    this.moved();
  }

  #aim(goal) {
    this.goal = goal;
    this.toGoal = null;
    this.select.value = goal.id;
  }

  /// By state, how many steps are left to the goal.
  #left() { return (this.toGoal ??= this.graph.distances((state) => this.goal.isReached(state))); }

  hint() {
    const left = this.#left();
    const { state } = this.game;
    if (left[0] === -1 || left[state] === -1) {
      return this.#show(left[0] === -1
        ? 'Hint: have you thought of saying that it cannot be done?'
        : 'Hint: from here it cannot be done any more. Undo a step, or start again.');
    }
    if (left[state] === 0) return this.#show('Hint: you are there.');
    const move = this.graph.towards(state, left);
    const name = this.level.agents[this.graph.agentOf(move)];
    const what = this.graph.isDeath(move) ? `kill ${name}` : `one access of ${name}`;
    this.#show(`Hint: ${what}: it ${this.graph.says(state, move)}. ` +
      `At least ${many(left[state], 'step')} from here.`);
  }

  giveUp() {
    const left = this.#left()[0];
    if (left !== -1) {
      return this.#show(`✗ It can be done, in ${many(left, 'step')} from the start. Ask for hints.`, undefined, 'lost');
    }
    this.#show(`✓ Right, it cannot be done. ${this.#certificate()}`, undefined, 'won');
  }

  #certificate() {
    const ways = this.level.interleavings;
    const counted = ways === 0 ? '' : ways < 1e15 ? ` of ${many(ways, 'interleaving')}` : ` of some ${ways.toPrecision(2)} interleavings`;
    return `All executions were tried: ${many(this.level.states, 'state')}${counted}. ` +
      `Complete, for ${this.level.model}.` +
      (isSafe(this.graph) ? ' No other goal here can be reached either.' : '');
  }

  #whyNot(agent) {
    const name = this.level.agents[agent];
    const place = this.graph.place(this.game.state, agent);
    return place.dead ? `${name} is dead.` : place.finished ? `${name} has finished.` : `${name} waits: ${this.#waitsFor(agent)}.`;
  }

  #whyItLives(agent) {
    const name = this.level.agents[agent];
    const places = this.level.agents.map((_, other) => this.graph.place(this.game.state, other));
    if (places[agent].dead) return `${name} is dead.`;
    if (places[agent].finished) return `${name} has finished: nothing is left to kill.`;
    return places.some((place) => place.dead) ? 'One death is all that is allowed here.' : `${name} may not be killed here.`;
  }

  #waitsFor(agent) {
    const { state } = this.game;
    return this.graph.next(state, agent) !== -1
      ? `it ${this.graph.says(state, agent)}, again and again`
      : `its next call (${this.graph.place(state, agent).next}) cannot go on now`;
  }

  #build() {
    const { level } = this;
    this.select = h('select', { id: 'goal', onchange: () => {
      this.#aim(this.goals.find((goal) => goal.id === this.select.value));
      this.#show('');
      this.moved();
    } }, this.goals.map((goal) => h('option', { value: goal.id }, goal.title)));
    this.status = h('p', { class: 'status', role: 'status' });
    this.cards = level.agents.map((name, agent) => this.#card(name, agent));
    this.values = (level.cells ?? []).map(() => h('td', {}));
    this.historyBody = h('tbody', {});
    this.schedule = h('code', { id: 'schedule' });
    this.undoButton = h('button', { type: 'button', onclick: () => this.undo() }, 'Undo', key('u'));
    this.element = h('div', { class: 'board' },
      prediction(level, (text) => this.#show(text)),
      h('div', { class: 'goal' },
        h('label', { for: 'goal' }, 'Goal'), this.select,
        h('button', { type: 'button', onclick: () => this.hint() }, 'Hint', key('h')),
        h('button', { type: 'button', onclick: () => this.giveUp() }, 'It cannot be done'),
        h('span', { class: 'back' }, this.undoButton,
          h('button', { type: 'button', onclick: () => this.reset() }, 'Start again', key('s')))),
      this.status,
      h('div', { class: 'panes' },
        h('section', { class: 'agents', 'aria-labelledby': 'agents-head' },
          h('h3', { id: 'agents-head' }, 'Who goes on?'), this.cards.map((card) => card.element)),
        h('div', {}, this.#memory(), this.#source())),
      this.#history(), this.#share(), help(this.level.deaths));
  }

  #card(name, agent) {
    const card = {
      doing: h('p', { class: 'doing' }),
      next: h('p', { class: 'next' }),
      inside: h('ol', {}),
      run: h('button', { type: 'button', class: 'run', onclick: () => this.run(agent) }, 'Run this line', offscreenOf(name), key(agent + 1)),
      access: h('button', { type: 'button', class: 'access', onclick: () => this.access(agent) }, 'One access', offscreenOf(name), key(`⇧${agent + 1}`)),
    };
    if (this.level.deaths)
      card.kill = h('button', { type: 'button', class: 'kill', onclick: () => this.kill(agent) }, 'Kill', offscreenOf(name), key('k'), key(agent + 1));
    card.expand = h('details', {}, h('summary', {}, 'expand the line into its accesses'), card.inside);
    card.element = h('article', { class: `agent lane${agent % 6}`, 'aria-label': name },
      h('h4', {}, h('span', { class: 'tag' }, shortName(agent, this.level.workload.writers)), ' ', name),
      card.doing, card.next, h('p', { class: 'buttons' }, card.run, card.access, card.kill), card.expand);
    return card;
  }

  #memory() {
    const cells = this.level.cells ?? [];
    return h('section', { class: 'memory', 'aria-labelledby': 'memory-head' },
      h('h3', { id: 'memory-head' }, 'What they share'),
      cells.length === 0 ? h('p', {}, 'Nothing is ever written.')
        : h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'what'), h('th', { scope: 'col' }, 'value'))),
          h('tbody', {}, cells.map((cell, c) => h('tr', {}, h('th', { scope: 'row' }, cell.name), this.values[c])))));
  }

  #source() {
    this.lines = new Map(); // "file:line": where tags of agents go
    const excerpt = ({ file, first, lines }) => {
      const rows = lines.map((text, i) => {
        const tags = h('span', { class: 'tags' });
        const row = h('li', {}, h('span', { class: 'number' }, String(first + i)), tags, h('code', {}, text === '' ? ' ' : text));
        this.lines.set(`${file}:${first + i}`, { row, tags, text });
        return row;
      });
      return [h('h3', {}, file), h('ol', { class: 'code', tabindex: '0', 'aria-label': `source of ${shown(file)}` }, rows)];
    };
    return h('section', { class: 'source', 'aria-label': 'source' }, this.level.source.map(excerpt));
  }

  #history() {
    return h('section', { class: 'history', 'aria-labelledby': 'history-head' },
      h('h3', { id: 'history-head' }, 'What happened'),
      h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'steps so far' }, h('table', { style: { '--agents': String(this.level.agents.length) } },
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'step'),
          this.level.agents.map((name) => h('th', { scope: 'col' }, name)), h('th', { scope: 'col' }, 'changes'))),
        this.historyBody)));
  }

  #share() {
    const copier = (label, text) => {
      const button = h('button', { type: 'button', onclick: async () => {
        this.#show(await copy(text()) ? `${label}: copied.` : `${label}: this browser does not let a page copy; select it by hand.`);
      } }, label);
      return button;
    };
    this.replayCopier = copier('Copy the command', () => this.schedule.textContent);
    return h('section', { class: 'share', 'aria-labelledby': 'share-head' },
      h('h3', { id: 'share-head' }, 'This position'),
      h('p', {}, copier('Copy the link', () => location.href), ' The page\'s address holds it, goal and all.'),
      h('p', {}, this.replayCopier, ' ', this.schedule));
  }

  #show(message, before = this.game.state, kind = '') {
    const { game, graph } = this;
    const { state } = game;
    for (const { row, tags } of this.lines.values()) {
      row.classList.remove('here');
      tags.replaceChildren();
    }
    this.cards.forEach((card, agent) => this.#showAgent(card, agent, state));
    this.#scrollToLine();
    this.values.forEach((cell, c) => {
      const was = graph.value(before, c), is = graph.value(state, c);
      cell.replaceChildren(shown(is), ...(was === is ? [] : [h('span', { class: 'was' }, ` ← ${was}`)]));
      cell.classList.toggle('changed', was !== is);
    });
    this.#showHistory();
    this.undoButton.disabled = game.turns.length === 0;
    const schedule = game.schedule();
    this.schedule.textContent = schedule === null
      ? 'No schedule: an operation began here in a round of a wait that came to nothing.'
      : replayCommand(this.level.replayedAs, schedule);
    this.replayCopier.disabled = schedule === null;
    const [text, is] = this.#verdict(state);
    this.status.textContent = shown(message === '' ? text : message);
    this.status.className = `status ${message === '' ? is : kind}`;
  }

  /// Keeps the line of whoever moved last in sight; the page itself stays where it is.
  #scrollToLine() {
    const place = this.graph.place(this.game.state, this.graph.agentOf(this.game.moves.at(-1) ?? 0));
    const row = this.lines.get(`${place.file}:${place.line}`)?.row;
    if (row === undefined) return;
    const list = row.parentElement;
    const top = row.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top + row.offsetHeight > list.scrollTop + list.clientHeight)
      list.scrollTop = top - list.clientHeight / 2;
  }

  #showAgent(card, agent, state) {
    const { graph } = this;
    const place = graph.place(state, agent);
    const line = this.lines.get(`${place.file}:${place.line}`);
    const canStep = graph.canMove(state, agent);
    const waits = !place.finished && (!canStep || graph.waits(state, agent));
    card.element.classList.toggle('waits', waits);
    card.element.classList.toggle('finished', place.finished);
    card.element.classList.toggle('dead', place.dead);
    if (line !== undefined && !place.finished) {
      line.row.classList.add('here');
      line.tags.append(h('span', { class: `tag lane${agent % 6}` }, shortName(agent, this.level.workload.writers)));
    }
    const done = place.done.length === 0 ? '' : ` It ${place.done.join(', ')}.`;
    card.doing.replaceChildren(...(place.dead ? [`✝ Was killed.${done}`] : place.finished ? [`Has finished.${done}`]
      : [`Line ${place.line || '?'}: `, h('code', {}, line?.text.trim() ?? place.next), done]));
    card.next.textContent = shown(place.finished ? '' : waits ? `Waits: ${this.#waitsFor(agent)}.` : `Next: ${graph.says(state, agent)}.`);
    const accesses = this.#accesses(agent, state);
    card.inside.replaceChildren(...accesses.map((text) => h('li', {}, text)));
    card.expand.hidden = accesses.length === 0;
    for (const button of [card.run, card.access]) button.setAttribute('aria-disabled', String(!canStep));
    card.kill?.setAttribute('aria-disabled', String(!graph.canDie(state, agent)));
  }

  /// What the rest of the agent's line does if nobody comes between.
  #accesses(agent, state) {
    const { graph } = this;
    const line = (s) => { const place = graph.place(s, agent); return `${place.file}:${place.line}`; };
    const accesses = [];
    for (let at = state; graph.canMove(at, agent) && line(at) === line(state) && accesses.length < 40; at = graph.next(at, agent)) {
      if (at !== state && graph.waits(at, agent)) break;
      accesses.push(graph.says(at, agent));
    }
    return accesses;
  }

  #showHistory() {
    const { moves, states } = this.game;
    const rows = this.historyBody.rows;
    const isShown = (i) => rows[i] !== undefined && rows[i].dataset.step === `${states[i]}>${states[i + 1]}`;
    let same = 0;
    while (same < moves.length && isShown(same)) ++same;
    while (rows.length > same) rows[same].remove();
    for (let i = same; i < moves.length; ++i) {
      const who = this.graph.agentOf(moves[i]);
      const dies = this.graph.isDeath(moves[i]);
      this.historyBody.append(h('tr', { 'data-step': `${states[i]}>${states[i + 1]}` }, h('th', { scope: 'row' }, String(i + 1)),
        this.level.agents.map((_, agent) => agent !== who ? h('td', {})
          : h('td', { class: `lane${agent % 6} on${dies ? ' dies' : ''}` }, (dies ? '✝ ' : '') + this.graph.says(states[i], moves[i]))),
        h('td', {}, this.#changes(states[i], states[i + 1]))));
    }
    this.historyBody.parentElement.parentElement.scrollTop = this.historyBody.scrollHeight;
  }

  #changes(from, to) {
    return (this.level.cells ?? []).flatMap((cell, c) => {
      const was = this.graph.value(from, c), is = this.graph.value(to, c);
      return was === is ? [] : [`${cell.name}: ${was} → ${is}`];
    }).join('; ');
  }

  #verdict(state) {
    const steps = many(this.game.moves.length, 'step');
    const conclusion = this.graph.conclusion(state);
    const end = conclusion === null ? '' : ` ${conclusion.outcome}: ${conclusion.why}.`;
    if (this.goal.isReached(state)) return [`✓ You did it, in ${steps}: ${this.goal.title.toLowerCase()}.${end}`, 'won'];
    if (conclusion !== null)
      return [`✗ Nobody can go on, and the goal is not reached:${end} Undo, or start again.`, 'lost'];
    return [this.game.moves.length === 0 ? `${this.goal.title}: choose who goes on.` : `${steps} so far. ${this.goal.title}.`, ''];
  }
}

function help(deaths) {
  const keys = [['1 to 9', 'run the line of that agent'], ['Shift with 1 to 9', 'one access of that agent'],
    ...(deaths ? [['k, then 1 to 9', 'kill that agent']] : []), ['u', 'undo'], ['s', 'start again'], ['h', 'hint']];
  return h('details', { class: 'keys' }, h('summary', {}, 'Keys'),
    h('table', {}, h('tbody', {}, keys.map(([key, what]) => h('tr', {}, h('th', { scope: 'row' }, key), h('td', {}, what))))));
}
