/** Hosts the ring manager: its effects are those of the parts beside this file. */
import type { ActorRefFrom } from 'xstate';
import { ringMachine } from '../../../actors/ring/machine.js';
import type { Random } from '../../ports.js';
import type { CurrentRing } from './current-ring.js';
import type { Joining } from './joining.js';
import type { Proposer } from './proposer.js';
import type { RingWishes } from './wishes.js';

/** Losers of a round begin again after a time between these: one of them is first. */
const BACK_OFF_MS = { least: 50, most: 250 };

interface RingParts {
  readonly random: Random;
  readonly rings: CurrentRing;
  readonly joining: Joining;
  readonly wishes: RingWishes;
  readonly proposer: Proposer;
}

export class RingHost {
  readonly #parts: RingParts;

  constructor(parts: RingParts) {
    this.#parts = parts;
  }

  /** The chart with its effects. */
  get machine(): typeof ringMachine {
    const { random, joining, wishes, proposer } = this.#parts;
    const { least, most } = BACK_OFF_MS;
    return ringMachine.provide({
      delays: { backOff: () => least + random.float() * (most - least) },
      actions: {
        foundCluster: () => joining.found(),
        askToJoin: () => joining.ask(),
        forgetFulfilled: (_, { ring }) => wishes.ringChanged(ring),
        look: (_, { ring }) => wishes.look(ring),
        startRound: (_, { ring, next }) => proposer.propose(ring, next),
      },
    });
  }

  attach(actor: ActorRefFrom<typeof ringMachine>): void {
    this.#parts.rings.attach(actor);
  }
}
