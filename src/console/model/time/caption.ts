/** What is said of a frame, with what it is the end of: a message that arrives was of some type. */
import { type NameOf, sentenceOf } from '../../../events/sentence.js';
import { spanText } from '../../../words/figures.js';
import type { Threads } from './threads.js';

export function captionOf(threads: Threads, place: number, name: NameOf): string {
  const frame = threads.history.frame(place);
  if (!frame) return '';
  const began = threads.beginningOf(frame);
  const took = began ? spanOf(frame.at - began.at) : '';
  if (began?.type === 'message.sent') {
    const what = `${began.message} from ${name(began.node)}`;
    if (frame.type === 'message.arrived') return `${what} arrives after ${took}.`;
    if (frame.type === 'message.lost') return `${what} is lost: ${frame.reason}.`;
  }
  if (began?.type === 'request.began' && frame.type === 'request.ended') {
    const { id, operation, key } = began;
    const said = frame.code || frame.outcome;
    return `Client: ${operation} of “${key}” (${id}) is answered ${said} after ${took}.`;
  }
  return sentenceOf(frame, name);
}

/** Messages take less than a millisecond, too. */
function spanOf(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : spanText(ms);
}
