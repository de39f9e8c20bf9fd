/** What a node is made of, and what it is told at its start. */
import type { MemoryBudget } from '../core/memory-budget.js';
import type { Member } from '../core/ring/ring.js';
import type { Tuning } from '../core/settings.js';
import type { BulkWork, Clock, Log, Random, Transport } from '../ports.js';
import type { CachedStore } from './cache/cached-store.js';
import type { Identity } from './identity.js';
import type { RingSettings } from './ring/current-ring.js';

export interface NodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** One for all lives of a process: what one of them still does the next has to know. */
  readonly store: CachedStore;
  readonly transport: Transport;
  readonly bulkWork: BulkWork;
  /** Memory that the process holds, bytes. */
  readonly residentBytes: () => number;
  /** What the doors in front of it hold for clients, and it with them. */
  readonly held?: MemoryBudget;
}

/** What only the doors or the store go by is not for the node. */
export type NodeTuning = Omit<
  Tuning,
  'maxValueBytes' | 'requestTimeoutMs' | 'recordCacheBytes' | 'storeCacheBytes'
>;

export interface NodeSettings extends RingSettings, NodeTuning {
  readonly identity: Identity;
  /** What this node is as a member: id, address, weight, zone. */
  readonly self: Member;
  /** Of the program, for people. */
  readonly programVersion?: string;
}
