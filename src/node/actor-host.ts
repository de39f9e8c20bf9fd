/**
 * A host's hold on its actor. The actor starts after its host was made, and ends before its node
 * does: connections stand, and the disk answers, a little longer. What they bring then is for
 * nobody, and is dropped here.
 */
import { present } from '../core/assert.js';

/** Of an XState actor what every host needs: `ActorRefFrom` of a machine fits. */
interface HostedActor {
  send(event: never): void;
  getSnapshot(): { readonly status: string; readonly value: unknown };
}

export class ActorHost<A extends HostedActor> {
  /** For whoever asks for an actor that is not there yet. */
  readonly #what: string;
  #actor: A | undefined;

  /** `name` is the actor's, for the sentence that says it is missing. */
  constructor(name: string) {
    this.#what = `the actor ${name}, which is attached at the start`;
  }

  attach(actor: A): void {
    this.#actor = actor;
  }

  /** Throws before it is attached. */
  get actor(): A {
    return present(this.#actor, this.#what);
  }

  get snapshot(): ReturnType<A['getSnapshot']> {
    return this.actor.getSnapshot() as ReturnType<A['getSnapshot']>;
  }

  /** The state it is in, or has ended in, with the states within it, as a path: `running.idle`. */
  get state(): string {
    return pathOf(this.actor.getSnapshot().value);
  }

  get isActive(): boolean {
    return this.actor.getSnapshot().status === 'active';
  }

  send(event: Parameters<A['send']>[0]): void {
    if (this.isActive) this.actor.send(event as never);
  }
}

function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(Object(value))
    .map(([state, within]) => `${state}.${pathOf(within)}`)
    .join(' ');
}
