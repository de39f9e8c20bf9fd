/** Every invariant there is. */
import { acknowledgedWrites } from './acknowledged-writes.js';
import type { Check } from './checker.js';
import { noDeadLetters } from './dead-letters.js';
import { noFalseDeaths } from './false-deaths.js';
import { honestOutcomes } from './honest-outcomes.js';
import { identitiesAreGivenUp } from './identities.js';
import { laterWriteWins } from './later-write-wins.js';
import { registersAreLinearizable } from './linearizable.js';
import { membersGoForAReason } from './members-go.js';
import { membershipAgrees } from './membership.js';
import { monotonicReads } from './monotonic-reads.js';
import { ownersAgree } from './owners-agree.js';
import { promisesAreKept } from './promises.js';
import { queuesAreBounded } from './queues.js';
import { regularReads } from './regular-reads.js';
import { ringsAgree } from './rings.js';
import { rotIsNotServed } from './rot.js';
import { sourcesStay } from './sources.js';
import { versionsGrow } from './versions.js';

export const CHECKS: readonly Check[] = [
  acknowledgedWrites,
  laterWriteWins,
  regularReads,
  monotonicReads,
  honestOutcomes,
  registersAreLinearizable,
  promisesAreKept,
  rotIsNotServed,
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
];
