/**
 * Why the socket between a client and a node is closed: a code for programs, beside a sentence for
 * people. WebSocket leaves 4000 to 4999 to applications. Append-only: clients read them.
 */
export const CLIENT_CLOSE = {
  goingAway: 1001,
  /** What came is no message, or none that may come here. */
  malformed: 4000,
  /** Node and client have no version of the protocol in common. */
  protocolVersion: 4001,
  /** No hello came in time. */
  late: 4002,
  /** More was in flight than the welcome allows. */
  window: 4003,
  /** A call has the number of an earlier one, or a lower one. */
  order: 4004,
  /** Answers were not read. */
  unread: 4005,
  silent: 4006,
} as const;

/** A frame has at most so many bytes beside its largest value. */
export const CLIENT_FRAME_ROOM = 1 << 20;
