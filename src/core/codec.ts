/**
 * A small binary codec: a message is described once, as a table of fields, and that description
 * writes it, reads it, checks every bound of it, gives it its TypeScript type and documents it.
 *
 * Rejected alternative: MessagePack or JSON with a schema beside it. Either decodes first and
 * validates second; here a field that is too long is refused before anything is allocated for it,
 * and byte fields are slices of the frame, not copies.
 */

import { isUtf8 } from 'node:buffer';
import { MOST_COUNTED } from './counted.js';
import type { NodeId, Version } from './data/version.js';

export class MalformedFrame extends Error {}

/** Writes into a buffer that grows; `finish` hands out a copy of what was written. */
export class Writer {
  #buffer = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Makes room for `size` bytes and returns where they start. */
  #grow(size: number): number {
    const start = this.#length;
    const end = start + size;
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, start);
      this.#buffer = larger;
    }
    this.#length = end;
    return start;
  }

  u8(value: number): void {
    const at = this.#grow(1);
    this.#buffer[at] = value;
  }

  u16(value: number): void {
    const at = this.#grow(2);
    this.#buffer.writeUInt16BE(value, at);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  f64(value: number): void {
    const at = this.#grow(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  latin1(value: string): void {
    const at = this.#grow(value.length);
    this.#buffer.write(value, at, value.length, 'latin1');
  }

  raw(value: Uint8Array): void {
    const at = this.#grow(value.length);
    this.#buffer.set(value, at);
  }

  /** Forgets what was written behind the first `length` bytes. */
  cutBackTo(length: number): void {
    this.#length = length;
  }

  /** What was written since the last `finish`. A buffer that grew large is not kept. */
  finish(): Buffer {
    const written = Buffer.from(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    if (this.#buffer.length > 1 << 20) this.#buffer = Buffer.allocUnsafeSlow(4096);
    return written;
  }
}

export class Reader {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get done(): boolean {
    return this.#offset >= this.#buffer.length;
  }

  #advance(size: number): number {
    const start = this.#offset;
    if (start + size > this.#buffer.length) throw new MalformedFrame('the frame ends in a field');
    this.#offset = start + size;
    return start;
  }

  u8(): number {
    return this.#buffer[this.#advance(1)]!;
  }

  u16(): number {
    return this.#buffer.readUInt16BE(this.#advance(2));
  }

  u32(): number {
    return this.#buffer.readUInt32BE(this.#advance(4));
  }

  f64(): number {
    return this.#buffer.readDoubleBE(this.#advance(8));
  }

  latin1(size: number): string {
    const start = this.#advance(size);
    return this.#buffer.toString('latin1', start, start + size);
  }

  raw(size: number): Buffer {
    const start = this.#advance(size);
    return this.#buffer.subarray(start, start + size);
  }
}

/**
 * How one value is written and read. `take` throws `MalformedFrame`; for what is larger than it may
 * be `put` throws `RangeError`, so that it is the sender who fails, and not its connection.
 */
export interface Field<T> {
  /** What it looks like, for a person: `text ≤ 300 bytes`. */
  readonly form: string;
  put(to: Writer, value: T): void;
  take(from: Reader): T;
}

export type ValueOf<F> = F extends Field<infer T> ? T : never;

export const u8: Field<number> = { form: 'u8', put: (w, v) => w.u8(v), take: (r) => r.u8() };
export const u16: Field<number> = { form: 'u16', put: (w, v) => w.u16(v), take: (r) => r.u16() };
export const u32: Field<number> = { form: 'u32', put: (w, v) => w.u32(v), take: (r) => r.u32() };

/** A count or a clock reading: an integer of up to 53 bits. */
export const uint53: Field<number> = {
  form: 'uint53',
  put: (w, v) => w.f64(v),
  take(r) {
    const value = r.f64();
    if (!Number.isSafeInteger(value) || value < 0) throw new MalformedFrame('not a count');
    return value;
  },
};

export const flag: Field<boolean> = {
  form: 'flag',
  put: (w, v) => w.u8(v ? 1 : 0),
  take(r) {
    const value = r.u8();
    if (value > 1) throw new MalformedFrame('not a flag');
    return value === 1;
  },
};

export const nodeId: Field<NodeId> = {
  form: 'node id',
  put: (w, v) => w.latin1(v),
  take(r) {
    const value = r.latin1(16);
    if (!/^[0-9a-f]{16}$/.test(value)) throw new MalformedFrame('not a node id');
    return value;
  },
};

export const version: Field<Version> = {
  form: 'version',
  put(w, v) {
    w.u32(v.epoch);
    w.f64(v.time);
    w.latin1(v.node);
  },
  take: (r) => ({ epoch: r.u32(), time: uint53.take(r), node: nodeId.take(r) }),
};

export function bytes(maxBytes: number): Field<Buffer> {
  const excess = (size: number) => `${size} bytes where ${maxBytes} may stand`;
  return {
    form: `bytes ≤ ${maxBytes}`,
    put(w, v) {
      if (v.length > maxBytes) throw new RangeError(excess(v.length));
      w.u32(v.length);
      w.raw(v);
    },
    take(r) {
      const size = r.u32();
      if (size > maxBytes) throw new MalformedFrame(excess(size));
      return r.raw(size);
    },
  };
}

/** The same field under a name of its own. */
export function named<T>(form: string, { put, take }: Field<T>): Field<T> {
  return { form, put, take };
}

/** A field of which only some values are any. */
export function only<T>(what: string, isOne: (value: T) => boolean, field: Field<T>): Field<T> {
  return {
    form: field.form,
    put(w, v) {
      if (!isOne(v)) throw new RangeError(`not ${what}`);
      field.put(w, v);
    },
    take(r) {
      const value = field.take(r);
      if (!isOne(value)) throw new MalformedFrame(`not ${what}`);
      return value;
    },
  };
}

/** See `MOST_COUNTED`. */
export const counted = named(
  `u32 ≤ ${MOST_COUNTED}`,
  only('a number with others above it', (count) => count <= MOST_COUNTED, u32),
);

export function text(maxBytes: number): Field<string> {
  const inner = bytes(maxBytes);
  return {
    form: `text ≤ ${maxBytes}`,
    put: (w, v) => inner.put(w, Buffer.from(v, 'utf8')),
    take(r) {
      const taken = inner.take(r);
      // Else it would be another text, perhaps a longer one, when it is passed on.
      if (!isUtf8(taken)) throw new MalformedFrame('not UTF-8');
      return taken.toString('utf8');
    },
  };
}

/** One of a fixed list of words, written as its index: the list is append-only. */
export function oneOf<const W extends readonly string[]>(...words: W): Field<W[number]> {
  return {
    form: `one of ${words.join(', ')}`,
    put: (w, v) => w.u8(words.indexOf(v)),
    take(r) {
      const word = words[r.u8()];
      if (word === undefined) throw new MalformedFrame(`not one of ${words.join(', ')}`);
      return word;
    },
  };
}

export function maybe<T>(field: Field<T>): Field<T | undefined> {
  return {
    form: `${field.form}, or nothing`,
    put(w, v) {
      w.u8(v === undefined ? 0 : 1);
      if (v !== undefined) field.put(w, v);
    },
    take: (r) => (flag.take(r) ? field.take(r) : undefined),
  };
}

export function list<T>(field: Field<T>, maxItems: number): Field<T[]> {
  const excess = (size: number) => `${size} items where ${maxItems} may stand`;
  return {
    form: `list of ${field.form}, ≤ ${maxItems}`,
    put(w, v) {
      if (v.length > maxItems) throw new RangeError(excess(v.length));
      w.u32(v.length);
      for (const item of v) field.put(w, item);
    },
    take(r) {
      const size = r.u32();
      if (size > maxItems) throw new MalformedFrame(excess(size));
      const items: T[] = [];
      for (let i = 0; i < size; i++) items.push(field.take(r));
      return items;
    },
  };
}

export type Shape = { readonly [name: string]: Field<unknown> };
export type StructOf<S extends Shape> = { -readonly [K in keyof S]: ValueOf<S[K]> };

/** The fields of an object, in the order of the table. */
export function struct<S extends Shape>(shape: S): Field<StructOf<S>> {
  const names = Object.keys(shape);
  const fields = Object.values(shape);
  return {
    form: `{ ${names.map((name) => `${name}: ${shape[name]?.form}`).join('; ')} }`,
    put(w, v) {
      for (let i = 0; i < names.length; i++) fields[i]!.put(w, v[names[i]!]);
    },
    take(r) {
      const value: { [name: string]: unknown } = {};
      for (let i = 0; i < names.length; i++) value[names[i]!] = fields[i]!.take(r);
      return value as StructOf<S>;
    },
  };
}
