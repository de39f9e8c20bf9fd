/**
 * The short texts in which nodes tell values (`src/node/observation/short-text.ts`), taken apart
 * again where they are lists or objects, so that they can be shown as a tree.
 */

export interface Part {
  /** Of a field its name, of an item of a list nothing. */
  readonly name: string;
  readonly text: string;
}

const CLOSING: { readonly [opening: string]: string } = { '{': '}', '[': ']', '<': '>' };

/** The fields or items; none of what is neither, or was cut off. */
export function partsOf(text: string): Part[] {
  const closing = CLOSING[text[0] ?? ''];
  if (closing === undefined || closing === '>' || !text.endsWith(closing)) return [];
  const isList = closing === ']';
  return splitAtCommas(text.slice(1, -1)).map((part) => {
    const colon = isList ? -1 : part.indexOf(': ');
    return colon < 0
      ? { name: '', text: part }
      : { name: part.slice(0, colon), text: part.slice(colon + 2) };
  });
}

/** With names in place of the ids of nodes, and no more digits than a person reads. */
export function readable(text: string, nameOf: (id: string) => string): string {
  return text
    .replace(/"?\b([0-9a-f]{16})\b"?/g, (_, id: string) => nameOf(id))
    .replace(/(\d+\.\d\d)\d+/g, '$1');
}

/** At those that stand within no string, list or object. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === '"') at = endOfString(text, at);
    else if (letter in CLOSING) depth++;
    else if (letter === '}' || letter === ']' || letter === '>') depth--;
    else if (letter === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
