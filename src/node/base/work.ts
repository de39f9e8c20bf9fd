/**
 * Work that an actor has asked for, until what came of it is told.
 *
 * It is told to the actor that asked, and to no other one. An actor that has ended meanwhile waits
 * for nothing: a child of the stabilizer because the ring has changed, all of them because the node
 * ends. So this is the fence between what was begun for one ring and what is done in the next.
 *
 * What goes wrong between nodes is a `TransferFailed`, and an event. Anything else is a mistake of
 * ours, and must not look like a slow transfer: it goes to `onFailure`, whoever has asked, unless
 * the node has ended.
 */

/** Something stands in the way, here or at another node; it may be gone the next time. */
export class TransferFailed extends Error {}

/** An actor, as far as it is told something. */
interface Asker {
  send(event: never): void;
  getSnapshot(): { readonly status: string };
}
type EventOf<A extends Asker> = Parameters<A['send']>[0];

export class Work {
  readonly #host: { readonly isActive: boolean };
  readonly #onFailure: (error: Error) => void;

  /** `host`: of the actor whose children ask, or of the one that asks itself. */
  constructor(host: { readonly isActive: boolean }, onFailure: (error: Error) => void) {
    this.#host = host;
    this.#onFailure = onFailure;
  }

  /** Without `failed`, a `TransferFailed` is a mistake as well. */
  run<A extends Asker, T>(
    asker: A,
    work: Promise<T>,
    done: (result: T) => EventOf<A>,
    failed?: (reason: string) => EventOf<A>,
  ): void {
    const isWaiting = () => asker.getSnapshot().status === 'active';
    work.then(
      (result) => {
        if (isWaiting()) asker.send(done(result) as never);
      },
      (error: unknown) => {
        if (!failed || !(error instanceof TransferFailed)) {
          if (this.#host.isActive) this.#onFailure(error as Error);
        } else if (isWaiting()) asker.send(failed(error.message) as never);
      },
    );
  }
}
