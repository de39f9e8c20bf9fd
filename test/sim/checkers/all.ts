/** Every invariant there is. */

import { listsAreComplete } from '../lists/checker.js';
import type { Check } from './checker.js';
import { acknowledgedWrites } from './data/acknowledged-writes.js';
import { valuesExpireInTime } from './data/expiry.js';
import { hintsArrive } from './data/hints-arrive.js';
import { honestOutcomes } from './data/honest-outcomes.js';
import { laterWriteWins } from './data/later-write-wins.js';
import { registersAreLinearizable } from './data/linearizable.js';
import { monotonicReads } from './data/monotonic-reads.js';
import { promisesAreKept } from './data/promises.js';
import { regularReads } from './data/regular-reads.js';
import { rotIsNotServed } from './data/rot.js';
import { treesAreOfTheirRows } from './data/trees.js';
import { versionsGrow } from './data/versions.js';
import { noDeadLetters } from './dead-letters.js';
import { eventsTellAll } from './events.js';
import { noFalseDeaths } from './members/false-deaths.js';
import { identitiesAreGivenUp } from './members/identities.js';
import { membersGoForAReason } from './members/members-go.js';
import { membershipAgrees } from './members/membership.js';
import { ownersAgree } from './members/owners-agree.js';
import { ringsAgree } from './members/rings.js';
import { sourcesStay } from './members/sources.js';
import { queuesAreBounded } from './queues.js';

export const CHECKS: readonly Check[] = [
  acknowledgedWrites,
  laterWriteWins,
  regularReads,
  monotonicReads,
  listsAreComplete,
  honestOutcomes,
  valuesExpireInTime,
  hintsArrive,
  registersAreLinearizable,
  promisesAreKept,
  rotIsNotServed,
  treesAreOfTheirRows,
  versionsGrow,
  ringsAgree,
  membershipAgrees,
  queuesAreBounded,
  noDeadLetters,
  noFalseDeaths,
  identitiesAreGivenUp,
  membersGoForAReason,
  sourcesStay,
  ownersAgree,
  eventsTellAll,
];
