/**
 * What of a key a reader sees. A record is not yet a value: it may be a tombstone, and it may have
 * expired. Whether it is seen depends on the moment, so it is decided once for each request, by the
 * time that its coordinator takes for the cluster's, and everybody behind goes by that.
 */
import { type DataRecord, originOf } from './record.js';
import type { Version } from './version.js';

/** A value, or none and why. `record` of an absent one: the tombstone, or what has expired. */
export type Visible<R = DataRecord> =
  | { readonly record: R; readonly absent?: undefined }
  | { readonly record: R; readonly absent: 'deleted' | 'expired' }
  | { readonly record: undefined; readonly absent: 'neverWritten' };

/** `wallMs`: milliseconds since 1970. In the very millisecond it expires a value is gone. */
export function visible<R extends Pick<DataRecord, 'tombstone' | 'expiresAt'>>(
  record: R | undefined,
  wallMs: number,
): Visible<R> {
  if (record === undefined) return { record, absent: 'neverWritten' };
  if (record.tombstone) return { record, absent: 'deleted' };
  const isExpired = record.expiresAt !== 0 && record.expiresAt <= wallMs;
  return isExpired ? { record, absent: 'expired' } : { record };
}

/** Seconds until a value expires, rounded up, 0 if it has; undefined if it never does. */
export function timeToLive(expiresAt: number, wallMs: number): number | undefined {
  return expiresAt === 0 ? undefined : Math.max(0, Math.ceil((expiresAt - wallMs) / 1000));
}

/** What stands for the value that is seen, in ETags and conditions; undefined if there is none. */
export function visibleVersion(seen: Visible): Version | undefined {
  return seen.absent ? undefined : originOf(seen.record);
}
