/**
 * The lines of small stores that people come from, beside our own: whoever has scripts for one of
 * them keeps them. They are as they were, in paths, answers and status codes, and what they leave
 * open is settled here; `docs/from-small-stores.md` shows each. Every value is a text, and level
 * and deadline are the usual ones: whoever wants more takes `/kv`.
 */
import type { Rows } from '../rows.js';
import { IN_PATHS } from './in-paths.js';
import { KVSTORE } from './kvstore.js';
import { S_KEY } from './s-key.js';
import { WITH_STATUS } from './with-status.js';

export const DIALECTS: readonly Rows[] = [S_KEY, WITH_STATUS, IN_PATHS, KVSTORE];
