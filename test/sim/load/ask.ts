/**
 * One request of a client to a node. The client waits for its end, but not for ever; the node has
 * to answer once, and unless it was not running, about in time.
 */
import type { Running } from '../cluster/machine.js';
import type { World } from '../world/world.js';

/** How much longer than the node was told a client waits. */
const PATIENCE_MS = 500;
const FAR_TOO_LATE_MS = 5000;

export interface Question<Outcome> {
  readonly timeoutMs: number;
  readonly send: (answer: (outcome: Outcome) => void) => void;
  /** Called once; without an outcome the client gave up, or its node died. */
  readonly ended: (outcome: Outcome | undefined) => void;
  readonly show: () => string;
}

export function ask<Outcome>(
  world: World,
  { process }: Running,
  { timeoutMs, send, ended, show }: Question<Outcome>,
): void {
  const { scheduler } = world;
  let isOver = false;
  let isAnswered = false;
  const end = (outcome: Outcome | undefined) => {
    if (isOver) return;
    isOver = true;
    scheduler.cancel(patience);
    ended(outcome);
  };
  const patience = scheduler.after(timeoutMs + PATIENCE_MS, () => end(undefined));
  process.deliver(() => {
    const stopsBefore = process.stops;
    scheduler.after(timeoutMs + FAR_TOO_LATE_MS, () => {
      if (isAnswered || !process.isRunning || process.stops > stopsBefore) return;
      world.violate('requests end', `never answered: ${show()}`);
    });
    send((outcome) => {
      if (isAnswered) world.violate('requests end', `two answers: ${show()}`);
      isAnswered = true;
      end(outcome);
    });
  });
}
