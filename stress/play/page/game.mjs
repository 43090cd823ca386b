// One game: whose turn it was, and where that led.

export class Game {
  constructor(graph) {
    this.graph = graph;
    this.reset();
  }

  reset() {
    this.states = [0];
    this.agents = []; // whose step led from each state to the next one
    this.turns = [];  // by turn of the player: how many steps there were before it
  }

  get state() { return this.states.at(-1); }

  /// One access to shared memory, or one call.
  step(agent) { this.#turn(agent, () => true); }

  /// Steps until the agent leaves the line it stands in, has to wait, or `stops`.
  statement(agent, stops) {
    const line = (state) => { const place = this.graph.place(state, agent); return `${place.file}:${place.line}`; };
    const before = line(this.state);
    this.#turn(agent, (state) => stops(state) || line(state) !== before || this.graph.waits(state, agent));
  }

  #turn(agent, isOver) {
    const from = this.agents.length;
    while (this.graph.canStep(this.state, agent)) {
      this.states.push(this.graph.next(this.state, agent));
      this.agents.push(agent);
      if (isOver(this.state)) break;
    }
    if (this.agents.length > from) this.turns.push(from);
  }

  undo() {
    if (this.turns.length === 0) return;
    const steps = this.turns.pop();
    this.agents.length = steps;
    this.states.length = steps + 1;
  }

  /// The position as `minusone replay` takes it; null where no such schedule leads here.
  schedule() {
    const { level } = this.graph;
    const w = level.workload;
    const way = [this.agents, this.graph.shortestWay(this.state)].find((agents) => this.#replays(agents));
    if (way === undefined) return null;
    return `${level.build}:${w.writers}w${w.readers}r${w.messages}m${w.text}b${w.processes ? '' : 't'}:` +
      turnsOf(way, w.writers) + (this.graph.conclusion(this.state)?.timed === false ? '' : '+');
  }

  /// A round of a wait that comes to nothing is no step in a schedule: whether there is none.
  #replays(agents) {
    const seen = this.graph.level.agents.map(() => []); // by agent: where it has been since its last effect
    let state = 0;
    for (const agent of agents) {
      const next = this.graph.next(state, agent);
      if (this.graph.differ(state, next)) seen[agent] = [];
      else seen[agent].push(this.graph.placeNumber(state, agent));
      if (seen[agent].includes(this.graph.placeNumber(next, agent))) return false;
      state = next;
    }
    return true;
  }

  /// Takes the steps of turnsOf() from the start. @return false: they were cut at the first that cannot be
  play(text) {
    this.reset();
    const { writers } = this.graph.level.workload;
    for (const part of text === '' ? [] : text.split('.')) {
      const match = /^([wr])(\d{1,2})(?:x(\d{1,5}))?$/.exec(part);
      if (match === null) return false;
      const agent = Number(match[2]) - 1 + (match[1] === 'r' ? writers : 0);
      for (let i = Number(match[3] ?? 1); i > 0; --i) {
        if (agent < 0 || agent >= this.graph.agents || !this.graph.canStep(this.state, agent)) return false;
        this.step(agent);
      }
    }
    return true;
  }
}

/// "w1x5.r1x3": who goes on, and for how many steps.
export function turnsOf(agents, writers) {
  const parts = [];
  for (let i = 0; i < agents.length;) {
    const agent = agents[i];
    let count = 0;
    for (; agents[i] === agent; ++i) ++count;
    const name = shortName(agent, writers);
    parts.push(count > 1 ? `${name}x${count}` : name);
  }
  return parts.join('.');
}

export function shortName(agent, writers) {
  return agent < writers ? `w${agent + 1}` : `r${agent - writers + 1}`;
}
