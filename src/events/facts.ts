/**
 * What a node tells of itself while it runs: one row for each fact. A fact that has no row, or
 * another one's fields, does not compile; that what is told at run time is no other either is
 * checked by the simulator, on every fact of every run.
 */
import type { CoordinatorFact } from '../../actors/coordinator/machine.js';
import type { HintsFact } from '../../actors/hints/machine.js';
import type { MembershipFact } from '../../actors/membership/events.js';
import type { NodeFact } from '../../actors/node/machine.js';
import type { RingFact } from '../../actors/ring/machine.js';
import type { StabilizerFact } from '../../actors/stabilizer/events.js';
import type { NodeId } from '../core/data/version.js';
import type { RequestOperation } from '../core/request-stats.js';
import type { Level } from '../core/requests.js';
import type { ActorFact } from './actor-facts.js';

export type Fact =
  | NodeFact
  | MembershipFact
  | RingFact
  | CoordinatorFact
  | StabilizerFact
  | HintsFact
  | HostFact
  | QuorumFact
  | ClockFact
  | ActorFact
  | RequestFact
  | SampleFact
  | DiskFact;
export type DiskFact = { type: 'store.full' } | { type: 'store.writable' };
/** What a node did since the last one, and what it holds. */
export interface SampleFact {
  readonly type: 'node.sampled';
  readonly ms: number;
  readonly gets: number;
  readonly puts: number;
  readonly deletes: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly inFlight: number;
  readonly lateMs: number;
  readonly rows: number;
  readonly bytes: number;
  readonly hints: readonly {
    readonly target: NodeId;
    readonly rows: number;
    readonly bytes: number;
  }[];
  readonly residentBytes: number;
}
/** Of a client. */
export interface RequestFact {
  readonly type: 'request.slow';
  readonly operation: RequestOperation;
  readonly level: Level;
  readonly key: string;
  readonly outcome: string;
  readonly tookMs: number;
  readonly steps: readonly object[];
  readonly unsaid: number;
}
export type HostFact =
  /** The state of the chart `node`. */
  | { type: 'node.changed'; state: string }
  | { type: 'join.waiting'; waitsFor: string }
  | { type: 'hint.refused'; target: NodeId }
  | { type: 'peer.up'; id: NodeId; address: string; programVersion: string }
  | { type: 'peer.down'; id: NodeId; reason: string };
export type QuorumFact =
  | {
      type: 'quorum.lost';
      partitions: number;
      first: readonly number[];
      away: readonly NodeId[];
    }
  | { type: 'quorum.regained'; partitions: number; forMs: number };

/** About our own; `aheadMs` is negative if it is behind. */
export type ClockFact =
  | { type: 'clock.wrong'; aheadMs: number }
  | { type: 'clock.right'; forMs: number };

export type FactType = Fact['type'];

type Told<F, T> = F extends { readonly type: infer U } ? (T extends U ? F : never) : never;
export type FactOf<T extends FactType> = Told<Fact, T>;
type NamesIn<F> = F extends unknown ? Exclude<keyof F & string, 'type'> : never;

export interface FactRow<Field extends string> {
  /** One sentence for a person. */
  readonly what: string;
  /** What each field holds, with its unit. */
  readonly fields: { readonly [F in Field]: string };
}

const AT = 'the node’s monotonic clock, ms';
const EPOCH = 'ring epoch';
const PARTITION = 'number of the partition';
const RECORDS = 'records that came';
const BYTES = 'bytes of them';
const ACTOR = { actor: 'its place in the tree of actors', machine: 'its machine' };
const MEMBER = {
  at: AT,
  id: 'the member',
  address: '`host:port`',
  bootId: 'its process; empty if unknown',
  incarnation: 'its life, as far as heard',
};

/**
 * One row for each fact. `docs/protocol.md` is made from it, and every fact that the simulator
 * hears is held against it.
 * @public
 */
export const FACTS: {
  readonly [T in FactType]: FactRow<NamesIn<FactOf<T>>>;
} = {
  'node.changed': {
    what: 'Its chart is in another state.',
    fields: { state: 'see `actors/README.md`' },
  },
  'node.sampled': {
    what: 'What it did since the last sample, about five seconds ago.',
    fields: {
      ms: 'since then',
      gets: 'reads of clients that ended',
      puts: 'writes',
      deletes: 'deletes',
      failed: 'of all these, those that could not be done, or of which nobody can tell',
      p50Ms: 'half of them took no longer, by the buckets of `/metrics`; null if there were none',
      p99Ms: 'and 99 of a hundred',
      inFlight: 'requests that are under way',
      lateMs: 'how late the sample itself was: the event loop was busy for about so long',
      rows: 'in its store, tombstones among them',
      bytes: 'of the store on its disk',
      hints:
        'for each node that has missed something: `target`, and `rows` and `bytes` kept for it',
      residentBytes: 'memory that its process holds',
    },
  },
  'node.serving': { what: 'It takes requests.', fields: {} },
  'node.leaving': { what: 'It was asked to leave, and hands over what it owns.', fields: {} },
  'node.draining': { what: 'It stops: requests in flight end.', fields: {} },
  'node.left': { what: 'The ring goes on without it, as it was asked for.', fields: {} },
  'node.stopped': { what: 'It has stopped, and is expected back.', fields: {} },
  'node.renounced': { what: 'It is no member any more, and may begin anew.', fields: {} },
  'node.failed': {
    what: 'It cannot go on: its disk failed, or the cluster refused it.',
    fields: { reason: 'why', cause: '`fault`, or `refused` by the cluster' },
  },
  'member.alive': { what: 'A member is alive; the first of it may be this.', fields: MEMBER },
  'member.suspect': { what: 'A member does not answer, and may deny it.', fields: MEMBER },
  'member.dead': { what: 'A member did not deny it in time.', fields: MEMBER },
  'member.left': { what: 'A member has left for good.', fields: MEMBER },
  'member.restarted': {
    what: 'The same member is another process.',
    fields: { ...MEMBER, previousBootId: 'the process before' },
  },
  'self.refuted': {
    what: 'The node denied a claim about itself.',
    fields: { at: AT, accuser: 'who passed it on', incarnation: 'its own, raised' },
  },
  'self.left': { what: 'Its leave was told.', fields: { at: AT } },
  'identity.conflicted': {
    what: 'Somebody knows a later life of this node: its disk is an old copy, or was copied.',
    fields: { at: AT, incarnation: 'of that life', bootId: 'its process' },
  },
  'event.unexpected': {
    what: 'The membership actor had no use for an event: a mistake of ours.',
    fields: { at: AT, event: 'its type' },
  },
  'peer.up': {
    what: 'A connection to a peer stands.',
    fields: {
      id: 'the peer',
      address: '`host:port`',
      programVersion: 'of the program that it runs; empty if it does not say',
    },
  },
  'peer.down': {
    what: 'The last connection to a peer is gone.',
    fields: { id: 'the peer', reason: 'how it ended' },
  },
  'clock.offset': {
    what: 'How far a peer’s wall clock is ahead, give or take half the round trip.',
    fields: { at: AT, id: 'the peer', offsetMs: 'ms', roundTripMs: 'ms' },
  },
  'clock.wrong': {
    what: 'Its wall clock is not that of the members: it stamps nothing, and takes no writes.',
    fields: { aheadMs: 'of the median of all, ms; negative if it is behind' },
  },
  'clock.right': {
    what: 'Its wall clock is that of the members again.',
    fields: { forMs: 'for so long it was not, ms' },
  },
  'quorum.lost': {
    what: 'Partitions lack their quorum, seen from here; told again when it is another number.',
    fields: {
      partitions: 'that cannot be written, or not be read, at level quorum',
      first: 'their numbers; of many, the first 20',
      away: 'the members that cannot be reached',
    },
  },
  'quorum.regained': {
    what: 'Every partition has its quorum again, seen from here.',
    fields: { partitions: 'that lacked it last', forMs: 'since the first of them did, ms' },
  },
  'join.waiting': {
    what: 'It has no ring yet, for another reason than before.',
    fields: { waitsFor: 'a sentence; empty if nobody has said' },
  },
  'ring.changed': { what: 'Another ring is in force here.', fields: { ring: 'the ring' } },
  'ring.refused': { what: 'The cluster will not have this node.', fields: { reason: 'why' } },
  'ring.left': { what: 'The ring goes on without this node.', fields: { ring: 'that ring' } },
  'coordinator.serving': { what: 'It takes requests of clients.', fields: {} },
  'coordinator.drained': { what: 'Nothing is in flight any more.', fields: {} },
  'overload.began': { what: 'Too much is in flight: new requests are refused.', fields: {} },
  'overload.ended': { what: 'There is room for requests again, or the node stops.', fields: {} },
  'store.full': { what: 'Its disk has no room for what clients write.', fields: {} },
  'store.writable': { what: 'Its disk has room again.', fields: {} },
  'request.slow': {
    what: 'A request took long; of many, some are told.',
    fields: {
      operation: 'get, put, delete or list',
      level: 'its consistency',
      key: 'its key, or where its list begins; the first 100 letters',
      outcome: '`ok`, or the code of the failure',
      tookMs: 'ms',
      steps: 'as `explain=1` shows them; none of the first after a while without one',
      unsaid: 'other slow requests since the last that was told',
    },
  },
  'transfer.began': {
    what: 'It begins to fetch what it gains in a transition.',
    fields: { epoch: EPOCH, total: 'partitions' },
  },
  'transfer.progress': {
    what: 'How far this node is with what it gains in a transition.',
    fields: {
      epoch: EPOCH,
      done: 'partitions',
      total: 'partitions',
      records: RECORDS,
      bytes: BYTES,
    },
  },
  'transfer.done': {
    what: 'All that is gained has been pulled.',
    fields: { epoch: EPOCH, records: RECORDS, bytes: BYTES },
  },
  'repair.done': {
    what: 'What differed in a partition was fetched.',
    fields: { partition: PARTITION, records: RECORDS, bytes: BYTES },
  },
  'tree.mismatch': {
    what: 'The hash tree of a partition was not what its rows make, and was built anew.',
    fields: { partition: PARTITION, leaves: 'of the tree, that were wrong' },
  },
  'partition.collected': {
    what: 'Rows of a partition that others own were dropped.',
    fields: { partition: PARTITION, rows: 'rows' },
  },
  'hint.kept': { what: 'The first hint for a node is kept.', fields: { target: 'the node' } },
  'hint.refused': {
    what: 'A hint could not be kept: the disk is full, or all hints together are too large.',
    fields: { target: 'the node that goes without' },
  },
  'hint.drained': {
    what: 'No hint is left for a node.',
    fields: { target: 'the node', records: 'taken by it', dropped: 'of no use any more' },
  },
  'actor.started': {
    what: 'An actor lives.',
    fields: {
      ...ACTOR,
      parent: 'the actor whose child it is; empty for the supervisor',
      states: 'ids of the active nodes of its chart',
      context: 'its fields, in short words',
    },
  },
  'actor.transition': {
    what: 'An actor took a step, or an event was of no use to it.',
    fields: {
      ...ACTOR,
      event: 'type of the event',
      fields: 'its other fields, in short words',
      from: 'ids of the nodes that were active before',
      to: 'ids of those that are now',
      edges: 'ids of the edges that were taken, as in `actors/charts/json/`',
      refused: 'ids of edges whose guards were asked before and said no',
      actions: 'effects that were carried out',
      changed: 'fields of its context that have another value now, in short words',
    },
  },
  'actor.stopped': {
    what: 'An actor is no more.',
    fields: { ...ACTOR, status: 'done, stopped by its parent, or error' },
  },
};
