/**
 * Planted bugs: the score of this test suite. Each takes away one thing that the production code
 * does for a reason, and each must be caught by the checker that it names within a few seeds.
 *
 * They are planted from outside, by replacing a method for as long as the bug is wanted: production
 * has no switch for them, and what they replace is named in the language, so that they cannot come
 * loose from it without a word.
 */
import { Actor } from 'xstate';
import { OwnerSelection } from '../../../actors/coordinator/owner-selection.js';
import { ReadOperation } from '../../../actors/coordinator/read.js';
import { WriteOperation } from '../../../actors/coordinator/write.js';
import { Roster } from '../../../actors/membership/roster.js';
import { Suspicion } from '../../../actors/membership/suspicion.js';
import { Round } from '../../../actors/ring/paxos.js';
import { decodeRecord, recordVersion } from '../../../src/core/data/record.js';
import { Admission } from '../../../src/node/coordinator/admission.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import { Replica } from '../../../src/node/replica/replica.js';
import { Calls } from '../../../src/node/rpc/calls.js';
import { SimStore } from '../disk/store.js';
import { LIST_BUGS } from '../lists/planted.js';
import { REGISTER_BUGS } from '../registers/planted.js';
import type { PlantedBug, PlantedBugs } from './bug.js';
import { CLOCK_BUGS } from './clocks.js';
import { OWNER_BUGS } from './owners.js';
import { replace, replaceGetter, together } from './replace.js';
import { REQUEST_BUGS } from './requests.js';
import {
  clocksSetBack,
  contestedRings,
  endingAndMoving,
  halfWritten,
  lateRequests,
  onlyDeaths,
  onlyPauses,
  rottenRows,
  unreadRot,
} from './scenarios.js';

/** A text that is said to be on disk, and is not. */
function forgets(name: string): () => () => void {
  return replace(SimStore, 'setMeta', (_, setMeta, written, text, done) =>
    setMeta(written === name ? `lost: ${name}` : written, text, done),
  );
}

/** One owner is enough where the ring asks for more. */
function quorumOfOne(wrong: 'read' | 'write'): () => () => void {
  return replace(OwnerSelection, 'groups', (_, groups, ring, key, level, kind) => {
    const right = groups(ring, key, level, kind);
    if (kind !== wrong || !Array.isArray(right)) return right;
    return right.map((group) => ({ ...group, needed: 1 }));
  });
}

/** Requests that were admitted beyond the limit, which counts only those below it. */
const uncounted = new WeakMap<Admission, number>();

export const PLANTED: PlantedBugs = {
  ...OWNER_BUGS,
  countUnreachable: {
    what: 'an owner that could not be reached counts as one that stored the write',
    caughtBy: 'acknowledged writes stay',
    plant: replace(WriteOperation, 'stored', (_, stored, owner, round, said) =>
      stored(owner, round, said.kind === 'refused' ? { kind: 'stored' } : said),
    ),
  },
  countHints: {
    what: 'a hint counts as the owner that it is kept for',
    caughtBy: 'acknowledged writes stay',
    plant: replace(WriteOperation, 'stored', (_, stored, owner, round, said) => {
      const isHinted = said.kind === 'refused' || said.kind === 'lost';
      return stored(owner, round, isHinted ? { kind: 'stored' } : said);
    }),
  },
  acknowledgeBeforeCommit: {
    what: 'a write is answered before its transaction is synced',
    caughtBy: 'acknowledged writes stay',
    plant: replace(SimStore, 'write', (_, write, record, done) => {
      write(record, () => undefined);
      void Promise.resolve().then(() => done({ kind: 'applied' }));
    }),
  },
  writeQuorumOfOne: {
    what: 'the first owner that stored a write decides',
    caughtBy: 'acknowledged writes stay',
    plant: quorumOfOne('write'),
  },
  readQuorumOfOne: {
    what: 'the first owner that says what it holds decides',
    caughtBy: 'regular reads',
    plant: quorumOfOne('read'),
  },
  skipRestamp: {
    what: 'a write that an owner says is superseded is taken for stored',
    caughtBy: 'later write wins',
    plant: replace(WriteOperation, 'stored', (_, stored, owner, round, said) =>
      stored(owner, round, said.kind === 'superseded' ? { kind: 'stored' } : said),
    ),
  },
  skipWriteBack: {
    what: 'a read answers before what it found is on a quorum',
    caughtBy: 'monotonic reads',
    plant: replace(ReadOperation, 'held', (self, held, owner, round, said) => {
      const step = held(owner, round, said);
      if (step.next !== 'writeBack') return step;
      // As if they had it already.
      const steps = step.owners.map((stale) => self.stored(stale, round, { kind: 'stored' }));
      return steps.find(({ next }) => next !== 'wait') ?? step;
    }),
    scenario: halfWritten,
  },
  saveNoCeiling: {
    what: 'the ceiling of the hybrid clock is not on disk',
    caughtBy: 'versions grow',
    plant: forgets('clock.ceiling'),
    scenario: clocksSetBack,
  },
  ...CLOCK_BUGS,
  skipFence: {
    what: 'an owner serves requests of an older ring',
    caughtBy: 'acknowledged writes stay',
    plant: unfenced(() => true),
    scenario: lateRequests,
  },
  treesAcrossEpochs: {
    what: 'owners compare, list and reap with owners of an older ring',
    caughtBy: 'what is reaped was held by all',
    plant: unfenced((type) => type.startsWith('partition.')),
    scenario: endingAndMoving,
  },
  saveNoVote: {
    what: 'a vote for a ring is not on disk',
    caughtBy: 'one ring for each epoch',
    plant: forgets('ring.vote'),
    scenario: contestedRings,
  },
  proposeOwnRing: {
    what: 'a proposer ignores a ring that may have been decided',
    caughtBy: 'one ring for each epoch',
    plant: replace(Round, 'proposal', (_, _proposal, own) => own),
    scenario: contestedRings,
  },
  saveNoRing: {
    what: 'the ring in force is not on disk',
    caughtBy: 'one ring for each epoch',
    plant: forgets('ring'),
    scenario: contestedRings,
  },
  saveNoIdentity: {
    what: 'who a node is, is not on disk',
    caughtBy: 'identities are given up',
    plant: forgets('node.identity'),
  },
  forgetIncarnation: {
    what: 'a restarted node begins again with its first incarnation',
    caughtBy: 'membership agrees',
    plant: replace(SimStore, 'setMeta', (_, setMeta, name, text, done) => {
      if (name !== 'node.identity') return setMeta(name, text, done);
      const identity = JSON.parse(text) as object;
      setMeta(name, JSON.stringify({ ...identity, incarnation: 0 }), done);
    }),
  },
  skipSuspicion: {
    what: 'who does not answer a probe is dead at once',
    caughtBy: 'no false deaths',
    plant: replace(Suspicion, 'remainingMs', () => 0),
    scenario: onlyPauses,
  },
  believeOldClaims: {
    what: 'what is said of an earlier life of a member is taken for news of the present one',
    caughtBy: 'membership agrees',
    plant: replace(Roster, 'apply', (self, apply, claim, at) => {
      const known = self.get(claim.id)?.incarnation ?? 0;
      const isOld = claim.incarnation < known;
      return apply({ ...claim, incarnation: isOld ? known + 1 : claim.incarnation }, at);
    }),
    scenario: onlyDeaths,
  },
  overlookTombstones: {
    what: 'a deleted key looks as if it had never been written',
    caughtBy: 'regular reads',
    plant: together(
      replace(SimStore, 'read', (_, read, key, done) =>
        read(key, (outcome) => {
          const isDeleted = outcome.kind === 'found' && decodeRecord(outcome.record).tombstone;
          done(isDeleted ? { kind: 'absent' } : outcome);
        }),
      ),
      replace(SimStore, 'readVersion', (self, _, key, done) =>
        self.read(key, (outcome) => {
          if (outcome.kind !== 'found') return done(outcome);
          done({ kind: 'found', version: recordVersion(outcome.record) });
        }),
      ),
    ),
  },
  rottenLooksAbsent: {
    what: 'a row that fails its checksum looks as if it were not there',
    caughtBy: 'rot is not served',
    plant: together(
      replace(SimStore, 'read', (_, read, key, done) =>
        read(key, (outcome) => done(outcome.kind === 'corrupt' ? { kind: 'absent' } : outcome)),
      ),
      replace(SimStore, 'readVersion', (_, readVersion, key, done) =>
        readVersion(key, (outcome) =>
          done(outcome.kind === 'corrupt' ? { kind: 'absent' } : outcome),
        ),
      ),
    ),
    scenario: rottenRows,
  },
  scrubIsBlind: {
    what: 'the scrub finds nothing wrong with rows that are damaged',
    caughtBy: 'clusters converge',
    plant: replace(SimStore, 'inspect', (_, inspect, query, done) =>
      inspect(query, (found) => done({ ...found, damaged: [] })),
    ),
    scenario: unreadRot,
  },
  unknownIsNo: {
    what: 'a write of unknown outcome is said to be certainly not applied',
    caughtBy: 'outcomes are honest',
    plant: replace(Coordinator, 'write', (_, write, request, done) =>
      write(request, (outcome) => {
        const isUnknown = !outcome.ok && outcome.applied === 'unknown';
        done(isUnknown ? { ...outcome, applied: 'no' } : outcome);
      }),
    ),
  },
  waitForEver: {
    what: 'requests to peers have no deadline',
    caughtBy: 'requests end',
    plant: replace(Calls, 'request', (_, request, to, type, body, _timeoutMs, done, slow) =>
      request(to, type, body, Number.POSITIVE_INFINITY, done, slow),
    ),
  },
  admitEverything: {
    what: 'requests beyond the limit are not refused',
    caughtBy: 'queues are bounded',
    plant: together(
      replace(Admission, 'admit', (self, admit, bytes) => {
        const refusal = admit(bytes);
        if (refusal?.code !== 'overloaded') return refusal;
        uncounted.set(self, (uncounted.get(self) ?? 0) + 1);
        return undefined;
      }),
      replaceGetter(Admission, 'inFlight', (self, said) => said + (uncounted.get(self) ?? 0)),
    ),
    scenario: (drawn) => ({ ...drawn, maxInFlight: 4, clients: 10, thinkMs: 50 }),
  },
  renameEvent: {
    what: 'an event is renamed where it is sent, and not where it is waited for',
    caughtBy: 'no dead letters',
    plant: replace(Actor, 'send', (_, send, event) =>
      send(event.type === 'ring.settled' ? { type: 'ring.at.rest' } : event),
    ),
  },
  ...REGISTER_BUGS,
  ...REQUEST_BUGS,
  ...LIST_BUGS,
};

export function findPlanted(name: string): PlantedBug {
  const bug = PLANTED[name];
  if (!bug) throw new Error(`no bug is called ${name}; there are ${Object.keys(PLANTED)}`);
  return bug;
}

/** Requests of an older ring are served as if they were of the present one. */
function unfenced(isOf: (type: string) => boolean): () => () => void {
  return replace(Replica, 'serve', (_, serve, from, request, reply, waitedMs) => {
    const unlessFenced: typeof reply = (answer) => {
      const isFenced = 'outcome' in answer && answer.outcome === 'fenced';
      if (isFenced) serve(from, { ...request, epoch: answer.epoch }, reply, waitedMs);
      else reply(answer);
    };
    serve(from, request, isOf(request.type) ? unlessFenced : reply, waitedMs);
  });
}
