/**
 * Bounds what is in flight at a coordinator, in requests and in bytes: beyond them a request is
 * refused before any work is done for it.
 */

import { failure } from '../../core/failures.js';
import type { Failure } from '../../core/requests.js';

export interface AdmissionLimits {
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
}

const NOT_YET = 'this node does not serve yet; /admin/status says what it waits for';

export class Admission {
  readonly #limits: AdmissionLimits;
  /** Called when too much is in flight, and when it no longer is. */
  readonly #onLoad: (tooHigh: boolean) => void;
  #state: 'closed' | 'open' | 'draining' = 'closed';
  #shedding = false;
  #inFlight = 0;
  #bytes = 0;
  #onIdle: (() => void) | undefined;

  constructor(limits: AdmissionLimits, onLoad: (tooHigh: boolean) => void) {
    this.#limits = limits;
    this.#onLoad = onLoad;
  }

  get isShedding(): boolean {
    return this.#shedding;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  open(): void {
    if (this.#state === 'closed') this.#state = 'open';
  }

  /** Admits nothing new; `idle` is called when nothing is in flight. */
  drain(idle: () => void): void {
    this.#state = 'draining';
    if (this.#inFlight === 0) idle();
    else this.#onIdle = idle;
  }

  /** Why a request of so many bytes is refused; undefined if it is admitted, and counted. */
  admit(bytes: number): Failure | undefined {
    if (this.#state === 'closed') return failure('not_ready', NOT_YET, 'no');
    if (this.#state === 'draining') {
      return failure('shutting_down', 'this node is shutting down', 'no');
    }
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    if (this.#inFlight >= maxInFlight || this.#bytes + bytes > maxInFlightBytes) {
      this.#setShedding(true);
      return failure('overloaded', 'too many requests are in flight at this node', 'no');
    }
    this.#inFlight++;
    this.#bytes += bytes;
    return undefined;
  }

  release(bytes: number): void {
    this.#inFlight--;
    this.#bytes -= bytes;
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    if (this.#inFlight < maxInFlight / 2 && this.#bytes < maxInFlightBytes / 2) {
      this.#setShedding(false);
    }
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  #setShedding(shedding: boolean): void {
    if (shedding === this.#shedding) return;
    this.#shedding = shedding;
    this.#onLoad(shedding);
  }
}
