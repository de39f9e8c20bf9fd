/**
 * Seeded randomness, one stream for each purpose.
 *
 * A stream's seed is derived from the run's seed and the stream's name, so that one more draw from
 * one stream does not move the others: a change of the workload leaves the network as it was.
 *
 * Algorithm: sfc32 (Doty-Humphrey, PractRand); its state is filled by a mix of seed and name.
 */
import type { Random } from '../../../src/ports.js';

export class Stream implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number, name: string) {
    let mixed = (seed ^ 0x9e3779b9) | 0;
    const next = (input: number) => {
      mixed = Math.imul(mixed ^ input, 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      mixed ^= mixed >>> 16;
      return mixed;
    };
    next(Math.floor(seed / 2 ** 32));
    for (let i = 0; i < name.length; i++) next(name.charCodeAt(i));
    this.#a = next(1);
    this.#b = next(2);
    this.#c = next(3);
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.#next() / 2 ** 32;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.#next().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + this.float() * (high - low);
  }

  /** As likely between 1 and 10 as between 10 and 100. */
  logarithmic(low: number, high: number): number {
    return low * (high / low) ** this.float();
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.float() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** A waiting time of a process without memory. */
  exponential(mean: number): number {
    return -Math.log(1 - this.float()) * mean;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.float() * list.length)]!;
  }

  /** `count` of them, in random order. */
  sample<T>(list: readonly T[], count = list.length): T[] {
    const rest = [...list];
    const chosen: T[] = [];
    while (chosen.length < count && rest.length > 0) {
      chosen.push(rest.splice(Math.floor(this.float() * rest.length), 1)[0]!);
    }
    return chosen;
  }
}
