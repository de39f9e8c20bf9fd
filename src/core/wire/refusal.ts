/** How a replica refuses a request: the same reply, with an outcome and nothing else in it. */
import { present } from '../assert.js';
import type { Outcome } from './fields.js';
import { type Message, type Refusable, rowOf } from './messages.js';

/** Nothing was done. `corrupt` and `clockAhead` are about the request itself. */
export type Refusal = Extract<Outcome, 'fenced' | 'expired' | 'busy' | 'corrupt' | 'clockAhead'>;

/** `epoch` is the replica's. */
export function refusalOf({ type, call }: Refusable, outcome: Refusal, epoch: number): Message {
  const reply = present(rowOf(type).reply, `a reply to ${type}`);
  const refused = present(rowOf(reply).refused, `a ${reply} that refuses`);
  return { type: reply, call, outcome, epoch, ...refused } as unknown as Message;
}
