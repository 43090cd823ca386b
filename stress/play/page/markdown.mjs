// A lesson's Markdown as elements: headings, paragraphs, lists, tables, code, emphasis. What it does not
// know shows as it stands, and no markup in it takes effect.
import { h } from 'minusone/dom';

/// @param level  of the lesson's own heading
export function lesson(text, level = 3) {
  const lines = text.split('\n');
  const blocks = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    const heading = /^(#{1,4}) (.*)$/.exec(line);
    if (line.trim() === '') {
      ++at;
    } else if (line.startsWith('```')) {
      const end = lines.indexOf('```', at + 1);
      const code = lines.slice(at + 1, end === -1 ? lines.length : end).join('\n');
      blocks.push(h('pre', { tabindex: '0' }, h('code', {}, code.replace(/\n$/, ''))));
      at = end === -1 ? lines.length : end + 1;
    } else if (heading) {
      blocks.push(h(`h${Math.min(6, level + heading[1].length - 1)}`, {}, spans(heading[2])));
      ++at;
    } else if (line.startsWith('|')) {
      const rows = [];
      for (; at < lines.length && lines[at].startsWith('|'); ++at) rows.push(lines[at]);
      blocks.push(table(rows));
    } else if (/^(\d+\.|-) /.test(line)) {
      const name = line.startsWith('-') ? 'ul' : 'ol';
      const items = [];
      for (; at < lines.length && lines[at].trim() !== ''; ++at) {
        const item = /^(?:\d+\.|-) (.*)$/.exec(lines[at]);
        if (item) items.push(item[1]);
        else items.push(`${items.pop()} ${lines[at].trim()}`);
      }
      blocks.push(h(name, {}, items.map((item) => h('li', {}, spans(item)))));
    } else {
      const paragraph = [];
      for (; at < lines.length && lines[at].trim() !== '' && !lines[at].startsWith('```'); ++at) paragraph.push(lines[at]);
      blocks.push(h('p', {}, spans(paragraph.join(' '))));
    }
  }
  return blocks;
}

function table(rows) {
  const cells = (row) => row.slice(1).replace(/\|\s*$/, '').split(/(?<!\\)\|/).map((cell) => cell.trim());
  const isRule = (row) => /^[|\s:-]+$/.test(row);
  const [head, ...body] = rows.filter((row) => !isRule(row));
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'table' }, h('table', {},
    h('thead', {}, h('tr', {}, cells(head).map((cell) => h(cell === '' ? 'td' : 'th', { scope: cell === '' ? null : 'col' }, spans(cell))))),
    h('tbody', {}, body.map((row) => h('tr', {}, cells(row).map((cell) => h('td', {}, spans(cell))))))));
}

/// `code`, **strong**, *emphasis*, [links](to): those into the web lead there, others show their text.
function spans(text) {
  const found = [];
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    found.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [, code, strong, emphasis, label, target] = match;
    if (code !== undefined) found.push(h('code', {}, code));
    else if (strong !== undefined) found.push(h('strong', {}, spans(strong)));
    else if (emphasis !== undefined) found.push(h('em', {}, emphasis));
    else if (/^https:\/\//.test(target)) found.push(h('a', { href: target, rel: 'noreferrer' }, label));
    else found.push(h('span', {}, spans(label)));
  }
  found.push(text.slice(from));
  return found.filter((part) => part !== '');
}
