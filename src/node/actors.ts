/** The supervisor of a node, and the five actors that it runs: there once it has started. */
import type { Actor, ActorRefFrom, AnyActorLogic, AnyActorRef } from 'xstate';
import type { coordinatorMachine } from '../../actors/coordinator/machine.js';
import type { hintsMachine } from '../../actors/hints/machine.js';
import type { membershipMachine } from '../../actors/membership/machine.js';
import type { ringMachine } from '../../actors/ring/machine.js';
import type { stabilizerMachine } from '../../actors/stabilizer/machine.js';

export class Actors {
  readonly node: Actor<AnyActorLogic>;

  constructor(node: Actor<AnyActorLogic>) {
    this.node = node;
  }

  get membership(): ActorRefFrom<typeof membershipMachine> {
    return this.#child('membership');
  }

  get ring(): ActorRefFrom<typeof ringMachine> {
    return this.#child('ring');
  }

  get coordinator(): ActorRefFrom<typeof coordinatorMachine> {
    return this.#child('coordinator');
  }

  get stabilizer(): ActorRefFrom<typeof stabilizerMachine> {
    return this.#child('stabilizer');
  }

  get hints(): ActorRefFrom<typeof hintsMachine> {
    return this.#child('hints');
  }

  #child<A extends AnyActorRef>(systemId: string): A {
    return this.node.system.get(systemId) as A;
  }
}
