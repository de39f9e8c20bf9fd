/**
 * Each node stamps versions with ever higher times, also over restarts and clocks that step back;
 * one version is one record; and a node whose clock has always been right stamps nothing far ahead
 * of it, whatever the others' clocks do.
 */
import { wallTimeOf } from '../../../../src/core/data/hybrid-clock.js';
import { type EncodedRecord, recordVersion } from '../../../../src/core/data/record.js';
import {
  formatVersion,
  isBallot,
  type NodeId,
  type Version,
} from '../../../../src/core/data/version.js';
import { MAX_CLOCK_DRIFT_MS } from '../../options.js';
import type { Check } from '../checker.js';

interface Stamps {
  readonly atMs: number;
  readonly boots: number;
  /** The newest time that was seen before `atMs`. */
  readonly before: number;
  newest: number;
}

export const versionsGrow: Check = ({ world, cluster }, violated) => {
  const stamped = new Map<NodeId, Stamps>();
  /** By version, the checksum of its record. */
  const records = new Map<string, number>();
  const lastBallots = new Map<NodeId, number>();

  function see(from: NodeId, record: EncodedRecord): void {
    const version = recordVersion(record);
    const name = `${version.time} ${version.node}`;
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
    noteOrder(from, version.time);
    const { wall } = cluster.machineOf(from)!.options;
    const aheadMs = wallTimeOf(version.time) - wall.now();
    if (wall.hasJumped || aheadMs <= MAX_CLOCK_DRIFT_MS) return;
    violated(`${from} stamped ${formatVersion(version)}, ${aheadMs} ms ahead of its own clock`);
  }

  function noteOrder(from: NodeId, time: number): void {
    const { boots } = cluster.machineOf(from)!;
    let stamps = stamped.get(from);
    // What one turn of the event loop stamps may leave it in another order.
    if (stamps?.atMs !== world.now || stamps.boots !== boots) {
      const before = Math.max(stamps?.before ?? 0, stamps?.newest ?? 0);
      stamps = { atMs: world.now, boots, before, newest: 0 };
      stamped.set(from, stamps);
    }
    if (time <= stamps.before) violated(`${from} stamped ${time} after ${stamps.before}`);
    stamps.newest = Math.max(stamps.newest, time);
  }

  function noteBallot(from: NodeId, ballot: Version): void {
    // It goes to several owners.
    if (lastBallots.get(from) === ballot.time) return;
    lastBallots.set(from, ballot.time);
    noteStamp(from, ballot);
  }

  return {
    invariant: 'versions grow',
    storing: (machine, record) => see(machine.running!.identity.id, record),
    sent(from, _, message) {
      if (message.type === 'replica.write') see(from, message.record);
      if (message.type === 'replica.prepare') noteBallot(from, message.ballot);
    },
  };
};
