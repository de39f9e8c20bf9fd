/**
 * Each node stamps ever higher versions, also over restarts and clocks that step back; one version
 * is one record; and one clock alone moves no stamps: none is further ahead than two clocks of the
 * members have been, or than one where one owner alone may take a write. Of a ring of one the clock
 * is that of the cluster.
 */
import { wallTimeOf } from '../../../../src/core/data/hybrid-clock.js';
import { type EncodedRecord, recordVersion } from '../../../../src/core/data/record.js';
import {
  compareVersions,
  formatVersion,
  isBallot,
  NO_VERSION,
  type NodeId,
  newestVersion,
  type Version,
} from '../../../../src/core/data/version.js';
import { mostAheadMs } from '../../cluster/clocks.js';
import { MAX_CLOCK_DRIFT_MS } from '../../options.js';
import { BEGINNING_MS } from '../../world/clock.js';
import type { Check } from '../checker.js';

interface Stamps {
  readonly atMs: number;
  readonly boots: number;
  /** The newest that was seen before `atMs`. */
  readonly before: Version;
  newest: Version;
}

/** What a stamp may be ahead of the clock that it follows: that of a restart after a crash. */
const SLACK_MS = 2 * MAX_CLOCK_DRIFT_MS;

export const versionsGrow: Check = ({ world, cluster, options }, violated) => {
  const { weakShare, numericShare } = options.work;
  // Who may be the only owner that takes a write goes by its own clock where it reaches nobody.
  const isOneEnough = options.writeQuorum === 1 || weakShare > 0 || numericShare > 0;
  /** How far clocks were ahead that were the cluster's alone. */
  let aloneAheadMs = 0;
  const stamped = new Map<NodeId, Stamps>();
  /** By version, the checksum of its record. */
  const records = new Map<string, number>();
  const lastBallots = new Map<NodeId, string>();

  function see(from: NodeId, record: EncodedRecord): void {
    const version = recordVersion(record);
    const name = formatVersion(version);
    const checksum = record.readUInt32BE(0);
    const known = records.get(name);
    if (known === checksum) return;
    if (known !== undefined) return violated(`${formatVersion(version)} stands for two records`);
    records.set(name, checksum);
    if (version.node !== from) return;
    // A ballot was stamped before its promises were collected.
    if (!isBallot(version)) noteStamp(from, version);
  }

  function noteStamp(from: NodeId, version: Version): void {
    noteOrder(from, version);
    const machine = cluster.machineOf(from)!;
    const aheadMs = wallTimeOf(version.time) - BEGINNING_MS - world.now;
    if (machine.running?.node.ring()?.members.length === 1) {
      aloneAheadMs = Math.max(aloneAheadMs, aheadMs);
    }
    const othersAheadMs = mostAheadMs(cluster, isOneEnough ? 0 : 1);
    if (aheadMs <= Math.max(aloneAheadMs, othersAheadMs) + SLACK_MS) return;
    const which = isOneEnough ? 'all clocks' : 'all clocks but one';
    violated(`${from} stamped ${formatVersion(version)}, ${aheadMs} ms ahead of ${which}`);
  }

  function noteOrder(from: NodeId, version: Version): void {
    const { boots } = cluster.machineOf(from)!;
    let stamps = stamped.get(from);
    // What one turn of the event loop stamps may leave it in another order.
    if (stamps?.atMs !== world.now || stamps.boots !== boots) {
      const before = newestVersion(stamps?.before ?? NO_VERSION, stamps?.newest ?? NO_VERSION);
      stamps = { atMs: world.now, boots, before, newest: NO_VERSION };
      stamped.set(from, stamps);
    }
    if (compareVersions(version, stamps.before) <= 0) {
      violated(`${from} stamped ${formatVersion(version)} after ${formatVersion(stamps.before)}`);
    }
    stamps.newest = newestVersion(stamps.newest, version);
  }

  function noteBallot(from: NodeId, ballot: Version): void {
    // It goes to several owners.
    const name = formatVersion(ballot);
    if (lastBallots.get(from) === name) return;
    lastBallots.set(from, name);
    noteStamp(from, ballot);
  }

  return {
    invariant: 'versions grow',
    storing: (machine, record) => see(machine.running!.identity.id, record),
    hinting: (machine, record) => see(machine.running!.identity.id, record),
    sent(from, _, message) {
      if (message.type === 'replica.write') see(from, message.record);
      if (message.type === 'replica.prepare') noteBallot(from, message.ballot);
    },
  };
};
