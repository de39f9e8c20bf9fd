/**
 * A small message as one piece of memory, header and payload, so that it leaves with one plain
 * write. The library hands the two to the system apart, which costs more than to copy them.
 */
const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const MASK_BYTES = 4;
/** From here on the length has two bytes of its own. */
const LONGER = 126;

/** Above this the copy is no longer the cheaper way. */
export const SMALL_FRAME_BYTES = 16 << 10;

/** As RFC 6455, section 5.2; `isMasked`: who dials has to mask, and does so with zeros. */
export function smallFrame(payload: Buffer, isMasked: boolean): Buffer {
  const { length } = payload;
  const isLonger = length >= LONGER;
  const headerBytes = (isLonger ? 4 : 2) + (isMasked ? MASK_BYTES : 0);
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = FINAL_BINARY;
  frame[1] = (isMasked ? MASKED : 0) | (isLonger ? LONGER : length);
  if (isLonger) frame.writeUInt16BE(length, 2);
  if (isMasked) frame.fill(0, headerBytes - MASK_BYTES, headerBytes);
  frame.set(payload, headerBytes);
  return frame;
}
