/** `POST /admin/scrub?paused=`: holds the scrub of this node, or lets it go on. */
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';

/** A body means nothing here, and is read only so that the connection can go on. */
const MAX_BODY_BYTES = 8192;
const WORDS: { readonly [word: string]: boolean } = { true: true, false: false };

export function postScrub(exchange: Exchange, { backend }: DoorContext): void {
  exchange.allowParameters('paused');
  const word = exchange.parameters.get('paused') ?? '';
  const paused = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (paused === undefined) throw new Problem('bad_request', 'paused has to be true or false');
  exchange.body(MAX_BODY_BYTES, () => {
    backend.pauseScrub(paused);
    exchange.json(202, { paused, watch: '/admin/status' });
  });
}
