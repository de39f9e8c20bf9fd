/**
 * The values of the workload, by name: small ones are their name, of a large one the name is the
 * beginning, and says how long it is.
 */
/** Larger than what the control socket takes, by little or by much. */
export const LARGE_BYTES = [66_000, 300_000] as const;
const FILL = '.';
const LARGE = /^value \d+ of (\d+) bytes$/;

/** `bytes`: of a large one. */
export function nameOfValue(id: number, bytes: number | undefined): string {
  return bytes === undefined ? `value ${id}` : `value ${id} of ${bytes} bytes`;
}

export function bytesOfValue(name: string): Buffer {
  const [, bytes] = LARGE.exec(name) ?? [];
  if (bytes === undefined) return Buffer.from(name);
  const value = Buffer.alloc(Number(bytes), FILL);
  value.write(name);
  return value;
}

/** What is not whole has a name that nothing has that was written. */
export function nameOfBytes(value: Uint8Array): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const end = bytes.indexOf(FILL);
  const name = bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
  return bytesOfValue(name).equals(bytes) ? name : `a part of ${name}`;
}
