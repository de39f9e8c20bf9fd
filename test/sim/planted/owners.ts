/** Planted bugs of the change of owners: see `planted.ts`. */

import { decodeHead } from '../../../src/core/data/record.js';
import { NO_VERSION, type NodeId } from '../../../src/core/data/version.js';
import type { QuorumGroup, Verdict } from '../../../src/core/ring/quorum.js';
import { majority, Tally } from '../../../src/core/ring/quorum.js';
import { gainingMembers } from '../../../src/core/ring/ring.js';
import { Trees } from '../../../src/core/tree/trees.js';
import { MembershipHost } from '../../../src/node/membership/host.js';
import { RingWishes } from '../../../src/node/ring/wishes.js';
import { AntiEntropy } from '../../../src/node/stabilizer/anti-entropy.js';
import { GarbageCollection } from '../../../src/node/stabilizer/garbage-collection.js';
import { PartitionSync } from '../../../src/node/stabilizer/partition-sync.js';
import { Transfer } from '../../../src/node/stabilizer/transfer.js';
import type { PageEntry } from '../../../src/ports.js';
import { SimDisk } from '../disk/disk.js';
import { SimStore } from '../disk/store.js';
import type { PlantedBugs } from './bug.js';
import { replace, replaceGetter, together } from './replace.js';
import {
  disksLost,
  disksSetBack,
  muchEnds,
  onlyDeaths,
  ownersMoveApart,
  ownersOfTwoHalves,
} from './scenarios.js';

/** While owners change, one group of the two decides. */
function onlyGroup(index: 0 | 1): () => () => void {
  return replaceGetter(Tally, 'verdict', (tally, verdict) =>
    tally.groups.length < 2 ? verdict : verdictOf(tally, tally.groups[index]!),
  );
}

function verdictOf(tally: Tally, { owners, needed }: QuorumGroup): Verdict {
  const got = owners.filter((owner) => tally.hasSucceeded(owner)).length;
  const answered = owners.filter((owner) => tally.hasAnswered(owner)).length;
  if (got >= needed) return 'reached';
  return owners.length - answered + got < needed ? 'impossible' : 'open';
}

/** Of each node, whom it has pulled a partition from, by epoch and partition. */
const pulledFrom = new WeakMap<PartitionSync, Map<string, NodeId | undefined>>();
/** Who is asked for something now is asked for this. */
let pulling: string | undefined;
let isCollecting = false;
/** How many owners were asked whether they hold just this, of three. */
const askedFor = new WeakMap<readonly PageEntry[], number>();
const OWNERS = 3;

export const OWNER_BUGS: PlantedBugs = {
  oldQuorumOnly: {
    what: 'while owners change, only the present ones have to agree',
    caughtBy: 'acknowledged writes stay',
    plant: onlyGroup(0),
  },
  newQuorumOnly: {
    what: 'while owners change, only the coming ones have to agree',
    caughtBy: 'acknowledged writes stay',
    plant: onlyGroup(1),
  },
  endTransitionEarly: {
    what: 'the coming owners become owners before they have pulled',
    caughtBy: 'regular reads',
    plant: replace(RingWishes, 'ringChanged', (self, ringChanged, ring) => {
      ringChanged(ring);
      for (const member of gainingMembers(ring)) self.notePulled(member, ring.epoch);
    }),
  },
  pullFromOne: {
    what: 'a partition is pulled from one of its owners only',
    caughtBy: 'regular reads',
    plant: together(
      replace(Transfer, 'pull', (_, pull, epoch, partition, moved) => {
        pulling = `${epoch} ${partition}`;
        const pulled = pull(epoch, partition, moved);
        pulling = undefined;
        return pulled;
      }),
      replace(PartitionSync, 'check', (self, check, epoch) => {
        const from = pulledFrom.get(self) ?? new Map<string, NodeId | undefined>();
        pulledFrom.set(self, from);
        if (pulling !== undefined && !from.has(pulling)) from.set(pulling, undefined);
        check(epoch);
      }),
      replace(PartitionSync, 'difference', async (self, difference, owner, epoch, partition) => {
        const from = pulledFrom.get(self);
        const name = `${epoch} ${partition}`;
        if (!from?.has(name)) return difference(owner, epoch, partition);
        if ((from.get(name) ?? owner) !== owner) {
          return { leaves: undefined, reaped: NO_VERSION };
        }
        const told = await difference(owner, epoch, partition);
        from.set(name, owner);
        return told;
      }),
    ),
    scenario: ownersOfTwoHalves,
  },
  dropSourceEarly: {
    what: 'what others own is dropped although they do not all hold it',
    caughtBy: 'sources stay until they are copied',
    plant: together(
      replace(GarbageCollection, 'collect', (_, collect, epoch, partition) => {
        isCollecting = true;
        const collected = collect(epoch, partition);
        isCollecting = false;
        return collected;
      }),
      replace(PartitionSync, 'treeOf', (_, treeOf, owner, epoch, partition) =>
        isCollecting ? Promise.resolve(Buffer.alloc(0)) : treeOf(owner, epoch, partition),
      ),
    ),
    scenario: ownersMoveApart,
  },
  dropNothing: {
    what: 'what others own stays where it was',
    caughtBy: 'owners agree',
    plant: replace(GarbageCollection, 'leftovers', () => Promise.resolve([])),
  },
  repairNothing: {
    what: 'owners that differ stay as they are',
    caughtBy: 'owners agree',
    plant: replace(AntiEntropy, 'repair', () => Promise.resolve([])),
  },
  reapUnconfirmed: {
    what: 'what is over is let go of, whether all owners hold it or not',
    caughtBy: 'what is reaped was held by all',
    plant: replace(PartitionSync, 'confirm', () => Promise.resolve([])),
    scenario: muchEnds,
  },
  reapOnQuorum: {
    what: 'what is over is let go of as soon as a majority of its owners holds it',
    caughtBy: 'what is reaped was held by all',
    plant: replace(PartitionSync, 'confirm', (_, confirm, owner, epoch, partition, entries) => {
      const asked = (askedFor.get(entries) ?? 0) + 1;
      askedFor.set(entries, asked);
      return asked > majority(OWNERS)
        ? Promise.resolve([])
        : confirm(owner, epoch, partition, entries);
    }),
    scenario: muchEnds,
  },
  repairIgnoresTombstones: {
    what: 'deletions are left out of what owners take from each other',
    caughtBy: 'owners agree',
    plant: replace(SimStore, 'copy', (self, copy, record, done) =>
      decodeHead(record).tombstone
        ? self.status(() => done({ kind: 'applied' }))
        : copy(record, done),
    ),
    scenario: ownersMoveApart,
  },
  keepOldLeaves: {
    what: 'what is written over a row does not change the tree of its partition',
    caughtBy: 'trees are those of their rows',
    plant: replace(Trees, 'replace', () => undefined),
  },
  reuseIdentity: {
    what: 'a node whose disk was lost comes back under its name',
    caughtBy: 'identities are given up',
    plant: replace(SimDisk, 'wipe', (self, wipe) => {
      const identity = self.meta.get('node.identity');
      wipe();
      if (identity !== undefined) self.meta.set('node.identity', identity);
    }),
    scenario: disksLost,
  },
  trustOldDisk: {
    what: 'a node with an old disk goes on as if it were the newest',
    caughtBy: 'identities are given up',
    plant: replace(MembershipHost, 'denied', () => undefined),
    scenario: disksSetBack,
  },
  evictAtOnce: {
    what: 'who is dead is removed at once',
    caughtBy: 'members go for a reason',
    plant: replace(MembershipHost, 'deadForMs', (_, deadForMs, member) =>
      deadForMs(member) === undefined ? undefined : Number.POSITIVE_INFINITY,
    ),
    scenario: onlyDeaths,
  },
};
