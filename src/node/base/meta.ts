/** What a node keeps on its disk about itself, read with care: a disk can return anything. */
import type { Store } from '../../ports.js';

/** Its message is one sentence. */
export class DamagedMeta extends Error {}

/** Undefined if there is none. Throws `DamagedMeta` if `parse` throws. */
export function readMeta<T>(
  store: Pick<Store, 'meta'>,
  name: string,
  parse: (text: string) => T,
): T | undefined {
  const text = store.meta(name);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw new DamagedMeta(`its ${name} makes no sense: ${(error as Error).message}`);
  }
}

/** Throws unless the text is that of an object. */
export function parseObject(text: string): { readonly [name: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
  return asObject(value, 'it');
}

/** Throws unless it is one. */
export function asObject(value: unknown, what: string): { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what} is not an object`);
  }
  return value as { readonly [name: string]: unknown };
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
