/** Which keys and values are written: the same for every store that is measured. */

export const KEY_PREFIX = 'key-';

/** All of one length, so that stores with other encodings get equal work too. */
export function keyText(key: number): string {
  return `${KEY_PREFIX}${String(key).padStart(8, '0')}`;
}

/** Printable, and different for each key. */
export function valueText(key: number, bytes: number): string {
  return `${key} `.padEnd(bytes, 'value ').slice(0, bytes);
}
