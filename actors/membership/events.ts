/**
 * What the membership actor is told, what it asks its host to do, and what it tells.
 *
 * `at` is the host's monotonic clock in ms, `wallMs` its wall clock; neither is read in here.
 */

import type { NodeId } from '../../src/core/data/version.js';
import type { Message } from '../../src/core/wire/messages.js';

export type SwimMessage = Extract<Message, { type: `swim.${string}` }>;
export type SwimMessageOf<T extends SwimMessage['type']> = Extract<SwimMessage, { type: T }>;

/** What a timer says when it fires. */
export type TimerFact =
  | { readonly type: 'period.elapsed' }
  | { readonly type: 'ack.timedOut' }
  | { readonly type: 'relay.timedOut'; readonly relay: number }
  | { readonly type: 'suspicion.timedOut'; readonly id: NodeId }
  | { readonly type: 'sync.due' };

export type MembershipEvent =
  /** `lateByMs`: how long after its time the timer fired; see the effect `setTimer`. */
  | (TimerFact & { readonly at: number; readonly lateByMs: number })
  | {
      readonly type: 'message.received';
      readonly at: number;
      readonly wallMs: number;
      readonly from: NodeId;
      readonly message: SwimMessage;
    }
  /** A connection to a peer stands: worth a word if it is news to us. */
  | {
      readonly type: 'peer.up';
      readonly at: number;
      readonly peer: { readonly id: NodeId; readonly bootId: string };
    }
  /** The connection to a peer broke: a hint to probe it now, not a verdict. */
  | { readonly type: 'peer.down'; readonly at: number; readonly id: NodeId }
  /** Who is in the ring, now or after the transition under way. */
  | {
      readonly type: 'ring.adopted';
      readonly at: number;
      readonly members: readonly RingMember[];
    }
  /** No later life can use this incarnation: that of this boot, and later each we asked for. */
  | { readonly type: 'incarnation.persisted'; readonly at: number; readonly incarnation: number }
  /** Tell the others that we leave for good. A restart is not a leave: it says nothing. */
  | { readonly type: 'leave'; readonly at: number };

export interface RingMember {
  readonly id: NodeId;
  readonly address: string;
  /** The highest we have heard of, perhaps before we were started; 0: none. */
  readonly incarnation: number;
}

interface MemberFact {
  readonly at: number;
  readonly id: NodeId;
  readonly address: string;
  readonly bootId: string;
  readonly incarnation: number;
}

export type MembershipFact =
  /** A member has this status now; of an unknown one, this is the first we hear. */
  | (MemberFact & {
      readonly type: 'member.alive' | 'member.suspect' | 'member.dead' | 'member.left';
    })
  /** The same member, another process: whatever the old one had in memory is gone. */
  | (MemberFact & { readonly type: 'member.restarted'; readonly previousBootId: string })
  /** We denied a claim about ourselves that `accuser` passed on. */
  | {
      readonly type: 'self.refuted';
      readonly at: number;
      readonly accuser: NodeId;
      readonly incarnation: number;
    }
  /**
   * Somebody knows a life of ours that we do not: our disk is an old copy, or another process runs
   * on a copy of it.
   */
  | {
      readonly type: 'identity.conflicted';
      readonly at: number;
      readonly incarnation: number;
      readonly bootId: string;
    }
  /** Our leave was told. The actor has stopped: the host drops its timers and sends no more. */
  | { readonly type: 'self.left'; readonly at: number }
  /** The peer's wall clock minus ours, give or take half the round trip. */
  | {
      readonly type: 'clock.offset';
      readonly at: number;
      readonly id: NodeId;
      readonly offsetMs: number;
      readonly roundTripMs: number;
    }
  /** An event that the present state has no use for: a mistake in here or in the host. */
  | { readonly type: 'event.unexpected'; readonly at: number; readonly event: string };

/** What the host has to do; the names of the chart's actions. */
export type Effect =
  /** Dropped in silence if the peer is not connected: probes find that out. */
  | {
      readonly type: 'sendMessage';
      readonly params: { readonly to: NodeId; readonly message: SwimMessage };
    }
  /**
   * Replaces a timer of the same id. It is delivered one turn of the event loop after it is due,
   * so that what had arrived by then is handled first: `at` is the time of delivery, `lateByMs`
   * says by how much the timer itself was late.
   */
  | {
      readonly type: 'setTimer';
      readonly params: { readonly id: string; readonly delayMs: number; readonly fires: TimerFact };
    }
  /** The timer is not delivered any more, not even if it has fired and waits for its turn. */
  | { readonly type: 'clearTimer'; readonly params: { readonly id: string } }
  /** When the disk rules it out for later lives, or if it does, send `incarnation.persisted`. */
  | { readonly type: 'persistIncarnation'; readonly params: { readonly incarnation: number } }
  /** Dial a dead member now if it is not connected. */
  | { readonly type: 'connect'; readonly params: { readonly id: NodeId; readonly address: string } }
  | { readonly type: 'tell'; readonly params: MembershipFact };

/** Collects the effects of one event. */
export class Outbox {
  #effects: Effect[] = [];

  send(to: NodeId, message: SwimMessage): void {
    this.#effects.push({ type: 'sendMessage', params: { to, message } });
  }

  setTimer(id: string, delayMs: number, fires: TimerFact): void {
    this.#effects.push({ type: 'setTimer', params: { id, delayMs, fires } });
  }

  clearTimer(id: string): void {
    this.#effects.push({ type: 'clearTimer', params: { id } });
  }

  persistIncarnation(incarnation: number): void {
    this.#effects.push({ type: 'persistIncarnation', params: { incarnation } });
  }

  connect(id: NodeId, address: string): void {
    this.#effects.push({ type: 'connect', params: { id, address } });
  }

  tell(fact: MembershipFact): void {
    this.#effects.push({ type: 'tell', params: fact });
  }

  /** What was collected since the last call. */
  take(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
