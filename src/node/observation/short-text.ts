/** What a value is, in a few words, for people who watch: bounded, whatever the value. */

const LETTERS_LIMIT = 160;
const ITEMS_LIMIT = 6;
const DEPTH_LIMIT = 2;
const STRING_LIMIT = 60;

/** A class that says what of it is worth a look; such an object may change in place. */
export function saysItself(value: unknown): value is { toJSON(): unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value;
}

/** At most 160 letters; looks at no more of the value than it shows. */
export function shortText(value: unknown): string {
  const text = textOf(value, DEPTH_LIMIT);
  return text.length > LETTERS_LIMIT ? `${text.slice(0, LETTERS_LIMIT - 1)}…` : text;
}

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return '<function>';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (saysItself(value)) return textOf(value.toJSON(), depth);
  if (Array.isArray(value)) return `[${listOf(value, depth)}]`;
  const { constructor: kind } = value;
  if (kind && kind !== Object) return `<${kind.name}>`;
  return `{${fieldsOf(value, depth)}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > STRING_LIMIT ? `${text.slice(0, STRING_LIMIT - 1)}…` : text);
}

function listOf(items: readonly unknown[], depth: number): string {
  if (items.length === 0) return '';
  if (depth === 0) return `${items.length} items`;
  const shown = items.slice(0, ITEMS_LIMIT).map((item) => textOf(item, depth - 1));
  const others = items.length - shown.length;
  return [...shown, ...(others > 0 ? [`… ${others} more`] : [])].join(', ');
}

function fieldsOf(value: object, depth: number): string {
  const names = Object.keys(value);
  if (names.length === 0) return '';
  if (depth === 0) return '…';
  const shown = names
    .slice(0, ITEMS_LIMIT)
    .map((name) => `${name}: ${textOf(value[name as keyof typeof value], depth - 1)}`);
  return [...shown, ...(names.length > shown.length ? ['…'] : [])].join(', ');
}
