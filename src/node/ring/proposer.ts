/**
 * Runs the Paxos rounds by which the next ring is decided: sends what `actors/ring/paxos.ts` says,
 * and hands it the answers.
 */
import * as paxos from '../../../actors/ring/paxos.js';
import { assert } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import type { Verdict } from '../../core/ring/quorum.js';
import type { Ring } from '../../core/ring/ring.js';
import { formatRing } from '../../core/ring/ring-json.js';
import type { BodyOf, CallFailure, Calls, ReplyTo } from '../rpc/calls.js';
import type { CurrentRing } from './current-ring.js';

const CALL_TIMEOUT_MS = 2000;

type Phase = 'prepare' | 'accept';
type Answer<P extends Phase> = ReplyTo<`ring.${P}`> | CallFailure;

export class Proposer {
  readonly #self: NodeId;
  readonly #rings: CurrentRing;
  readonly #calls: Calls;
  /** The highest ballot round heard of for the ring after `#epoch`. */
  #round = 0;
  #epoch = 0;

  constructor(options: { self: NodeId; rings: CurrentRing; calls: Calls }) {
    this.#self = options.self;
    this.#rings = options.rings;
    this.#calls = options.calls;
  }

  /**
   * Proposes `own` as the ring after `ring`; what may have been decided already goes before it.
   * Ends with a new ring in force, or with `round.lost`.
   */
  propose(ring: Ring, own: Ring): void {
    assert(own.epoch > ring.epoch, 'a ring is proposed as the next one');
    if (this.#epoch !== ring.epoch) this.#round = 0;
    this.#epoch = ring.epoch;
    const ballot = { round: ++this.#round, node: this.#self };
    const round = new paxos.Round(ring, ballot);
    const { epoch } = round;
    const lose = () => {
      this.#round = Math.max(this.#round, round.seen.round);
      if (this.#rings.epoch === ring.epoch) this.#rings.send({ type: 'round.lost' });
    };
    const accept = () => {
      const proposal = round.proposal(formatRing(own));
      const body = { epoch, ballot, ring: proposal };
      this.#ask('accept', round, body, {
        count: (voter, answer) => {
          if (typeof answer === 'string') return round.unanswered(voter, 'accept');
          return round.accepted(voter, answer);
        },
        reached: () => this.#rings.spread(proposal),
        impossible: lose,
      });
    };
    this.#ask(
      'prepare',
      round,
      { epoch, ballot },
      {
        count: (voter, answer) => {
          if (typeof answer === 'string') return round.unanswered(voter, 'prepare');
          return round.promised(voter, answer);
        },
        reached: accept,
        impossible: lose,
      },
    );
  }

  /** Asks all voters; once what `count` says of their answers decides, calls one of the two. */
  #ask<P extends Phase>(
    phase: P,
    { voters }: paxos.Round,
    body: BodyOf<`ring.${P}`>,
    on: {
      count: (voter: NodeId, answer: Answer<P>) => Verdict;
      reached: () => void;
      impossible: () => void;
    },
  ): void {
    let isOpen = true;
    for (const voter of voters) {
      this.#calls.request(voter, `ring.${phase}`, body, CALL_TIMEOUT_MS, (answer) => {
        if (!isOpen) return;
        const verdict = on.count(voter, answer as Answer<P>);
        if (verdict === 'open') return;
        isOpen = false;
        if (verdict === 'reached') on.reached();
        else on.impossible();
      });
    }
  }
}
