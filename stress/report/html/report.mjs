// The report: an overview of all protocols, then of each its outcomes, interleavings and certificate.
import { h, replayCommand } from 'minusone/dom';
import { broken, copyable, playerOf } from 'minusone/player';
import { byProtocol, certainty, ended, extent, findings, grouped, kindOf, modelOf, oneOfEachKind, sentences, share, workloadOf } from 'minusone/results';

const marks = { violated: '\u2717 broken', holds: '\u2713 holds', inconclusive: '? undecided' };
const gradeMarks = { forbidden: '\u2717', interesting: '!', acceptable: '\u2713' };
const badge = (verdict) => h('span', { class: `badge ${verdict}` }, marks[verdict]);

function overview(groups) {
  const tally = (verdict) => groups.filter((g) => g.verdict === verdict).length;
  const cell = (results) => results.length === 0 ? 'not run'
    : oneOfEachKind(results).map((r) => h('div', {}, kindOf(r) === 'forced' ? 'forced: ' : '', extent(r), h('small', {}, ` ${r.assurance}`)));
  return h('section', { 'aria-labelledby': 'overview' },
    h('h2', { id: 'overview' }, 'All protocols'),
    h('p', {}, `${groups.length} protocols: ${tally('violated')} broken, ${tally('holds')} hold`, tally('inconclusive') ? `, ${tally('inconclusive')} undecided` : '', '.'),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'table of all protocols' }, h('table', { class: 'overview' },
      h('thead', {}, h('tr', {}, ['protocol', 'verdict', 'every schedule', 'real processes', 'broken'].map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, groups.map((group, i) => h('tr', {},
        h('th', { scope: 'row' }, h('a', { href: `#protocol-${i}` }, group.protocol)),
        h('td', {}, badge(group.verdict)), h('td', {}, cell(group.explored)), h('td', {}, cell(group.stressed)),
        h('td', {}, group.broken.join(', ') || '\u2013')))))));
}

/// The rows of outcomes, those that came first; forbidden before others.
function outcomeRows(results) {
  const rows = new Map();
  for (const [i, result] of results.entries()) {
    for (const { outcome, count, grade, why } of result.outcomes) {
      const row = rows.get(outcome) ?? { outcome, grade, why, counts: results.map(() => 0) };
      row.counts[i] += count;
      rows.set(outcome, row);
    }
  }
  // Outcomes declared and not seen stand there as patterns: one that was seen in one of the runs is not among its.
  for (const [outcome, row] of rows) {
    if (row.counts.every((count) => count === 0) && !results.every((r) => r.outcomes.some((o) => o.outcome === outcome))) rows.delete(outcome);
  }
  const order = ['forbidden', 'interesting', 'acceptable'];
  const seen = (row) => row.counts.some((count) => count > 0);
  return [...rows.values()].map((row) => ({ ...row, seen: seen(row) }))
    .sort((a, b) => b.seen - a.seen || order.indexOf(a.grade) - order.indexOf(b.grade) || b.counts.at(-1) - a.counts.at(-1));
}

let tables = 0;
function outcomes(results) {
  const all = results.map((r) => r.outcomes.reduce((sum, o) => sum + o.count, 0));
  const unit = (r) => r.engine === 'stress' ? 'rounds' : 'executions';
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `outcomes of ${results[0].protocol}, ${results.map(kindOf).join(', ')}, table ${++tables}` }, h('table', { class: 'outcomes' },
    h('caption', {}, `Outcomes of ${workloadOf(results[0])}`),
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'outcome'),
      results.map((r, i) => h('th', { scope: 'col', class: 'count' }, kindOf(r), h('small', {}, `${grouped(all[i])} ${unit(r)}`))),
      h('th', { scope: 'col' }, 'grade'), h('th', { scope: 'col' }, 'why'))),
    h('tbody', {}, outcomeRows(results).map((row) => h('tr', { class: `${row.grade}${row.seen ? '' : ' unseen'}` },
      h('th', { scope: 'row' }, row.outcome),
      row.counts.map((count, i) => h('td', { class: 'count', style: { '--share': String(all[i] ? count / all[i] : 0) } },
        grouped(count), count > 0 ? h('small', {}, share(count, all[i])) : '')),
      h('td', { class: 'grade' }, `${gradeMarks[row.grade]} ${row.grade}`), h('td', {}, row.why))))));
}

/// "0.5 % of 577 rounds went wrong; 33 % of all executions do": how rare it looks, how common it is.
function comparison(group) {
  const explored = group.explored.find((r) => r.executions.violating > 0);
  const soak = group.stressed.find((r) => r.messages !== undefined);
  if (!explored) return soak && h('p', { class: 'comparison' }, `As real ${soak.agents}: ${extent(soak)}.`);
  const alike = group.stressed.filter((r) => r.messages === undefined && sameWorkload(r, explored));
  const native = alike.find((r) => kindOf(r) === 'native');
  const forced = alike.find((r) => kindOf(r) === 'forced');
  const parts = [];
  if (native) {
    // None in n: with 95 % confidence fewer than 3/n go wrong (Hanley, Lippman-Hand, JAMA 1983).
    const [wrong, all] = [native.executions.violating, ended(native)];
    parts.push(`Ran ${grouped(all)} times as real ${native.agents}: ` +
      (wrong > 0 ? `${share(wrong, all)} went wrong.` : `none went wrong, which says only that fewer than ${share(Math.min(3, all), all)} do.`));
  }
  if (forced) parts.push(`With windows held open: ${share(forced.executions.violating, ended(forced))} of ${grouped(ended(forced))} rounds.`);
  parts.push(`Of ${explored.assurance === 'complete' ? 'all ' : ''}${grouped(ended(explored))} executions under the scheduler${explored.model.deaths > 0 ? ', with one agent that may die' : ''}: ${share(explored.executions.violating, ended(explored))}.`);
  return h('p', { class: 'comparison' }, parts.join(' '));
}

function certificate(result) {
  const all = ended(result);
  return h('div', { class: 'certificate' }, h('h3', {}, 'Certificate'),
    h('p', {}, `${result.assurance === 'complete' ? 'All ' : ''}${grouped(all)} execution${all === 1 ? '' : 's'} of ${workloadOf(result)} `,
      `were run (${result.assurance}), and none breaks a property.`),
    h('ul', {}, result.properties.filter((p) => p.verdict === 'holds').map((p) => h('li', {}, sentences[p.name], h('small', {}, ` ${p.name}`)))),
    h('p', {}, h('small', {}, `Model: ${modelOf(result)}. Build ${result.build}.`)));
}

function races(result) {
  if (result.races.length === 0) return null;
  const place = (at) => h('code', {}, `${at.file}:${at.line}`);
  const side = (s) => [s.call ? [place(s.call), ` ${s.call.callee}(), at `] : [], place(s), ` ${s.access} (${s.agent})`];
  return h('details', {}, h('summary', {}, `Data races: ${result.races.length} pair${result.races.length === 1 ? '' : 's'} of accesses that nothing orders`),
    h('ul', {}, result.races.map((race) => h('li', {}, side(race.a), ' with ', side(race.b), h('br'), h('small', {}, race.why)))));
}

function run(result) {
  return [h('dt', {}, kindOf(result)), h('dd', {}, badge(result.verdict), ` ${extent(result)}; ${result.mode}; ${workloadOf(result)}; ${result.seconds.toFixed(1)} s. `,
    certainty(result), [...result.limits, ...result.notes].map((note) => h('div', { class: 'note' }, note)))];
}

function environment(result) {
  const e = result.environment;
  return `${result.engine}: ${e.cpus} CPU (${e.affinity}), ${e.kernel}, compiler ${e.compiler}; build ${result.build}; seed ${result.seed}`;
}

function histories(all) {
  return h('div', {}, all.map((finding) => h('div', {},
    broken(finding),
    h('ol', { class: 'history' }, finding.properties[0].trace.slice(0, 50).map((line) => h('li', {}, line))),
    finding.properties[0].schedule && copyable('Replay', replayCommand(finding.result.protocol, finding.properties[0].schedule)))));
}

const sameWorkload = (a, b) => JSON.stringify([a.workload, a.agents]) === JSON.stringify([b.workload, b.agents]);

function section(group, index) {
  const lead = group.explored[0] ?? group.results[0];
  const beside = oneOfEachKind(group.results.filter((r) => r.outcomes.length > 0 && sameWorkload(r, lead)));
  const others = group.results.filter((r) => !beside.includes(r));
  const all = group.results.flatMap(findings);
  const told = all.filter((finding) => finding.steps.length > 0);
  const sources = group.results.flatMap((r) => r.sources ?? []);
  const sound = group.verdict === 'holds' ? group.explored.filter((r) => r.verdict === 'holds') : [];
  return h('section', { class: 'protocol', id: `protocol-${index}`, 'aria-labelledby': `protocol-${index}-name`, tabindex: -1 },
    h('h2', { id: `protocol-${index}-name` }, h('span', {}, group.protocol), ' ', badge(group.verdict)),
    comparison(group),
    beside.length > 0 && outcomes(beside),
    sound.map(certificate),
    (told.length > 0 || all.length > 0) && h('h3', {}, told.length > 0 ? 'Interleaving' : 'History'),
    told.length > 0 ? playerOf(told, sources) : histories(all),
    group.results.map(races),
    h('details', {}, h('summary', {}, `Runs: ${group.results.length}`), h('dl', { class: 'runs' }, group.results.map(run)),
      others.filter((r) => r.outcomes.length > 0).map((r) => outcomes([r])),
      group.results.map((r) => h('p', {}, h('small', {}, environment(r))))),
    h('p', { class: 'back' }, h('a', { href: '#overview' }, 'All protocols')));
}

const groups = byProtocol(JSON.parse(document.getElementById('data').textContent));
document.body.append(h('header', {}, h('h1', {}, 'minusone report'),
  h('p', {}, 'What shared-memory protocols do: as real processes, and under every schedule.')),
h('main', {}, groups.length === 0 ? h('p', {}, 'There are no results in this report.') : [overview(groups), groups.map(section)]));
// The elements came behind the address's fragment.
if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
