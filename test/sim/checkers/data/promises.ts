/**
 * Owners keep their promises, also over crashes: in the epoch in which an owner has promised a
 * ballot it takes nothing below it, wherever it comes from, but what it held already. (Who loses a
 * partition may forget; hence the epoch.)
 */

import { recordKey, recordVersion } from '../../../../src/core/data/record.js';
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../../../src/core/data/version.js';
import type { Message } from '../../../../src/core/wire/messages.js';
import type { Check } from '../checker.js';

interface Promised {
  readonly ballot: Version;
  /** What was held then. */
  readonly held: Version;
}

export const promisesAreKept: Check = (_, violated) => {
  /** The ballots that are asked for: promises do not repeat them. */
  const asked = new Map<string, { key: string; ballot: Version }>();
  const promises = new Map<string, Promised>();

  function see(from: NodeId, to: NodeId, message: Message): void {
    if (message.type === 'replica.prepare') {
      const { call, key, ballot } = message;
      asked.set(`${from} ${to} ${call}`, { key: key.toString(), ballot });
    }
    if (message.type !== 'replica.promised') return;
    const name = `${to} ${from} ${message.call}`;
    const question = asked.get(name);
    asked.delete(name);
    if (!question || message.outcome !== 'ok') return;
    const { key, ballot } = question;
    promises.set(`${from} ${key}`, { ballot, held: message.version ?? NO_VERSION });
  }

  return {
    invariant: 'promises are kept',
    sent: see,
    stored(machine, record) {
      const key = recordKey(record).toString();
      const promised = promises.get(`${machine.nodeId} ${key}`);
      if (!promised || machine.running?.node.ring()?.epoch !== promised.ballot.epoch) return;
      const { ballot, held } = promised;
      const version = recordVersion(record);
      if (compareVersions(version, ballot) >= 0 || compareVersions(version, held) === 0) return;
      const [taken, wanted] = [version, ballot].map(formatVersion);
      violated(`${machine.nodeId} took ${taken} of ${key} after it had promised ${wanted}`);
    },
  };
};
