/** Why a peer's socket is closed: a code for programs and a sentence for people, both sent. */
import type { WebSocket } from 'ws';
import type { Clock } from '../ports.js';

/** WebSocket leaves 4000 to 4999 to applications. Append-only: peers read them. */
export const CLOSE = {
  goingAway: 1001,
  malformed: 4000,
  protocolVersion: 4001,
  cluster: 4002,
  secret: 4003,
  /** The node dialled itself. */
  self: 4004,
  /** Another process runs with the same node id. */
  identity: 4005,
  late: 4006,
  /** The two have a connection, or are about to. */
  duplicate: 4007,
  /** Another node answers at this address. */
  otherNode: 4008,
  /** A bulk socket whose control socket is gone. */
  noSession: 4009,
  /** A newer connection took this one's place. */
  replaced: 4010,
  silent: 4011,
} as const;
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

export class Refusal extends Error {
  readonly code: CloseCode;

  constructor(code: CloseCode, sentence: string) {
    super(sentence);
    this.code = code;
  }
}

/** A stopped process never answers a close; after this long the socket is torn down. */
const CLOSE_LIMIT_MS = 1000;
/** A close frame takes 123 bytes of reason. */
const MAX_REASON_BYTES = 120;

/** Sends code and reason behind what was sent before, and sees to it that the socket goes. */
export function closeSocket(socket: WebSocket, clock: Clock, code: number, reason: string): void {
  if (socket.readyState === socket.CLOSED) return;
  const timer = clock.setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS);
  socket.once('close', () => clock.clearTimeout(timer));
  socket.close(code, Buffer.from(reason).subarray(0, MAX_REASON_BYTES));
}
