/** The way of REST to a node, with the bounds that its door for programs has. */
import type { Clock } from '../ports.js';
import type { Operation } from './operation.js';
import { askByRest } from './rest.js';
import type { WayEvents } from './socket.js';
import { Waiting } from './waiting.js';

/** In flight at a time. */
const MOST = { operations: 256, bytes: 4 << 20 } as const;

export interface RestEvents extends WayEvents {
  /** Once, before what is lost by it: the node cannot be asked so. */
  failed(reason: string): void;
}

export class RestWay {
  readonly #address: string;
  readonly #clock: Clock;
  readonly #events: RestEvents;
  readonly #queue = new Waiting();
  #inFlight = 0;
  #bytesInFlight = 0;
  #isOver = false;

  constructor(address: string, clock: Clock, events: RestEvents) {
    this.#address = address;
    this.#clock = clock;
    this.#events = events;
  }

  /** Only to be called before its end. */
  send(operation: Operation): void {
    if (this.#queue.size === 0 && this.#hasRoomFor(operation)) this.#ask(operation);
    else this.#queue.add(operation);
  }

  readonly #hasRoomFor = ({ size }: Operation): boolean => {
    if (this.#inFlight === 0) return true;
    return this.#inFlight < MOST.operations && this.#bytesInFlight + size <= MOST.bytes;
  };

  readonly #ask = (operation: Operation): void => {
    operation.at = this;
    const timeoutMs = operation.beginTry(this.#clock.monotonic());
    const { tries } = operation;
    const isCurrent = () => operation.tries === tries && !operation.isSettled;
    this.#inFlight++;
    this.#bytesInFlight += operation.size;
    askByRest(this.#address, operation, timeoutMs).then(
      (answer) => {
        this.#leave(operation);
        if (isCurrent()) this.#events.answered(operation, answer);
      },
      (error: Error) => {
        // That operation has taken too long, and no other one.
        const isLate = error.name === 'TimeoutError';
        if (!isLate) this.#fail(error.message);
        this.#leave(operation);
        if (!isCurrent()) return;
        if (isLate) this.#events.expired(operation);
        else this.#events.lost(operation);
      },
    );
  };

  #leave({ size }: Operation): void {
    this.#inFlight--;
    this.#bytesInFlight -= size;
    if (!this.#isOver) this.#queue.go(this.#hasRoomFor, this.#ask);
  }

  look(now: number): void {
    this.#queue.expire(now, this.#events.expired);
  }

  #fail(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.failed(reason);
    this.end();
  }

  /** Nothing more is asked; what is in flight is still answered. */
  end(): void {
    this.#isOver = true;
    for (const operation of this.#queue.takeAll()) this.#events.unsent(operation);
  }
}
