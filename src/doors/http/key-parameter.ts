/** A key that stands in the query, as `?key=`, or in a text that was decoded already. */
import { keyFromText } from '../../core/data/key.js';
import type { Exchange } from './exchange.js';
import { Problem } from './problem.js';

/** The key in `?key=`; a `Problem` if there is none, or something else beside it. */
export function keyParameter(exchange: Exchange): Buffer {
  exchange.allowParameters('key');
  const text = exchange.parameters.get('key');
  if (text === null) throw new Problem('key_invalid', 'the query parameter key is missing');
  return validKey(text);
}

/** The bytes of a key; a `Problem` if the text is none. */
export function validKey(text: string): Buffer {
  const key = keyFromText(text);
  if (typeof key === 'string') throw new Problem('key_invalid', key);
  return key;
}
