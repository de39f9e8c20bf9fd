/** How much subscribers may cost, all together and each of them. */
import { Problem } from '../../http/problem.js';

const MAX_SUBSCRIBERS = 500;
/** Of one subscriber, waiting in its socket: it is given more when that is sent. */
const MAX_WAITING_BYTES = 256 << 10;

let subscribers = 0;

/** One more subscriber; throws a `Problem` if there are too many. `leave` is to be called once. */
export function enter(): { leave: () => void; isFull: (waitingBytes: number) => boolean } {
  if (subscribers >= MAX_SUBSCRIBERS) {
    throw new Problem('overloaded', `${MAX_SUBSCRIBERS} clients follow the events already`);
  }
  subscribers++;
  return {
    leave: () => void subscribers--,
    isFull: (waitingBytes) => waitingBytes > MAX_WAITING_BYTES,
  };
}
