// The states of one level and the steps between them, as stress/play/page.cpp packed them.

export class Graph {
  constructor(level) {
    this.level = level;
    this.agents = level.agents.length;
    this.cells = level.cells?.length ?? 0;
    const moves = level.states * this.agents;
    this.nextOf = new Int32Array(moves).fill(-1);
    this.waitsAt = new Uint8Array(moves);
    this.saysAt = new Int32Array(moves);
    this.placeAt = new Int32Array(moves);
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
    for (let state = 0, move = 0, cell = 0; state < this.level.states; ++state) {
      for (let c = 0; c < this.cells; ++c) this.valueAt[cell++] = number();
      for (let agent = 0; agent < this.agents; ++agent, ++move) {
        this.placeAt[move] = number();
        const kind = number();
        if (kind === 0) continue;
        this.waitsAt[move] = kind - 1;
        const away = number();
        this.nextOf[move] = state + (away % 2 === 0 ? away / 2 : -(away + 1) / 2);
        this.saysAt[move] = number();
      }
      this.conclusionAt[state] = number() - 1;
    }
  }

  get states() { return this.level.states; }

  /// The state that the agent's step leads to; -1: it has none, it has finished or is blocked.
  next(state, agent) { return this.nextOf[state * this.agents + agent]; }
  /// Whether the agent's step is one of a wait loop that only somebody else ends.
  waits(state, agent) { return this.waitsAt[state * this.agents + agent] === 1; }
  canStep(state, agent) { const next = this.next(state, agent); return next !== -1 && next !== state; }
  says(state, agent) { return this.level.sentences[this.saysAt[state * this.agents + agent]]; }
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
    this.nextOf.forEach((next, move) => {
      if (next !== -1) from[room[next]++] = Math.floor(move / this.agents);
    });
    return { starts, from };
  }

  /// The agents that take the steps of a shortest way from the first state.
  shortestWay(state) {
    const distance = this.distances((other) => other === state);
    const way = [];
    for (let at = 0; distance[at] > 0;) {
      const agent = this.towards(at, distance);
      way.push(agent);
      at = this.next(at, agent);
    }
    return way;
  }

  /// The agent whose step brings nearer, by distances(); -1: nobody's does.
  towards(state, distance) {
    for (let agent = 0; agent < this.agents; ++agent) {
      const next = this.next(state, agent);
      if (next !== -1 && distance[state] > 0 && distance[next] === distance[state] - 1) return agent;
    }
    return -1;
  }
}
