/** No event is lost between actors, but for those that a chart may ignore, each for a reason. */
import type { DeadLetter } from '../world/dead-letters.js';
import type { Check } from './checker.js';

interface Ignored {
  readonly letter: Partial<DeadLetter>;
  readonly because: string;
}

const IGNORED: readonly Ignored[] = [
  {
    letter: { machine: 'ring', event: 'change.due' },
    because: 'a round may be under way, and what is wanted is looked at again after it',
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
