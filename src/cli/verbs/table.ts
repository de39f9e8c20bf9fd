/** All verbs, in the order in which help and documents tell of them. */
import { backup } from './cluster/backup.js';
import { events } from './cluster/events.js';
import { locate } from './cluster/locate.js';
import { recording } from './cluster/recording.js';
import { restore } from './cluster/restore.js';
import { ring } from './cluster/ring.js';
import { status } from './cluster/status.js';
import { del } from './keys/del.js';
import { dump } from './keys/dump.js';
import { get } from './keys/get.js';
import { load } from './keys/load.js';
import { put } from './keys/put.js';
import { touch } from './keys/touch.js';
import { leave } from './members/leave.js';
import { plan } from './members/plan.js';
import { remove } from './members/remove.js';
import { bench } from './other/bench.js';
import { completionOf } from './other/completion.js';
import { version } from './other/version.js';
import { programs } from './programs.js';
import type { Verb } from './verb.js';

export const VERBS: readonly Verb[] = [
  get,
  put,
  del,
  touch,
  dump,
  load,
  status,
  ring,
  locate,
  events,
  recording,
  backup,
  restore,
  plan,
  leave,
  remove,
  ...programs,
  bench,
  version,
  completionOf(() => VERBS),
];
