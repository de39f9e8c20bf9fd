/** Planted bugs in what makes a key a register: see `../planted/planted.ts`. */
import { ConditionalOperation } from '../../../actors/coordinator/caspaxos/operation.js';
import { Survey } from '../../../actors/coordinator/caspaxos/survey.js';
import { OwnerSelection } from '../../../actors/coordinator/owner-selection.js';
import { WriteOperation } from '../../../actors/coordinator/write.js';
import {
  decodeRecord,
  encodeRecord,
  recordKey,
  recordVersion,
} from '../../../src/core/data/record.js';
import { compareVersions, type Version } from '../../../src/core/data/version.js';
import { VERSION_BYTES } from '../../../src/core/data/version-bytes.js';
import { Attempt } from '../../../src/node/coordinator/attempt.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import { SimStore } from '../disk/store.js';
import type { PlantedBugs } from '../planted/bug.js';
import { replace, together } from '../planted/replace.js';
import { allCopies, contested, contestedAndMoving, contestedByMany } from '../planted/scenarios.js';

/** What a process has promised, if it keeps that in its memory. */
const remembered = new WeakMap<SimStore, Map<string, Version>>();

const firstOwners = new WeakMap<
  OwnerSelection,
  Map<string, ReturnType<OwnerSelection['register']>>
>();

function promisesOf(store: SimStore): Map<string, Version> {
  const promises = remembered.get(store) ?? new Map<string, Version>();
  remembered.set(store, promises);
  return promises;
}

/** As the store does it, but the promise is not put on disk; `remember` may refuse it. */
function promiseLightly(remember: (self: SimStore, name: string, ballot: Version) => boolean) {
  return replace(SimStore, 'prepare', (self, _, key, ballot, done) => {
    const isHigher = remember(self, Buffer.from(key).toString('latin1'), ballot);
    self.read(key, (held) => {
      if (held.kind === 'corrupt') return done(held);
      const record = held.kind === 'found' ? held.record : undefined;
      const version = record ? recordVersion(record) : undefined;
      if (version && compareVersions(ballot, version) <= 0) done({ kind: 'refused', version });
      else if (!isHigher) done({ kind: 'refused', version: ballot });
      else done({ kind: 'promised', record });
    });
  });
}

/** The time left of a request, whatever its deadline. */
function endless(): () => void {
  const timeLeft = Object.getOwnPropertyDescriptor(Attempt.prototype, 'timeLeft')!;
  Object.defineProperty(Attempt.prototype, 'timeLeft', { ...timeLeft, get: () => 0xffff });
  return () => Object.defineProperty(Attempt.prototype, 'timeLeft', timeLeft);
}

export const REGISTER_BUGS: PlantedBugs = {
  skipIdentity: {
    what: 'what a majority says is settled, even if they say different things',
    caughtBy: 'registers are linearizable',
    plant: replace(Survey, 'settledSince', (self) => self.answered.verdict),
    scenario: contested,
  },
  forgetPromises: {
    what: 'a promise is given before it is on disk',
    caughtBy: 'promises are kept',
    plant: together(
      promiseLightly((self, name, ballot) => {
        const promised = promisesOf(self).get(name);
        if (promised && compareVersions(ballot, promised) <= 0) return false;
        promisesOf(self).set(name, ballot);
        return true;
      }),
      replace(SimStore, 'write', (self, write, record, done) => {
        const promised = promisesOf(self).get(Buffer.from(recordKey(record)).toString('latin1'));
        if (!promised || compareVersions(recordVersion(record), promised) >= 0) {
          return write(record, done);
        }
        self.read(recordKey(record), () => done({ kind: 'promised', version: promised }));
      }),
    ),
  },
  breakPromises: {
    what: 'an owner takes what is below its promise',
    caughtBy: 'promises are kept',
    plant: promiseLightly(() => true),
  },
  roundQuorumOfOne: {
    what: 'one owner is enough for a round',
    caughtBy: 'registers are linearizable',
    plant: replace(OwnerSelection, 'register', (_, register, ring, key, kind) => {
      const quorums = register(ring, key, kind);
      if (!('groups' in quorums)) return quorums;
      const ofOne = quorums.groups.map(({ owners }) => ({ owners, needed: 1 }));
      return { groups: ofOne, storing: ofOne };
    }),
  },
  roundStoresOnMajority: {
    what: 'a round is done when a majority has stored it, though plain writes need more',
    caughtBy: 'acknowledged writes stay',
    plant: replace(OwnerSelection, 'register', (_, register, ring, key, kind) => {
      const quorums = register(ring, key, kind);
      return 'groups' in quorums ? { ...quorums, storing: quorums.groups } : quorums;
    }),
    scenario: allCopies,
  },
  keepOwners: {
    what: 'rounds go on with the owners that a key had at first',
    caughtBy: 'registers are linearizable',
    plant: replace(OwnerSelection, 'register', (self, register, ring, key, kind) => {
      const known = firstOwners.get(self) ?? new Map<string, ReturnType<typeof register>>();
      firstOwners.set(self, known);
      const name = `${kind} ${key.toString('latin1')}`;
      const quorums = known.get(name) ?? register(ring, key, kind);
      known.set(name, quorums);
      return quorums;
    }),
    scenario: contestedAndMoving,
  },
  retryCountsReaders: {
    what: 'a retry that finds itself is acknowledged on as many owners as a read asks',
    caughtBy: 'acknowledged writes stay',
    plant: replace(Coordinator, 'write', (self, write, request, done) => {
      const { key, level, timeoutMs, operation } = request;
      if (!operation || level === 'linearizable') return write(request, done);
      self.read({ key, level, timeoutMs }, (found) => {
        const { record, epoch, reached } = found.ok ? found : { record: undefined };
        const isOurs = record?.operation && Buffer.compare(record.operation, operation) === 0;
        if (!isOurs) return write(request, done);
        done({ ok: true, version: record.version, epoch: epoch!, reached: reached! });
      });
    }),
    scenario: allCopies,
  },
  forgetLineage: {
    what: 'a round overlooks the writes with an id that a value comes from',
    caughtBy: 'registers are linearizable',
    plant: replace(ConditionalOperation, 'promised', (_, promised, owner, round, said) => {
      if (said.kind !== 'promised' || !said.record) return promised(owner, round, said);
      const { lineage, ...bare } = decodeRecord(said.record);
      const since = lineage && { lineage: lineage.subarray(0, VERSION_BYTES) };
      return promised(owner, round, { ...said, record: encodeRecord({ ...bare, ...since }) });
    }),
  },
  promiseCountsAsStored: {
    what: 'a plain write takes the promise of a round for an acknowledgement',
    caughtBy: 'acknowledged writes stay',
    plant: replace(WriteOperation, 'stored', (_, stored, owner, round, said) => {
      const isByRound = said.kind === 'superseded' && said.by !== undefined;
      return stored(owner, round, isByRound ? { kind: 'stored' } : said);
    }),
    scenario: contested,
  },
  pullBelowPromise: {
    what: 'a row that a promise kept away counts as pulled',
    caughtBy: 'clusters converge',
    plant: replace(Coordinator, 'settle', () => Promise.resolve(true)),
    scenario: contestedAndMoving,
  },
  ignoreDeadline: {
    what: 'requests have no deadline',
    caughtBy: 'requests end',
    plant: endless,
  },
  overtakenIsNo: {
    what: 'a write that may have been overwritten is said to be certainly not applied',
    caughtBy: 'registers are linearizable',
    plant: replace(ConditionalOperation, 'promised', (_, promised, owner, round, said) => {
      const step = promised(owner, round, said);
      const isOvertaken = step.next === 'failed' && step.why === 'overtaken';
      return isOvertaken ? { ...step, applied: 'no' as const } : step;
    }),
    scenario: contestedByMany,
  },
};
