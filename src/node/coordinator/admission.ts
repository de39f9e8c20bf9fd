/**
 * Bounds what is in flight at a coordinator, in requests and in bytes: beyond them a request is
 * refused before any work is done for it.
 *
 * It only counts. Whether requests are admitted at all is decided by the chart
 * (`actors/coordinator/machine.ts`), which sets the gate and is told when it is too much, when it
 * no longer is, and when the last request has ended.
 */

import type { LoadEvent } from '../../../actors/coordinator/machine.js';
import { failure } from '../../core/failures.js';
import type { Failure } from '../../core/requests.js';

export interface AdmissionLimits {
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
}

/** `shedding`: open, but nothing is begun that nobody waits for. */
export type Gate = 'closed' | 'open' | 'shedding' | 'draining';

const NOT_YET = 'this node does not serve yet; /admin/status says what it waits for';

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #tell: (event: LoadEvent) => void;
  #gate: Gate = 'closed';
  #inFlight = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits, tell: (event: LoadEvent) => void) {
    this.#limits = limits;
    this.#tell = tell;
  }

  get isShedding(): boolean {
    return this.#gate === 'shedding';
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** For the chart. */
  set(gate: Gate): void {
    this.#gate = gate;
    this.#tellIfEnded();
  }

  /** Why a request of so many bytes is refused; undefined if it is admitted, and counted. */
  admit(bytes: number): Failure | undefined {
    if (this.#gate === 'closed') return failure('not_ready', NOT_YET, 'no');
    if (this.#gate === 'draining') {
      return failure('shutting_down', 'this node is shutting down', 'no');
    }
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    if (this.#inFlight >= maxInFlight || this.#bytes + bytes > maxInFlightBytes) {
      if (this.#gate === 'open') this.#tell({ type: 'load.tooHigh' });
      return failure('overloaded', 'too many requests are in flight at this node', 'no');
    }
    this.#inFlight++;
    this.#bytes += bytes;
    return undefined;
  }

  release(bytes: number): void {
    this.#inFlight--;
    this.#bytes -= bytes;
    if (this.#gate === 'shedding' && this.#isHalfEmpty) this.#tell({ type: 'load.normal' });
    this.#tellIfEnded();
  }

  /** Not as soon as there is room again: the gate would flutter. */
  get #isHalfEmpty(): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    return this.#inFlight < maxInFlight / 2 && this.#bytes < maxInFlightBytes / 2;
  }

  #tellIfEnded(): void {
    if (this.#gate === 'draining' && this.#inFlight === 0) this.#tell({ type: 'requests.ended' });
  }
}
