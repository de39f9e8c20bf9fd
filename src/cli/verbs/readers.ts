/** How values of options are read. What is none is a sentence, and exit code 2. */
import { InvalidArgumentError } from 'commander';
import { formatAddress } from '../address.js';
import { parseDuration, parseIntroducers } from '../option-table.js';

/** A time as `--ttl 90s`, in ms. */
export function time(text: string): number {
  return parseDuration(text) ?? refuse('It has to be a time: 500ms, 90s, 5m, 1h; or seconds.');
}

/** As `time`, in seconds, which need not be whole. */
export function seconds(text: string): number {
  return time(text) / 1000;
}

/** A number of `least` at least. */
export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    return refuse(`It has to be a whole number of at least ${least}.`);
  };
}

/** `host:port`, or a port of this machine, or a list of these; adds to what was given before. */
export function addresses(text: string, before: readonly string[] = []): string[] {
  const parsed = parseIntroducers(text) ?? refuse('It has to be host:port, or a list of these.');
  const all = parsed.map(({ host = '127.0.0.1', port }) => formatAddress({ host, port }));
  return [...new Set([...before, ...all])];
}

function refuse(sentence: string): never {
  throw new InvalidArgumentError(sentence);
}
