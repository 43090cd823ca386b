// One game: what moves were made, and where they led.

export class Game {
  constructor(graph) {
    this.graph = graph;
    this.reset();
  }

  reset() {
    this.states = [0];
    this.moves = []; // what led from each state to the next one
    this.turns = []; // by turn of the player: how many moves there were before it
  }

  get state() { return this.states.at(-1); }

  /// One access to shared memory, or one call.
  step(agent) { this.#turn(agent, () => true); }

  /// The agent dies where it is.
  kill(agent) { if (this.graph.canDie(this.state, agent)) this.#turn(this.graph.deathOf(agent), () => true); }

  /// Steps until the agent leaves the line it stands in, has to wait, or `stops`.
  statement(agent, stops) {
    const line = (state) => { const place = this.graph.place(state, agent); return `${place.file}:${place.line}`; };
    const before = line(this.state);
    this.#turn(agent, (state) => stops(state) || line(state) !== before || this.graph.waits(state, agent));
  }

  #turn(move, isOver) {
    const from = this.moves.length;
    while (this.graph.canMove(this.state, move)) {
      this.states.push(this.graph.next(this.state, move));
      this.moves.push(move);
      if (isOver(this.state)) break;
    }
    if (this.moves.length > from) this.turns.push(from);
  }

  undo() {
    if (this.turns.length === 0) return;
    const steps = this.turns.pop();
    this.moves.length = steps;
    this.states.length = steps + 1;
  }

  /// The position as `minusone replay` takes it; null where no such schedule leads here.
  schedule() {
    const { level } = this.graph;
    const w = level.workload;
    const way = [this.moves, this.graph.shortestWay(this.state)].find((moves) => this.#replays(moves));
    if (way === undefined) return null;
    return `${level.build}:${w.writers}w${w.readers}r${w.messages}m${w.text}b${w.processes ? '' : 't'}:` +
      turnsOf(this.graph, way) + (this.graph.conclusion(this.state)?.timed === false ? '' : '+');
  }

  /// A round of a wait that comes to nothing is no step in a schedule: whether there is none.
  #replays(moves) {
    const seen = this.graph.level.agents.map(() => []); // by agent: where it has been since its last effect
    let state = 0;
    for (const move of moves) {
      const agent = this.graph.agentOf(move);
      const next = this.graph.next(state, move);
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
    const agentIn = (kind, number) => Number(number) - 1 + (kind === 'r' ? writers : 0);
    const death = /^([wr])(\d{1,2})-dies-(\d{1,5}):/.exec(text);
    const dead = death === null ? -1 : agentIn(death[1], death[2]);
    const turns = text.slice(death?.[0].length ?? 0);
    let stepsToDeath = Number(death?.[3] ?? 0);
    for (const part of turns === '' ? [] : turns.split('.')) {
      const match = /^([wr])(\d{1,2})(?:x(\d{1,5}))?$/.exec(part);
      if (match === null) return false;
      const agent = agentIn(match[1], match[2]);
      if (agent < 0 || agent >= this.graph.agents) return false;
      for (let i = Number(match[3] ?? 1); i > 0; --i) {
        const before = this.moves.length;
        if (agent === dead && stepsToDeath-- === 0) this.kill(agent);
        else this.step(agent);
        if (this.moves.length === before) return false;
      }
    }
    return true;
  }
}

/// "w1x5.r1x3": who goes on, and for how many steps. "r1-dies-2:w1x5.r1x3": the last of reader 1 is its death,
/// after two of its own.
export function turnsOf(graph, moves) {
  const { writers } = graph.level.workload;
  const agents = moves.map((move) => graph.agentOf(move));
  const parts = [];
  for (let i = 0; i < agents.length;) {
    const agent = agents[i];
    let count = 0;
    for (; agents[i] === agent; ++i) ++count;
    const name = shortName(agent, writers);
    parts.push(count > 1 ? `${name}x${count}` : name);
  }
  const death = moves.findIndex((move) => graph.isDeath(move));
  if (death === -1) return parts.join('.');
  const steps = agents.slice(0, death).filter((agent) => agent === agents[death]).length;
  return `${shortName(agents[death], writers)}-dies-${steps}:${parts.join('.')}`;
}

export function shortName(agent, writers) {
  return agent < writers ? `w${agent + 1}` : `r${agent - writers + 1}`;
}
