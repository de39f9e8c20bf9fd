/**
 * What goes between the parts of the floor, one after another in a frame: id (u32), kind (u8),
 * length of the key (u16) and of the value (u32), version (f64), key, value.
 */
export const PUT = 0;
export const GET = 1;
/** A get that wants no value. */
export const LOOK = 2;
export const ANSWER = 3;

export interface Item {
  readonly id: number;
  readonly kind: number;
  readonly version: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

export const NOTHING = Buffer.alloc(0);
const HEAD_BYTES = 19;

export function packed({ id, kind, version, key, value }: Item): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + key.length + value.length);
  bytes.writeUInt32LE(id, 0);
  bytes[4] = kind;
  bytes.writeUInt16LE(key.length, 5);
  bytes.writeUInt32LE(value.length, 7);
  bytes.writeDoubleLE(version, 11);
  key.copy(bytes, HEAD_BYTES);
  value.copy(bytes, HEAD_BYTES + key.length);
  return bytes;
}

export function* itemsOf(frame: Buffer): Generator<Item> {
  for (let at = 0; at < frame.length; ) {
    const keyAt = at + HEAD_BYTES;
    const valueAt = keyAt + frame.readUInt16LE(at + 5);
    const end = valueAt + frame.readUInt32LE(at + 7);
    const [key, value] = [frame.subarray(keyAt, valueAt), frame.subarray(valueAt, end)];
    const [id, kind] = [frame.readUInt32LE(at), frame[at + 4]!];
    yield { id, kind, version: frame.readDoubleLE(at + 11), key, value };
    at = end;
  }
}
