/** Short texts that travel with a value, and what may stand in them. */
import { MAX_CONTENT_TYPE_BYTES } from './record.js';

/** What a header can be, in which it comes back. */
const CONTENT_TYPE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** As `Idempotency-Key` takes it in quotes. */
const OPERATION_ID = /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,255}$/;

export function isContentType(text: string): boolean {
  return text.length <= MAX_CONTENT_TYPE_BYTES && CONTENT_TYPE.test(text);
}

/** By which a write is known again when it is sent again. */
export function isOperationId(text: string): boolean {
  return OPERATION_ID.test(text);
}
