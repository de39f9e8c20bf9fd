/** What a node is made of, and what it is told at its start. */
import type { Member } from '../core/ring/ring.js';
import type { BulkWork, Clock, Log, Random, Store, Transport } from '../ports.js';
import type { Identity } from './identity.js';
import type { RingSettings } from './ring/current-ring.js';

export interface NodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Store;
  readonly transport: Transport;
  readonly bulkWork: BulkWork;
}

export interface NodeSettings extends RingSettings {
  readonly identity: Identity;
  /** What this node is as a member: id, address, weight, zone. */
  readonly self: Member;
  readonly maxClockDriftMs: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  readonly hedgeAfterMs: number;
  /** A member that has been dead for so long is removed; 0: never. */
  readonly evictAfterMs: number;
  /** After this time a hint is given up. */
  readonly hintWindowMs: number;
  /** How fast others may bring what this node has missed. */
  readonly hintBytesPerSecond: number;
  /** In this time every partition is compared with its other owners about once. */
  readonly compareEveryMs: number;
  readonly transferBytesPerSecond: number;
}
