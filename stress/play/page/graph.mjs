// The states of one level and the moves between them, as stress/play/page.cpp packed them. A move is an
// agent's step (its number), or where deaths are allowed its death (its number behind those of all agents).

export class Graph {
  constructor(level) {
    this.level = level;
    this.agents = level.agents.length;
    this.cells = level.cells?.length ?? 0;
    this.sentences = level.sentences.map((text) => text.replace(' -> ', ' → '));
    this.moves = this.agents * (level.deaths ? 2 : 1);
    const edges = level.states * this.moves;
    this.nextOf = new Int32Array(edges).fill(-1);
    this.saysAt = new Int32Array(edges);
    this.waitsAt = new Uint8Array(level.states * this.agents);
    this.placeAt = new Int32Array(level.states * this.agents);
    this.valueAt = new Int32Array(level.states * this.cells);
    this.conclusionAt = new Int32Array(level.states);
    this.#unpack(Uint8Array.from(atob(level.packed), (c) => c.charCodeAt(0)));
  }

  #unpack(bytes) {
    let at = 0;
    const number = () => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    const edge = (state, move) => {
      const away = number();
      this.nextOf[state * this.moves + move] = state + (away % 2 === 0 ? away / 2 : -(away + 1) / 2);
      this.saysAt[state * this.moves + move] = number();
    };
    for (let state = 0, at = 0, cell = 0; state < this.level.states; ++state) {
      for (let c = 0; c < this.cells; ++c) this.valueAt[cell++] = number();
      for (let agent = 0; agent < this.agents; ++agent, ++at) {
        this.placeAt[at] = number();
        const kind = number();
        this.waitsAt[at] = kind % 3 === 2 ? 1 : 0;
        if (kind % 3 !== 0) edge(state, agent);
        if (kind >= 3) edge(state, this.deathOf(agent));
      }
      this.conclusionAt[state] = number() - 1;
    }
  }

  get states() { return this.level.states; }

  agentOf(move) { return move % this.agents; }
  isDeath(move) { return move >= this.agents; }
  deathOf(agent) { return agent + this.agents; }
  /// The state that the move leads to; -1: there is none, the agent has finished or is blocked, or may not die.
  next(state, move) { return this.nextOf[state * this.moves + move]; }
  /// Whether the agent's step is one of a wait loop that only somebody else ends.
  waits(state, agent) { return this.waitsAt[state * this.agents + agent] === 1; }
  canMove(state, move) { const next = this.next(state, move); return next !== -1 && next !== state; }
  /// Where deaths are not allowed there is no such move.
  canDie(state, agent) { return this.level.deaths && this.canMove(state, this.deathOf(agent)); }
  says(state, move) { return this.sentences[this.saysAt[state * this.moves + move]]; }
  /// A number that is the same wherever the agent itself is in the same state.
  placeNumber(state, agent) { return this.placeAt[state * this.agents + agent]; }
  place(state, agent) { return this.level.places[this.placeNumber(state, agent)]; }
  value(state, cell) { return this.level.cells[cell].values[this.valueAt[state * this.cells + cell]]; }
  /// What an execution that ends here comes to; null: somebody can go on.
  conclusion(state) { return this.level.conclusions?.[this.conclusionAt[state]] ?? null; }

  /// Whether memory, or what the kernel holds, differs between two states.
  differ(a, b) {
    for (let c = 0; c < this.cells; ++c) {
      if (this.valueAt[a * this.cells + c] !== this.valueAt[b * this.cells + c]) return true;
    }
    return false;
  }

  /// By state: how many steps it takes at least to one that `isReached`; -1: it cannot be done.
  distances(isReached) {
    const { starts, from } = (this.back ??= this.#backwards());
    const distance = new Int32Array(this.states).fill(-1);
    const queue = new Int32Array(this.states);
    let end = 0;
    for (let state = 0; state < this.states; ++state) {
      if (!isReached(state)) continue;
      distance[state] = 0;
      queue[end++] = state;
    }
    for (let at = 0; at < end; ++at) {
      const state = queue[at];
      for (let i = starts[state]; i < starts[state + 1]; ++i) {
        if (distance[from[i]] !== -1) continue;
        distance[from[i]] = distance[state] + 1;
        queue[end++] = from[i];
      }
    }
    return distance;
  }

  /// Which states lead to a state in one step: those from starts[state] on, up to starts[state + 1].
  #backwards() {
    const starts = new Int32Array(this.states + 1);
    for (const next of this.nextOf) if (next !== -1) ++starts[next + 1];
    for (let state = 0; state < this.states; ++state) starts[state + 1] += starts[state];
    const room = starts.slice();
    const from = new Int32Array(starts[this.states]);
    this.nextOf.forEach((next, edge) => {
      if (next !== -1) from[room[next]++] = Math.floor(edge / this.moves);
    });
    return { starts, from };
  }

  /// The moves of a shortest way from the first state.
  shortestWay(state) {
    const distance = this.distances((other) => other === state);
    const way = [];
    for (let at = 0; distance[at] > 0;) {
      const move = this.towards(at, distance);
      way.push(move);
      at = this.next(at, move);
    }
    return way;
  }

  /// The move that brings nearer, by distances(); -1: none does.
  towards(state, distance) {
    for (let move = 0; move < this.moves; ++move) {
      const next = this.next(state, move);
      if (next !== -1 && distance[state] > 0 && distance[next] === distance[state] - 1) return move;
    }
    return -1;
  }
}
