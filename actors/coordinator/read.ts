/**
 * One read, from the first question to the answer. Pure: it is told what owners answered and says
 * what to do next.
 *
 * Intuition: the value travels once, from the first owner asked; the others only say which version
 * they hold. If a quorum agrees, that is the answer after one round trip. If not, the newest value
 * is fetched and written back to the owners that lack it before the client is answered, so that
 * no later read can return something older (Dynamo §5 read repair; the write-back before the
 * answer is ABD's, JACM 1995, without which reads would not be monotonic).
 *
 * Rejected alternative: asking all N owners every time. It needs no second question when one is
 * slow, but every read then costs N store reads; the slow case is answered by hedging instead.
 */

import type { EncodedRecord } from '../../src/core/data/record.js';
import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../src/core/data/version.js';
import { type QuorumGroup, Tally } from '../../src/core/ring/quorum.js';

export type ReadAnswer =
  /** `NO_VERSION` if the key is absent; `record` if the value was asked for and is there. */
  | { readonly kind: 'holds'; readonly version: Version; readonly record?: EncodedRecord }
  | { readonly kind: 'failed'; readonly reason: string };

export type ReadPhase = 'awaitingVersions' | 'fetchingNewest' | 'writingBack' | 'settled';

export type ReadStep =
  | { readonly next: 'wait' }
  | { readonly next: 'ask'; readonly owners: readonly NodeId[]; readonly withValue: boolean }
  | {
      readonly next: 'writeBack';
      readonly owners: readonly NodeId[];
      readonly record: EncodedRecord;
    }
  | { readonly next: 'found'; readonly record: EncodedRecord | undefined }
  | {
      readonly next: 'failed';
      readonly needed: number;
      readonly got: number;
      readonly reasons: string[];
    };

const WAIT: ReadStep = { next: 'wait' };

export class ReadOperation {
  readonly #groups: readonly QuorumGroup[];
  /** Owners not asked yet, the ones to prefer first. */
  readonly #spare: NodeId[];
  readonly #held = new Map<NodeId, Version>();
  readonly #tally: Tally;
  #written: Tally | undefined;
  readonly #reasons = new Set<string>();
  #newest: Version = NO_VERSION;
  #record: EncodedRecord | undefined;
  #outstanding = 0;
  phase: ReadPhase = 'awaitingVersions';

  /** `preferred`: all owners, each once, in the order in which to ask them. */
  constructor(groups: readonly QuorumGroup[], preferred: readonly NodeId[]) {
    this.#groups = groups;
    this.#tally = new Tally(groups);
    this.#spare = [...preferred];
  }

  /** The owners to ask first: just enough for a quorum of every group. */
  begin(): NodeId[] {
    return this.#take();
  }

  /** An owner takes longer than usual: the next one to ask besides, if there is one. */
  hedge(): NodeId | undefined {
    if (this.phase !== 'awaitingVersions') return undefined;
    const next = this.#spare.shift();
    if (next !== undefined) this.#outstanding++;
    return next;
  }

  get wasRepaired(): boolean {
    return this.#written !== undefined;
  }

  answer(owner: NodeId, answer: ReadAnswer): ReadStep {
    if (this.phase !== 'awaitingVersions' && this.phase !== 'fetchingNewest') return WAIT;
    this.#outstanding--;
    if (answer.kind === 'failed') {
      this.#reasons.add(answer.reason);
      this.#tally.retract(owner);
      if (this.#held.delete(owner)) this.#forgetNewest();
    } else {
      this.#tally.succeed(owner);
      this.#held.set(owner, answer.version);
      const order = compareVersions(answer.version, this.#newest);
      if (order > 0) {
        this.#newest = answer.version;
        this.#record = answer.record;
      } else if (order === 0 && answer.record) {
        this.#record = answer.record;
      }
    }
    return this.#decide();
  }

  /** An owner took the write-back, or holds something newer, which is as good. */
  wroteBack(owner: NodeId, stored: boolean, reason = ''): ReadStep {
    if (this.phase !== 'writingBack') return WAIT;
    this.#outstanding--;
    if (stored) this.#written!.succeed(owner);
    else {
      this.#written!.fail(owner);
      this.#reasons.add(reason);
    }
    return this.#decideWriteBack(this.#record!);
  }

  /** The owner that held the newest is gone: the quorum is to be found among the others. */
  #forgetNewest(): void {
    this.phase = 'awaitingVersions';
    this.#newest = NO_VERSION;
    this.#record = undefined;
    for (const version of this.#held.values()) {
      if (compareVersions(version, this.#newest) > 0) this.#newest = version;
    }
  }

  #decide(): ReadStep {
    if (this.phase === 'fetchingNewest') return this.#fetchOrRepair();
    const verdict = this.#tally.verdict;
    if (verdict === 'reached') return this.#fetchOrRepair();
    if (verdict === 'impossible') return this.#failed(this.#tally);
    const more = this.#outstanding === 0 ? this.#take() : [];
    return more.length > 0 ? { next: 'ask', owners: more, withValue: false } : WAIT;
  }

  #fetchOrRepair(): ReadStep {
    if (compareVersions(this.#newest, NO_VERSION) === 0) {
      this.phase = 'settled';
      return { next: 'found', record: undefined };
    }
    if (!this.#record) {
      this.phase = 'fetchingNewest';
      if (this.#outstanding > 0) return WAIT;
      const holder = [...this.#held].find(([, held]) => compareVersions(held, this.#newest) === 0);
      if (!holder) throw new Error('the newest version has a holder');
      this.#outstanding++;
      return { next: 'ask', owners: [holder[0]], withValue: true };
    }
    return this.#repair(this.#record);
  }

  #repair(record: EncodedRecord): ReadStep {
    const written = new Tally(this.#groups);
    const stale: NodeId[] = [];
    for (const [owner, held] of this.#held) {
      if (compareVersions(held, this.#newest) >= 0) written.succeed(owner);
      else stale.push(owner);
    }
    if (stale.length === 0 && written.verdict === 'reached') {
      this.phase = 'settled';
      return { next: 'found', record };
    }
    this.phase = 'writingBack';
    this.#written = written;
    this.#outstanding = stale.length;
    return { next: 'writeBack', owners: stale, record };
  }

  #decideWriteBack(record: EncodedRecord): ReadStep {
    const verdict = this.#written!.verdict;
    if (verdict === 'reached') {
      this.phase = 'settled';
      return { next: 'found', record };
    }
    if (verdict === 'impossible') return this.#failed(this.#written!);
    if (this.#outstanding > 0) return WAIT;
    // A stale owner did not take it; one that was never asked may.
    const others = this.#spare.splice(0);
    if (others.length === 0) return this.#failed(this.#written!);
    this.#outstanding = others.length;
    return { next: 'writeBack', owners: others, record };
  }

  #failed(tally: Tally): ReadStep {
    this.phase = 'settled';
    return { next: 'failed', ...tally.shortfall, reasons: [...this.#reasons] };
  }

  /** The first spare owners that the groups still need. */
  #take(): NodeId[] {
    const taken: NodeId[] = [];
    for (const { owners, needed } of this.#groups) {
      let have = 0;
      for (const owner of owners) {
        if (taken.includes(owner) || this.#tally.hasSucceeded(owner)) have++;
      }
      for (let i = 0; i < this.#spare.length && have < needed; ) {
        const candidate = this.#spare[i]!;
        if (owners.includes(candidate)) {
          taken.push(candidate);
          this.#spare.splice(i, 1);
          have++;
        } else i++;
      }
    }
    this.#outstanding += taken.length;
    return taken;
  }
}
