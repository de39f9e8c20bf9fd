/** No event is lost between actors, but for those that a chart may ignore, each for a reason. */
import type { DeadLetter } from '../world/dead-letters.js';
import type { Check } from './checker.js';

interface Ignored {
  readonly letter: Partial<DeadLetter>;
  readonly because: string;
}

const IGNORED: readonly Ignored[] = [
  ...[
    ...['partition.pulled', 'pull.failed', 'round.began', 'leftover.dropped', 'leftover.kept'],
    ...['partition.compared', 'partition.repaired'],
  ].map((event) => ({
    letter: { machine: 'stabilizer', event },
    because: 'work may end after the ring has changed for which it was begun',
  })),
];

export const noDeadLetters: Check = (_, violated) => ({
  invariant: 'no dead letters',
  deadLetter(letter) {
    const isIgnored = IGNORED.some(({ letter: pattern }) =>
      Object.entries(pattern).every(([name, value]) => letter[name as keyof DeadLetter] === value),
    );
    if (isIgnored) return;
    const { machine, event, state } = letter;
    violated(`${machine} in ${state} got ${event}`);
  },
});
