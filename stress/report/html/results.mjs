// What results (schema minusone.result/1) say, without any element: sorting, counting, sentences.

const weight = ['no_fault', 'legal_state', 'no_duplicate', 'no_loss', 'no_tear', 'no_reorder', 'no_deadlock',
  'survives_death', 'linearizable', 'no_data_race'];

export const sentences = {
  legal_state: 'the shared state has only legal values',
  no_loss: 'no message is lost',
  no_duplicate: 'no message is received twice',
  no_tear: 'no message is torn',
  no_reorder: 'each writer\'s messages arrive in order',
  no_deadlock: 'nobody is stuck',
  no_data_race: 'no data race',
  survives_death: 'one agent\'s death leaves the others working',
  linearizable: 'operations take effect one at a time, as specified',
  no_fault: 'no assertion fails and no agent faults',
};

export const counted = (count, what) => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;

/// 10000000 as 10,000,000.
export const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/// "33 %", "0.003 %"; '' where there is nothing to take a share of.
export function share(part, all) {
  if (all === 0) return '';
  const percent = 100 * part / all;
  if (part === 0) return '0\u00a0%';
  if (part < all && percent > 99.5) return `${Math.min(percent, 99.99).toFixed(2)}\u00a0%`;
  return percent >= 1 ? `${Math.round(percent)}\u00a0%` : `${Number(percent.toPrecision(1))}\u00a0%`;
}

/// The first result of each kind, real processes before the scheduler's.
export function oneOfEachKind(results) {
  const kinds = ['native', 'forced', 'explored', 'replayed'];
  return kinds.map((kind) => results.find((r) => kindOf(r) === kind)).filter(Boolean);
}

/// What kind of run it is: explored, native, or forced (widened, so that its rates mean nothing), replayed.
export function kindOf(result) {
  if (result.engine === 'explore') return 'explored';
  if (result.engine === 'replay') return 'replayed';
  return /widened/.test(result.mode) ? 'forced' : 'native';
}

export const ended = (result) => result.executions.all;

/// "all 6 executions, 2 of them wrong (33 %)".
export function extent(result) {
  const all = ended(result), wrong = result.executions.violating;
  const wrongs = wrong === 0 ? 'none wrong' : `${grouped(wrong)} wrong (${share(wrong, all)})`;
  if (result.engine !== 'stress') {
    const every = result.assurance === 'complete' && all > 1 ? 'all ' : '';
    return `${every}${counted(all, 'execution')}, ${wrongs}`;
  }
  if (result.messages !== undefined) return `${counted(result.messages, 'message')}, ${wrong === 0 ? 'none wrong' : 'some wrong'}`;
  return `${counted(all, 'round')}, ${wrongs}`;
}

export function workloadOf(result) {
  const w = result.workload;
  if (result.kind === 'program') return 'a whole program, its threads';
  if (result.kind === 'programs') return 'whole programs, each a process';
  if (result.kind === 'object') return /^\d/.test(result.scenario) ? result.scenario : `an object, ${counted(result.scenario.split('|').length, 'agent')}, processes`;
  const each = result.messages === undefined ? `${counted(w.messages, 'message')} each, ` : '';
  return `${counted(w.writers, 'writer')}, ${counted(w.readers, 'reader')}, ${each}${w.text} B of text, ${result.agents}`;
}

export function modelOf(result) {
  const m = result.model;
  if (m.memory === 'native') return 'the machine as it is';
  const events = [['deaths', 'death'], ['eintr', 'interrupted call'], ['spurious', 'spurious wake-up'],
    ['weak_cas', 'weak failure'], ['timeouts', 'timeout']].filter(([key]) => m[key] > 0)
    .map(([key, what]) => `up to ${counted(m[key], what)}`);
  const interleavings = m.race_free ? 'sequential consistency, as C++20 has it where nothing races' : 'sequential consistency';
  const memory = {rc11: 'the memory model of C++20 (RC11)', tso: 'the memory model of x86 (TSO)'};
  return [memory[m.memory] ?? interleavings, `a racy copy in ${counted(m.copy_steps, 'step')}`,
    ...(events.length ? events : ['nobody dies']), ...(m.optimized ? ['the -O2 object'] : [])].join(', ');
}

/// How sure the verdict is, a sentence.
export function certainty(result) {
  const all = ended(result);
  switch (result.assurance) {
    case 'complete': return `Complete: every schedule of this workload was tried under ${modelOf(result)}.`;
    case 'bounded': return `Bounded: every schedule up to these limits: ${result.limits.join('; ') || 'see the notes'}.`;
    case 'sampled': return `Sampled: ${counted(all, 'schedule')}; others may go wrong.`;
    default: {
      const n = result.messages ?? all, what = result.messages === undefined ? 'rounds' : 'messages';
      return result.executions.violating > 0 ? `Observed in ${grouped(n)} ${what}.`
        : `Observed: 0 of ${grouped(n)} ${what}; with 95 % confidence fewer than ${share(3, Math.max(n, 3))} go wrong (3/n).`;
    }
  }
}

/// Counterexamples, the most telling first; properties that share their schedule share one.
export function findings(result) {
  const all = [];
  for (const name of weight) {
    for (const property of result.properties.filter((p) => p.name === name && p.verdict === 'violated')) {
      const proof = property.schedule || JSON.stringify(property.trace);
      const known = all.find((finding) => finding.proof === proof);
      if (known) known.properties.push(property);
      else all.push({ proof, result, properties: [property], steps: property.steps ?? [] });
    }
  }
  return all;
}

/// Results by protocol, in the order in which protocols come up.
export function byProtocol(results) {
  const groups = new Map();
  for (const result of results) {
    if (!groups.has(result.protocol)) groups.set(result.protocol, { protocol: result.protocol, results: [] });
    groups.get(result.protocol).results.push(result);
  }
  return [...groups.values()].map((group) => ({
    ...group,
    explored: group.results.filter((r) => kindOf(r) === 'explored' || kindOf(r) === 'replayed'),
    stressed: group.results.filter((r) => r.engine === 'stress'),
    verdict: ['violated', 'inconclusive', 'holds'].find((v) => group.results.some((r) => r.verdict === v)),
    broken: weight.filter((name) => group.results.some((r) =>
      r.properties.some((p) => p.name === name && p.verdict === 'violated'))),
  }));
}

/// Agents by the order of their lanes: writers before readers, main before its threads.
export function agentsOf(steps) {
  const key = (agent) => {
    const [, name, number] = /^(.*?)(\d*)$/s.exec(agent);
    return [/^writer|^main$/.test(agent) ? 0 : 1, name, Number(number)];
  };
  return [...new Set(steps.map((step) => step.agent))].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return x[0] - y[0] || (x[1] < y[1] ? -1 : x[1] > y[1] ? 1 : x[2] - y[2]);
  });
}

/// What shared memory holds behind step `at` (from 0): [{ place, value, before, step, now }], by place's first
/// appearance. A value is known from the first step that touches its place on; of places without one
/// value only who wrote them last.
export function memoryAt(steps, at) {
  const places = new Map();
  for (let i = 0; i <= at; ++i) {
    const { place, before, after, changed } = steps[i];
    if (!place) continue;
    const known = places.get(place) ?? { place, value: '', step: 0 };
    if (!places.has(place)) places.set(place, known);
    known.now = false;
    if (after !== undefined) known.value = after;
    if (changed) Object.assign(known, { step: i + 1, before, now: i === at });
  }
  return [...places.values()].filter((known) => known.value !== '' || known.step > 0);
}

/// By agent, the index of its last step up to `at`; agents that have taken none are missing.
export function positionsAt(steps, at) {
  const positions = new Map();
  for (let i = 0; i <= at; ++i) positions.set(steps[i].agent, i);
  return positions;
}

/// "reader 10" as "R10", for the margin of the source.
export const short = (agent) => agent.replace(/^(.)[^\d]*/, (_, c) => c.toUpperCase()).slice(0, 4);
