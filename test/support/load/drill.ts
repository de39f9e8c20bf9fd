/** What drills have in common: their verdicts, and their exit codes. */
import { systemClock as clock } from '../../../src/system.js';

/** Latencies below this are as good as each other: timers and schedulers make them. */
export const LEAST_P99_MS = 5;

export const sleep = (ms: number) =>
  new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));

/** As a text with one decimal. */
export const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** The value below which this part of all lies; NaN if there is none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(part * sorted.length)] ?? Number.NaN;
}

export interface Words {
  /** In front of what is as it has to be, and of what is not. */
  readonly good: string;
  readonly bad: string;
  /** The last line, if nothing was bad. */
  readonly all: string;
  /** The last line otherwise, in front of the number. */
  readonly some: string;
}

const PROMISES: Words = {
  good: 'kept:  ',
  bad: 'BROKEN:',
  all: 'every promise was kept',
  some: 'broken',
};

/** What was found, said as it is found. */
export class Verdicts {
  readonly #words: Words;
  #bad = 0;

  constructor(words = PROMISES) {
    this.#words = words;
  }

  say(isGood: boolean, what: string): void {
    console.log(`  ${isGood ? this.#words.good : this.#words.bad} ${what}`);
    if (!isGood) this.#bad++;
  }

  /** Ends the process: with 0 if nothing was bad, else with 1. */
  end(): never {
    const { all, some } = this.#words;
    console.log(this.#bad === 0 ? `\n${all}` : `\n${some}: ${this.#bad}`);
    return process.exit(this.#bad === 0 ? 0 : 1);
  }
}
