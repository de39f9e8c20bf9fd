/**
 * How things stand, as far as nodes have told: what a fold over their facts gives (`reduce.ts`),
 * and what a node says of itself at the beginning of a stream (`node/observation/snapshot.ts`).
 *
 * Plain JSON: it is sent, stored and compared as it is.
 */
import type { NodeId } from '../core/data/version.js';
import type { Ring } from '../core/ring/ring.js';
import type { MemberStatus } from '../core/status.js';
import type { Texts } from './actor-facts.js';
import type { SampleFact } from './facts.js';

export interface View {
  readonly nodes: { readonly [node: NodeId]: NodeView };
}

/** One node, as it has told of itself. */
export interface NodeView {
  /** `host:port` of its doors; empty until a snapshot has said it. */
  readonly address: string;
  /** Its process. */
  readonly bootId: string;
  /** The state of its chart `node`. */
  readonly state: string;
  readonly isOverloaded: boolean;
  /** Why it has no ring yet, in a sentence; empty if it has one, or nobody has said. */
  readonly waitsFor: string;
  /** In force there; null if there is none. */
  readonly ring: Ring | null;
  /** Everybody it has heard of, itself left out. */
  readonly members: { readonly [member: NodeId]: MemberView };
  /** Those it is connected with. */
  readonly peers: { readonly [peer: NodeId]: PeerView };
  /** What it fetches in the transition under way; null if nothing, or nothing more. */
  readonly transfer: TransferView | null;
  /** For whom it keeps hints, sorted. */
  readonly hints: readonly NodeId[];
  /** Its disk has no room for what clients write. */
  readonly isFull: boolean;
  /** What it did in the last seconds; null before the first sample. */
  readonly sample: SampleView | null;
  /** Its actors, by their place in the tree of actors. */
  readonly actors: { readonly [actor: string]: ActorView };
}

export interface MemberView {
  readonly address: string;
  readonly status: MemberStatus;
  /** Wall clock of the node that says so, milliseconds since 1970. */
  readonly since: number;
}

export interface PeerView {
  readonly address: string;
  /** How far its wall clock was ahead when that was last measured, ms; and the round trip, ms. */
  readonly offsetMs?: number;
  readonly roundTripMs?: number;
}

export interface TransferView {
  readonly epoch: number;
  /** Partitions, of all that it gains. */
  readonly done: number;
  readonly total: number;
  readonly records: number;
  readonly bytes: number;
}

export type SampleView = Omit<SampleFact, 'type'>;

export interface ActorView {
  readonly machine: string;
  readonly parent: string;
  /** Ids of the nodes of its chart that are active. */
  readonly active: readonly string[];
  /** The fields of its context, in short words. */
  readonly context: Texts;
  /** Ids of the edges that fired last. */
  readonly fired: readonly string[];
  /** When it came into these states: wall clock, milliseconds since 1970. */
  readonly since: number;
}

export const NOTHING_KNOWN: NodeView = {
  address: '',
  bootId: '',
  state: '',
  isOverloaded: false,
  waitsFor: '',
  ring: null,
  members: {},
  peers: {},
  transfer: null,
  hints: [],
  isFull: false,
  sample: null,
  actors: {},
};
