/** No event is lost between actors, but for those that a chart may ignore, each for a reason. */
import type { DeadLetter } from '../dead-letters.js';
import type { Check } from './checker.js';

interface Ignored {
  readonly letter: Partial<DeadLetter>;
  readonly because: string;
}

const IGNORED: readonly Ignored[] = [
  {
    letter: { machine: 'node', event: 'ring.ready' },
    because: 'every change of the ring says so, and only the first is waited for',
  },
  {
    letter: { machine: 'ring', event: 'change.wanted' },
    because: 'what is wanted is kept by the host, and looked at again when the ring is stable',
  },
  {
    letter: { machine: 'ring', event: 'pulls.complete' },
    because: 'all members say so in turn, and the round may be under way',
  },
  {
    letter: { machine: 'stabilizer', event: 'partition.pulled' },
    because: 'a pull may end after the transition for which it was begun',
  },
  {
    letter: { machine: 'stabilizer', event: 'pull.failed' },
    because: 'a pull may end after the transition for which it was begun',
  },
  {
    letter: { machine: 'coordinator', state: 'draining', event: 'load.normal' },
    because: 'with the last requests the overload ends as well',
  },
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
