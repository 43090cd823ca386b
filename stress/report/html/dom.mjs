// Elements from data. Text of others goes through textContent only, so no markup in it takes effect.

/// An element: h('p', { class: 'note', onclick: f, 'aria-label': 'x', hidden: false }, 'text', child, [more]).
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'style') for (const [name, of] of Object.entries(value)) element.style.setProperty(name, of);
    else element.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : shown(String(child)));
  }
  return element;
}

/// Characters that steer (controls, direction of writing) shown by their number, as on the terminal.
export function shown(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (c) =>
    c.codePointAt(0) < 0x80 ? `\\x${c.codePointAt(0).toString(16).padStart(2, '0')}` : `\\u{${c.codePointAt(0).toString(16)}}`);
}

/// "minusone replay NAME SCHEDULE" as it may be pasted into a shell (replay_command in stress/report/text.h).
export function replayCommand(name, schedule) {
  const word = (text) => /^(?:[\w %+,\-./:=@]|'[^']*'|\\')*$/.test(shown(text)) ? shown(text) : `'${shown(text).replaceAll("'", "'\\''")}'`;
  return `minusone replay ${word(name)} ${word(schedule)}`;
}

/// Text for a clipboard; true when it got there. Pages from disk may lack the clipboard's interface.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h('textarea', { 'aria-hidden': 'true', class: 'offscreen' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
