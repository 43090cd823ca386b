// What a player may try to bring about. The list is the same for every protocol of a kind, so that it
// does not tell what can be done.

const ends = (graph, property) => (state) => graph.conclusion(state)?.broken.includes(property) ?? false;

/// @return [{ id, title, isReached(state) }]
export function goalsOf(graph) {
  const { level } = graph;
  const goals = [];
  const legal = level.legal.map(Number);
  if (level.word !== '' && level.wordCell >= 0) {
    for (const value of [Math.min(...legal) - 1, Math.max(...legal) + 1]) {
      goals.push({
        id: `word${value}`,
        title: `Make ${level.word} ${value}`,
        isReached: (state) => graph.value(state, level.wordCell) === String(value),
      });
    }
  }
  goals.push({ id: 'lose', title: 'Lose a message', isReached: ends(graph, 'no_loss') });
  goals.push({ id: 'twice', title: 'Hand one message out twice', isReached: ends(graph, 'no_duplicate') });
  goals.push({ id: 'tear', title: 'Tear a message', isReached: ends(graph, 'no_tear') });
  if (level.workload.messages > 1)
    goals.push({ id: 'order', title: 'Let a message overtake another', isReached: ends(graph, 'no_reorder') });
  goals.push({
    id: 'stuck',
    title: 'Get somebody stuck, waiting for what is already there',
    isReached: ends(graph, 'no_deadlock'),
  });
  return goals;
}

/// Whether anything that should not be can be reached at all.
export function isSafe(graph) {
  return goalsOf(graph).every((goal) => graph.distances(goal.isReached)[0] === -1) &&
    (graph.level.conclusions ?? []).every((conclusion) => conclusion.broken.length === 0);
}

/// What the model behind the states is, in words.
export function modelOf(level) {
  const w = level.workload;
  const many = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  return `${many(w.writers, 'writer')}, ${many(w.readers, 'reader')}, ${many(w.messages, 'message')} each, ` +
    `under sequential consistency, each copy in at most ${many(level.copySteps, 'step')}, without deaths and timeouts`;
}
