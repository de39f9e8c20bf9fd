/**
 * A client of a cluster: asks an owner of each key where it can, another node where it cannot, and
 * tries again what may be tried again until its time is up.
 *
 * Algorithm: the nodes say who owns what; the client hashes a key as they do, and asks the first of
 * its owners that can be had, else any node. What fails without having been done, and every read,
 * is asked again, elsewhere if there is one. A write has an id, by which a node that is asked again
 * finds what an earlier try has stored; it is not sent again before the earlier try has run out of
 * its time, as that one could still overwrite what came behind it, unless it replaces one version.
 *
 * Rejected alternative: to send slow reads to a second node. The node that is asked does so itself,
 * and knows better what is slow.
 */
import { contentChecksum } from '../core/data/content-checksum.js';
import { partitionOf } from '../core/ring/key-owners.js';
import type { AnswerOf } from '../core/wire/client/answers.js';
import type { Clock, Random } from '../ports.js';
import { errorOf, type Failed, ownFailure } from './errors.js';
import { ClientNode } from './node.js';
import { type Answer, LATE_MS, Operation, type Wanted } from './operation.js';
import { Found, Written } from './results.js';
import { Waiting } from './waiting.js';

const LOOK_MS = 20;
const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 1000;
/** Of what a node asks for that has too much to do: others may have less. */
const OVERLOADED = 'overloaded';
/** What another try, or another node, may do better. */
const PASSING: readonly string[] = [
  OVERLOADED,
  'not_ready',
  'shutting_down',
  'contention',
  'quorum_unavailable',
  'checksum_mismatch',
  'clock_drift',
  'outcome_unknown',
];
/** Of this node alone: another one is asked at once. */
const OF_ONE_NODE: readonly string[] = ['not_ready', 'shutting_down'];

/** Nodes that say so have looked for earlier tries. */
const OF_ALL_TRIES: readonly string[] = ['precondition_failed', 'operation_reused'];

export interface ClientMeans {
  readonly clock: Clock;
  readonly random: Random;
  /** `host:port` of nodes to begin with. */
  readonly seeds: readonly string[];
  /** Who this is, in the logs of nodes. */
  readonly program: string;
  /** Operations that may be under way; more are refused. */
  readonly maxPending: number;
}

export class ClusterClient {
  readonly #means: ClientMeans;
  readonly #seeds: readonly string[];
  readonly #nodes = new Map<string, ClientNode>();
  readonly #byId = new Map<string, ClientNode>();
  #ring: AnswerOf<'client.ring'> | undefined;
  /** Of the first node that knew. */
  #cluster = '';
  /** Until some node can be asked. */
  readonly #waiting = new Waiting();
  #pending = 0;
  #lookTimer: unknown;
  #closed: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;
  #whenOpened: (() => void) | undefined;
  /** Why the last node could not be had. */
  #trouble = 'no node has answered yet';
  #nextNode = 0;

  constructor(means: ClientMeans) {
    this.#means = means;
    this.#seeds = means.seeds;
    for (const seed of means.seeds) this.#nodeAt(seed).dial();
  }

  /** Who owns what, as far as it is known. */
  get ring(): AnswerOf<'client.ring'> | undefined {
    return this.#ring;
  }

  /** Resolves when a node can be asked; rejects with `Unavailable` if none could in time. */
  ready(withinMs: number): Promise<void> {
    const { clock } = this.#means;
    return new Promise((resolve, reject) => {
      if (this.#anyOpen(undefined)) return resolve();
      const timer = clock.setTimeout(() => {
        this.#whenOpened = undefined;
        reject(errorOf(ownFailure('unreachable', this.#trouble)));
      }, withinMs);
      this.#whenOpened = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Rejects with a `QuorateError`. */
  run<R>(wanted: Wanted): Promise<R> {
    return new Promise((resolve, reject) => {
      const { clock, maxPending } = this.#means;
      const applied = wanted.kind === 'get' ? undefined : 'no';
      if (this.#closed) {
        return reject(errorOf(ownFailure('closed', 'this client is closed', applied)));
      }
      if (this.#pending >= maxPending) {
        const detail = `${maxPending} operations are under way already`;
        return reject(errorOf(ownFailure('queue_full', detail, applied)));
      }
      this.#pending++;
      const operation = new Operation(wanted, clock.monotonic(), resolve, reject);
      this.#dispatch(operation);
      this.#lookLater();
    });
  }

  /** `avoided`: who has just failed it. */
  #dispatch(operation: Operation, avoided?: ClientNode): void {
    operation.at = undefined;
    const node = this.#ownerFor(operation, avoided) ?? this.#anyOpen(avoided);
    if (node) node.send(operation);
    else this.#waiting.add(operation);
  }

  /** The first owner of its key that can be had. */
  #ownerFor({ wanted }: Operation, avoided?: ClientNode): ClientNode | undefined {
    const ring = this.#ring;
    if (!ring) return undefined;
    const owners = ring.owners[partitionOf(wanted.key, ring.owners.length)] ?? [];
    for (const place of owners) {
      const member = ring.members[place];
      if (!member) continue;
      // A member that has moved is where the ring says, and somebody else where it was.
      const known = this.#byId.get(member.id);
      const node = known?.isOpen ? known : this.#nodeAt(member.address);
      if (node.isOpen && node !== avoided) return node;
      if (!node.isOpen) node.want();
    }
    return undefined;
  }

  /** Some node that can be asked, another one each time; `avoided` only if there is no other. */
  #anyOpen(avoided: ClientNode | undefined): ClientNode | undefined {
    const open = [...this.#nodes.values()].filter(({ isOpen }) => isOpen);
    const others = open.filter((node) => node !== avoided);
    const from = others.length > 0 ? others : open;
    return from[this.#nextNode++ % from.length];
  }

  #nodeAt(address: string): ClientNode {
    const known = this.#nodes.get(address);
    if (known) return known;
    const { clock, random, program } = this.#means;
    const node: ClientNode = new ClientNode(address, {
      ...{ clock, random, program },
      events: {
        opened: () => this.#opened(node),
        isOurs: (cluster) => this.#isOurs(cluster),
        ring: (ring) => this.#learn(ring),
        answered: (operation, answer) => this.#answered(operation, answer, node),
        lost: (operation) => this.#lost(operation, node),
        unsent: (operation) => this.#dispatch(operation, node),
        expired: (operation) => this.#expired(operation, node),
        failed: (reason) => {
          this.#trouble = `${address}: ${reason}`;
          if (!this.#isWanted(node)) this.#forget(node);
        },
        isWanted: () => this.#isWanted(node),
      },
    });
    this.#nodes.set(address, node);
    return node;
  }

  #opened(node: ClientNode): void {
    for (const [id, at] of this.#byId) if (at === node) this.#byId.delete(id);
    if (node.id !== undefined) this.#byId.set(node.id, node);
    this.#whenOpened?.();
    for (const operation of this.#waiting.takeAll()) this.#dispatch(operation);
  }

  /** Epochs and keys of two clusters have nothing to do with each other. */
  #isOurs(cluster: string): boolean {
    this.#cluster ||= cluster;
    return cluster === '' || cluster === this.#cluster;
  }

  #isWanted({ address }: ClientNode): boolean {
    if (this.#closed && this.#pending === 0) return false;
    const isMember = this.#ring?.members.some((member) => member.address === address);
    return isMember || this.#seeds.includes(address);
  }

  #forget(node: ClientNode): void {
    this.#nodes.delete(node.address);
    if (node.id !== undefined && this.#byId.get(node.id) === node) this.#byId.delete(node.id);
  }

  #learn(ring: AnswerOf<'client.ring'>): void {
    if (this.#ring && ring.epoch <= this.#ring.epoch) return;
    this.#ring = ring;
  }

  #answered(operation: Operation, answer: Answer, node: ClientNode): void {
    switch (answer.type) {
      case 'client.value':
        return this.#found(operation, answer, node);
      case 'client.absent':
        return this.#settle(operation, undefined);
      case 'client.written':
        return this.#settle(operation, new Written(answer.version, answer.reached || undefined));
      case 'client.failed':
        return this.#failed(operation, { ...answer, applied: answer.applied || undefined }, node);
    }
  }

  #found(operation: Operation, answer: AnswerOf<'client.value'>, node: ClientNode): void {
    const { version, contentType, value, ttl, reached, checksum } = answer;
    if (checksum !== contentChecksum(operation.wanted.key, contentType, value)) {
      const detail = 'the value that has come does not fit its checksum';
      const failed = { code: 'checksum_mismatch', status: 0, detail, applied: undefined };
      return this.#failed(operation, failed, node);
    }
    const level = reached === '' ? {} : { level: reached };
    this.#settle(operation, new Found(version, { value, contentType, ttl, ...level }));
  }

  /** What an answer says of this try, as long as there is time for another one. */
  #failed(operation: Operation, failed: Failed, node: ClientNode): void {
    if (operation.isWrite && failed.applied === 'unknown') operation.isUnknown = true;
    const mayTryAgain = PASSING.includes(failed.code);
    const isSafe = operation.isRepeatable || (failed.applied === 'no' && !operation.isUnknown);
    if (!mayTryAgain || !isSafe) return this.#fail(operation, failed);
    this.#again(operation, this.#delayOf(operation, failed), failed, node);
  }

  #delayOf({ tries }: Operation, { code, retryAfterMs = 0 }: Failed): number {
    if (OF_ONE_NODE.includes(code) && tries === 1) return 0;
    const asked = code === OVERLOADED ? retryAfterMs / 4 : 0;
    const least = Math.max(FIRST_DELAY_MS, asked);
    const delayMs = Math.min(MAX_DELAY_MS, least * 2 ** (tries - 1));
    return delayMs * (0.5 + this.#means.random.float() / 2);
  }

  /** It was sent, and nobody will say what has become of it. */
  #lost(operation: Operation, node: ClientNode): void {
    const detail = `the connection to ${node.address} broke before the answer came`;
    if (!operation.isWrite) {
      return this.#again(operation, 0, ownFailure('unreachable', detail), node);
    }
    operation.isUnknown = true;
    const failed = { ...ownFailure('unreachable', detail, 'unknown'), code: 'outcome_unknown' };
    if (!operation.isRepeatable) return this.#fail(operation, failed);
    const now = this.#means.clock.monotonic();
    const delayMs = operation.hasToEnd ? Math.max(0, operation.tryEnds + LATE_MS - now) : 0;
    this.#again(operation, delayMs, failed, node);
  }

  /** `failed`: how it ends if there is no time for another try. */
  #again(operation: Operation, delayMs: number, failed: Failed, avoided?: ClientNode): void {
    const { clock } = this.#means;
    if (clock.monotonic() + delayMs >= operation.deadline) return this.#fail(operation, failed);
    operation.at = undefined;
    if (delayMs === 0) return this.#dispatch(operation, avoided);
    clock.setTimeout(() => this.#dispatch(operation, avoided), delayMs);
  }

  /** Its time is up, or that of a try: no answer came from this node, or none could be asked. */
  #expired(operation: Operation, node?: ClientNode): void {
    if (operation.isSettled) return;
    const wasSent = operation.at !== undefined;
    if (!wasSent) return this.#fail(operation, ownFailure('unreachable', this.#trouble));
    const late = ownFailure('deadline', 'no answer came in time');
    if (!operation.isWrite) return this.#again(operation, 0, late, node);
    operation.isUnknown = true;
    const failed = { ...late, code: 'outcome_unknown' };
    if (!operation.isRepeatable) return this.#fail(operation, failed);
    this.#again(operation, 0, failed, node);
  }

  #settle(operation: Operation, result: unknown): void {
    this.#end(operation);
    operation.resolve(result as never);
  }

  /** `applied` is about all tries of a write: one of them may have been made. */
  #fail(operation: Operation, failed: Failed): void {
    this.#end(operation);
    const said = failed.applied ?? (operation.isWrite ? 'no' : undefined);
    const isOpen = operation.isUnknown && !OF_ALL_TRIES.includes(failed.code);
    operation.reject(errorOf({ ...failed, applied: isOpen ? 'unknown' : said }));
  }

  #end(operation: Operation): void {
    operation.isSettled = true;
    this.#pending--;
    if (this.#pending === 0) this.#whenIdle?.();
  }

  #lookLater(): void {
    if (this.#lookTimer !== undefined) return;
    this.#lookTimer = this.#means.clock.setTimeout(this.#look, LOOK_MS);
  }

  readonly #look = (): void => {
    this.#lookTimer = undefined;
    const now = this.#means.clock.monotonic();
    for (const node of [...this.#nodes.values()]) node.look(now);
    this.#waiting.expire(now, (operation) => this.#expired(operation));
    if (this.#pending > 0) this.#lookLater();
  };

  /** Takes nothing more; resolves when what was under way has ended, and all sockets are closed. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.#means.clock.clearTimeout(this.#lookTimer);
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
  }
}
