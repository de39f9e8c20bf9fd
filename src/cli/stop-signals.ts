/**
 * Signals that ask a program to stop. One Ctrl-C may come twice: from the terminal, which tells
 * everybody in it, and from npm, which passes on what it was told. So what comes right behind the
 * first is the same key press, and only what comes later is impatience.
 */
import type { Clock } from '../ports.js';

const SAME_PRESS_MS = 300;
/** Of a program that was asked twice: 128 + SIGINT, as shells have it. */
const IMPATIENT = 130;

/** `stop` is called once; whoever asks again after a moment ends the process. */
export function onStopSignals(clock: Clock, stop: () => void): void {
  let askedAt: number | undefined;
  const ask = () => {
    if (askedAt === undefined) {
      askedAt = clock.monotonic();
      stop();
    } else if (clock.monotonic() - askedAt > SAME_PRESS_MS) {
      process.exit(IMPATIENT);
    }
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  // The terminal is gone; it may be said more than once, and nobody is impatient.
  process.on('SIGHUP', () => askedAt === undefined && ask());
}
