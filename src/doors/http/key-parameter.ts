/** A key in the query (`?key=`), in the path, or in a text that was decoded already. */
import { decodeKey, keyFromText } from '../../core/data/key.js';
import type { Exchange } from './exchange.js';
import { Problem } from './problem.js';

/** The key in `?key=`; a `Problem` if there is none, or something else beside it. */
export function keyParameter(exchange: Exchange): Buffer {
  exchange.allowParameters('key');
  const text = exchange.parameters.get('key');
  if (text === null) throw new Problem('key_invalid', 'the query parameter key is missing');
  return validKey(text);
}

/** The key that a part of the raw path stands for; a `Problem` if it stands for none. */
export function keyInPath(raw: string): Buffer {
  const key = decodeKey(raw);
  if (typeof key === 'string') throw new Problem('key_invalid', key);
  return key;
}

/** The bytes of a key; a `Problem` if the text is none. */
export function validKey(text: string): Buffer {
  const key = keyFromText(text);
  if (typeof key === 'string') throw new Problem('key_invalid', key);
  return key;
}
