/**
 * A table of messages, as it is looked up: by the name of a message to write it, by its tag to read
 * it. Who speaks to whom has a table of its own: what stands in another one cannot be read at all.
 */
import { assert, present } from '../../assert.js';
import {
  type Field,
  MalformedFrame,
  type Reader,
  type Shape,
  type StructOf,
  struct,
  type Writer,
} from '../../codec.js';
import type { Row } from '../row.js';

interface Typed {
  readonly type: string;
}

type Rows = { readonly [type: string]: { readonly fields: Shape } };

/** A message of one of these rows. */
export type MessageIn<R extends Rows> = {
  [T in keyof R & string]: { type: T } & StructOf<R[T]['fields']>;
}[keyof R & string];

/** A row as it is looked up. */
export interface TableRow<M extends Typed> extends Omit<Row<Shape>, 'fields' | 'size'> {
  readonly type: M['type'];
  readonly fields: Field<object>;
  readonly size: ((message: M) => number) | undefined;
  readonly reply: M['type'] | undefined;
  readonly refused: object | undefined;
}

export class MessageTable<M extends Typed> {
  readonly #byType = new Map<string, TableRow<M>>();
  readonly #byTag: (TableRow<M> | undefined)[] = [];

  constructor(rows: { readonly [T in M['type']]: object }) {
    for (const [name, row] of Object.entries(rows) as [M['type'], Row<Shape>][]) {
      // The type goes in as a field that takes no bytes, so that all messages of it have one shape.
      const typeField: Field<string> = { form: 'type', put: () => undefined, take: () => name };
      const entry: TableRow<M> = {
        ...row,
        type: name,
        fields: struct({ type: typeField, ...row.fields }) as Field<object>,
        size: row.size as TableRow<M>['size'],
        reply: 'reply' in row ? (row.reply as M['type']) : undefined,
        refused: 'refused' in row ? (row.refused as object) : undefined,
      };
      assert(this.#byTag[row.tag] === undefined, `one message has the tag ${row.tag}`);
      this.#byType.set(name, entry);
      this.#byTag[row.tag] = entry;
    }
  }

  rowOf(type: M['type']): TableRow<M> {
    return present(this.#byType.get(type), 'a row of every message');
  }

  /** Throws `RangeError`, and leaves nothing written, if the reader would take it for malformed. */
  write(to: Writer, message: M): void {
    const row = this.rowOf(message.type);
    const start = to.length;
    try {
      to.u8(row.tag);
      row.fields.put(to, message);
    } catch (error) {
      to.cutBackTo(start);
      throw error;
    }
  }

  /** Reads one message. Throws `MalformedFrame`. */
  read(from: Reader): M {
    const row = this.#byTag[from.u8()];
    if (!row) throw new MalformedFrame('unknown message tag');
    return row.fields.take(from) as M;
  }
}
