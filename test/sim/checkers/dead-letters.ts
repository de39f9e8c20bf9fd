/** No event is lost between actors: each chart has a use for what it gets, or drops it by name. */
import type { Check } from './checker.js';

export const noDeadLetters: Check = (_, violated) => ({
  invariant: 'no dead letters',
  deadLetter: ({ machine, event, state }) => violated(`${machine} in ${state} got ${event}`),
});
