/**
 * The failure detector, and the goodbye of whoever stops. `probe` is the prober's number for its
 * probe, carried back by the answer, and `sender` the process that speaks, so that a restarted one,
 * or one that runs on a copy of the disk, is not taken for the one that was meant.
 */
import { list, nodeId, oneOf, u8, u32, uint53 } from '../codec.js';
import { type Claim, claim, rumours } from './fields.js';
import { ROSTER_LIMIT } from './limits.js';
import { message, sum } from './row.js';

/** What is not of variable length in a claim. */
const CLAIM_OVERHEAD_BYTES = 33;
const roster = list(claim, ROSTER_LIMIT);

function claimBytes({ address, bootId, accusers }: Claim): number {
  return CLAIM_OVERHEAD_BYTES + address.length + bootId.length + 16 * accusers.length;
}

export const MEMBERSHIP = {
  goodbye: message({
    tag: 30,
    what: 'Why the sender is about to close: a restart is not a death.',
    fields: { reason: oneOf('restarting', 'leaving'), level: u8 },
  }),
  'swim.ping': message({
    tag: 40,
    what: 'A probe, which `target` is to answer.',
    fields: { probe: u32, target: nodeId, sender: claim, rumours },
    priority: 'gossip',
  }),
  'swim.ack': message({
    tag: 41,
    what: '`sender` answers, also when a relay passes it on; `wallMs` is its wall clock.',
    fields: { probe: u32, sender: claim, wallMs: uint53, rumours },
    priority: 'gossip',
  }),
  'swim.pingRequest': message({
    tag: 42,
    what: 'Asks for a ping on the sender’s behalf.',
    fields: { probe: u32, target: nodeId, rumours },
    priority: 'gossip',
  }),
  'swim.nack': message({
    tag: 43,
    what: 'A relay’s word that it is well, and has no answer from the target either.',
    fields: { probe: u32, rumours },
    priority: 'gossip',
  }),
  'swim.sync': message({
    tag: 44,
    what: 'The full exchange: all the sender knows, itself first.',
    fields: { roster },
    priority: 'gossip',
    size: ({ roster }) => sum(roster, claimBytes),
  }),
  'swim.synced': message({
    tag: 45,
    what: 'The answer to it, the same thing back.',
    fields: { roster },
    priority: 'gossip',
    size: ({ roster }) => sum(roster, claimBytes),
  }),
};
