// Which outcomes are possible? Said first, then held against the proved set.
import { h } from 'minusone/dom';

/// Outcomes that one might think of, the possible ones among them, ordered by their text.
export function candidatesOf(level) {
  const possible = (level.conclusions ?? []).map((conclusion) => conclusion.outcome);
  const legal = level.legal.map(Number);
  const words = level.word === '' ? ['']
    : [Math.min(...legal) - 1, ...legal, Math.max(...legal) + 1].map((value) => `${level.word} = ${value}, `);
  const ends = ['lost 0, duplicated 0, torn 0', 'lost 0, duplicated 1, torn 0', 'lost 1, duplicated 0, torn 0',
    'lost 0, duplicated 0, torn 1', 'lost 0, duplicated 0, torn 0, stuck 1'];
  const all = new Set(possible);
  for (const end of ends) {
    for (const word of words) {
      if (all.size < Math.max(10, possible.length + 4)) all.add(word + end);
    }
  }
  return [...all].sort();
}

/// The form. `said(text)` is called with the result.
export function prediction(level, said) {
  const proved = new Map((level.conclusions ?? []).map((conclusion) => [conclusion.outcome, conclusion]));
  const rows = candidatesOf(level).map((outcome, i) => {
    const box = h('input', { type: 'checkbox', id: `predict${i}` });
    const verdict = h('span', { class: 'verdict' });
    return { outcome, box, verdict, row: h('li', {}, box, h('label', { for: `predict${i}` }, h('code', {}, outcome)), ' ', verdict) };
  });
  const check = () => {
    let right = 0;
    for (const { outcome, box, verdict, row } of rows) {
      const conclusion = proved.get(outcome);
      const isRight = box.checked === (conclusion !== undefined);
      right += isRight ? 1 : 0;
      row.className = isRight ? 'right' : 'wrong';
      verdict.textContent = `${isRight ? '✓ right' : '✗ wrong'}: ` +
        (conclusion === undefined ? 'impossible' : `possible, ${conclusion.grade}: ${conclusion.why}`);
    }
    said(`${right} of ${rows.length} right. Possible are ${proved.size}, and no others: all executions were tried.`);
  };
  return h('details', { class: 'predict' },
    h('summary', {}, 'Predict first: which outcomes are possible?'),
    h('p', { class: 'note' }, 'How can an execution of this workload end? Tick what you think possible, then hold it against the proof.'),
    h('ul', {}, rows.map((row) => row.row)),
    h('button', { type: 'button', onclick: check }, 'Check my prediction'));
}
