/**
 * Which facts of a node stand in its log, how loud, and with which of their fields. Members are
 * named by their addresses, too: people do not know ids by heart.
 */
import type { NodeId } from '../core/data/version.js';
import { allMembers } from '../core/ring/ring.js';
import type { Log } from '../ports.js';
import type { Fact } from './facts.js';

/** To be told every fact of a node, from its start. */
export function createFactLog(log: Log): (fact: Fact) => void {
  const addresses = new Map<NodeId, string>();
  const addressOf = (id: NodeId) => addresses.get(id) ?? id;

  return (fact) => {
    switch (fact.type) {
      case 'ring.changed': {
        const { epoch, members, transition } = fact.ring;
        for (const { id, address } of allMembers(fact.ring)) addresses.set(id, address);
        const size = transition?.members.length ?? members.length;
        return log('info', fact.type, { epoch, members: size, changing: transition !== undefined });
      }
      case 'transfer.done':
        return log('info', fact.type, { records: fact.records, bytes: fact.bytes });
      case 'store.full':
        return log('error', fact.type);
      case 'store.writable':
        return log('info', fact.type);
      case 'hint.refused':
        return log('warn', fact.type, { target: addressOf(fact.target) });
      case 'hint.drained': {
        const { records, dropped } = fact;
        return log('info', fact.type, { target: addressOf(fact.target), records, dropped });
      }
      case 'clock.wrong':
        return log('error', fact.type, { aheadMs: fact.aheadMs });
      case 'clock.right':
        return log('info', fact.type, { forMs: fact.forMs });
      case 'quorum.lost': {
        const { partitions, away } = fact;
        return log('error', fact.type, { partitions, away: away.map(addressOf).join(',') });
      }
      case 'quorum.regained':
        return log('info', fact.type, { partitions: fact.partitions, forMs: fact.forMs });
      case 'peer.up':
        addresses.set(fact.id, fact.address);
        return log('info', fact.type, { id: fact.id, address: fact.address });
      case 'peer.down': {
        const { id, reason } = fact;
        return log('warn', fact.type, { id, address: addressOf(id), reason });
      }
      case 'member.alive':
        return log('info', fact.type, { id: fact.id, address: fact.address });
      case 'member.suspect':
      case 'member.dead':
      case 'member.left':
        return log('warn', fact.type, { id: fact.id, address: fact.address });
    }
  };
}
