/** Which facts of a node stand in its log, how loud, and with which of their fields. */
import type { Log } from '../ports.js';
import type { Fact } from './facts.js';

export function logFact(log: Log, fact: Fact): void {
  switch (fact.type) {
    case 'ring.changed': {
      const { epoch, members, transition } = fact.ring;
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
      return log('warn', fact.type, { target: fact.target });
    case 'hint.drained': {
      const { target, records, dropped } = fact;
      return log('info', fact.type, { target, records, dropped });
    }
    case 'clock.wrong':
      return log('error', fact.type, { aheadMs: fact.aheadMs });
    case 'clock.right':
      return log('info', fact.type, { forMs: fact.forMs });
    case 'quorum.lost': {
      const { partitions, away } = fact;
      return log('error', fact.type, { partitions, away: away.join(',') });
    }
    case 'quorum.regained':
      return log('info', fact.type, { partitions: fact.partitions, forMs: fact.forMs });
    case 'peer.up':
      return log('info', fact.type, { id: fact.id, address: fact.address });
    case 'peer.down':
      return log('warn', fact.type, { id: fact.id, reason: fact.reason });
    case 'member.alive':
      return log('info', fact.type, { id: fact.id, address: fact.address });
    case 'member.suspect':
    case 'member.dead':
    case 'member.left':
      return log('warn', fact.type, { id: fact.id, address: fact.address });
  }
}
