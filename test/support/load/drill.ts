/** What drills have in common: their command line, their verdicts, and their exit codes. */
import { parseArgs } from 'node:util';
import { systemClock as clock } from '../../../src/system.js';

/** Latencies below this are as good as each other: timers and schedulers make them. */
export const LEAST_P99_MS = 5;

type Defaults = { readonly [name: string]: number | string };
type OptionsOf<D extends Defaults> = {
  readonly [name in keyof D]: D[name] extends number ? number : string;
};

/**
 * The options of the command line; one with a number for its default has to be an integer of at
 * least 1. Ends the process with 2 if the command line makes no sense.
 */
export function optionsOf<const D extends Defaults>(defaults: D): OptionsOf<D> {
  const given = flags(Object.keys(defaults));
  const settled = Object.entries(defaults).map(([name, fallback]) => {
    const text = given[name];
    if (text === undefined) return [name, fallback];
    return [name, typeof fallback === 'string' ? text : integer(name, text)];
  });
  return Object.fromEntries(settled);
}

function flags(names: readonly string[]): { readonly [name: string]: string | undefined } {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ options }).values as { [name: string]: string };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function integer(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  return refuse(`--${name} has to be an integer of at least 1`);
}

/** The command line makes no sense. */
export function refuse(sentence: string): never {
  console.error(sentence);
  return process.exit(2);
}

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
