/**
 * What the operations of a coordinator (`write.ts`, `read.ts`, `caspaxos/operation.ts`) have in
 * common: each is told what owners answered, and says what to do next. Whoever drives one
 * (`src/node/coordinator/driver.ts`) does that, and decides nothing.
 */
import type { NodeId } from '../../src/core/data/version.js';
import type { PromiseAnswer, ReadAnswer, WriteAnswer } from './answers.js';

/** What owners are asked: what they hold, to promise a ballot, or to store a record. */
export type OwnerRequest = 'look' | 'prepare' | 'store';

export interface Operation<Step> {
  /** The number of the present round: answers come back with the one they belong to. */
  readonly round: number;
  /**
   * An owner refused a request because its ring is newer. True if the operation now waits for that
   * ring, and is to be begun again with its owners. False if that is nothing new, if it will be
   * found out again, or if the operation has ended.
   */
  fenced(owner: NodeId, round: number, request: OwnerRequest): boolean;
  /** Time is up, or what is needed cannot be had: how it ends. It must not have ended already. */
  giveUp(reason: string): Step;
}

/** Asks owners what they hold. */
export interface Looking<Step> extends Operation<Step> {
  held(owner: NodeId, round: number, answer: ReadAnswer): Step;
}

/** Asks owners for promises. */
export interface Preparing<Step> extends Operation<Step> {
  promised(owner: NodeId, round: number, answer: PromiseAnswer): Step;
}

/** Has owners store something. */
export interface Storing<Step> extends Operation<Step> {
  stored(owner: NodeId, round: number, answer: WriteAnswer): Step;
}

/** Nothing follows from this answer yet, or any more. */
export const WAIT = { next: 'wait' } as const;

/** The operation has failed. */
export interface Failed {
  readonly next: 'failed';
  /** Owners that had to answer, and owners that did as they were asked. */
  readonly needed: number;
  readonly got: number;
  /** What those that did not have said, each once. */
  readonly reasons: string[];
}
