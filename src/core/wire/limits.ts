/** How large what peers send each other may be. */

/** No configuration allows a larger value. */
export const VALUE_BYTES_LIMIT = 64 << 20;
/** A peer frame is never larger: room for one largest record, or many small messages. */
export const FRAME_BYTES_LIMIT = VALUE_BYTES_LIMIT + (1 << 20);
/** A frame holds one such message and what was queued before it. */
export const MESSAGE_BYTES_LIMIT = FRAME_BYTES_LIMIT - (512 << 10);
/**
 * The largest takes 11 MB: in transition, 65,536 partitions with 16 owners of three digits each,
 * twice, and twice 1,000 members with the longest addresses and zones.
 */
export const MAX_RING_BYTES = 16 << 20;
/** Rows that one page of a partition looks at, at most: with the longest keys 4 MiB. */
export const PAGE_ROWS_LIMIT = 4096;
/**
 * Rows of one page of a scan: as many as a store's thread reads in a few milliseconds, while others
 * wait for it.
 */
export const SCAN_ROWS_LIMIT = 1000;
/** Records or keys in one message. */
export const RECORDS_LIMIT = 1000;
/** A roster never holds more, so that a full exchange always fits its message. */
export const ROSTER_LIMIT = 2000;
/** Rumours that one probe or answer carries at most. */
export const RUMOURS_LIMIT = 64;
/** Members that are named as the accusers of a suspect; more change nothing. */
export const ACCUSERS_LIMIT = 8;
