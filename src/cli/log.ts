/** The log: one line per fact on stdout, as JSON for machines or plainly for people. */
import type { Clock, Log, LogLevel } from '../ports.js';
import { printable } from './printable.js';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export function createLog(options: {
  level: LogLevel;
  format: 'json' | 'pretty';
  clock: Clock;
  write: (line: string) => void;
}): Log {
  const { level: least, format, clock, write } = options;
  return (level, event, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const at = new Date(clock.now()).toISOString();
    if (format === 'json') {
      write(`${printable(JSON.stringify({ at, level, event, ...fields }))}\n`);
      return;
    }
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${quotedIfNeeded(`${value}`)}`);
    const [day, time = ''] = at.split('T');
    write([day, time.slice(0, 12), level.padEnd(5), event, ...rest].join(' ').concat('\n'));
  };
}

/** What a word may hold stands as it is. */
function quotedIfNeeded(value: string): string {
  const text = JSON.stringify(value);
  return printable(/[\s"\\\p{C}]/u.test(value) ? text : value);
}
