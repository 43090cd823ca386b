// What a player may try to bring about (stress/play/goals.cpp lists it), and how certain the answer is.

/// @return [{ id, title, isReached(state) }]
export function goalsOf(graph) {
  return graph.level.goals.map(({ id, title, word, broken }) => ({
    id,
    title,
    isReached: word !== null
      ? (state) => graph.value(state, graph.level.wordCell) === String(word)
      : (state) => graph.conclusion(state)?.broken.some((property) => broken.includes(property)) ?? false,
  }));
}

/// Whether nothing that should not be can be reached at all.
export function isSafe(graph) {
  return goalsOf(graph).every((goal) => graph.distances(goal.isReached)[0] === -1) &&
    (graph.level.conclusions ?? []).every((conclusion) => conclusion.broken.length === 0);
}
