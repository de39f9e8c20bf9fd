/** All that people see of a node, and can ask of it: joins the parts of this folder. */
import type { EncodedRecord } from '../../core/data/record.js';
import type { Part } from '../../core/wire/backup-stream.js';
import { restore } from '../backup/restorer.js';
import { BackupSource } from '../backup/source.js';
import { UnfinishedRestore } from '../backup/unfinished.js';
import { QuorumWatch } from '../membership/quorum-watch.js';
import type { Observation } from '../observation/observation.js';
import { locate } from './locate.js';
import { type MeasuresParts, nodeMeasures } from './measures.js';
import { Operator, type OperatorParts } from './operator.js';
import { NodeStatus } from './status.js';

type DeskParts = OperatorParts &
  ConstructorParameters<typeof BackupSource>[0] &
  ConstructorParameters<typeof UnfinishedRestore>[0] &
  Omit<MeasuresParts, 'quorums' | 'unfinished'> &
  ConstructorParameters<typeof QuorumWatch>[0] & { readonly observation: Observation };

type Restoring = [records: readonly EncodedRecord[], done: Parameters<typeof restore>[2]];

export function operatorsDesk(parts: DeskParts) {
  const operator = new Operator(parts);
  const quorums = new QuorumWatch(parts);
  const unfinished = new UnfinishedRestore(parts);
  const status = new NodeStatus({ ...parts, quorums, unfinished });
  return {
    locate: (key: Buffer, done: Parameters<typeof locate>[1]) => locate({ ...parts, key }, done),
    plan: operator.plan.bind(operator),
    leave: operator.leave.bind(operator),
    remove: operator.remove.bind(operator),
    renewEpoch: operator.renewEpoch.bind(operator),
    pauseScrub: parts.stabilizer.pauseScrub.bind(parts.stabilizer),
    backup: (part: Part) => new BackupSource(parts, part),
    restore: (...args: Restoring) => restore(parts, ...args),
    restoreBegunAt: () => unfinished.begunAt,
    markRestore: unfinished.mark.bind(unfinished),
    verdict: quorums.verdict.bind(quorums),
    status: status.now.bind(status),
    record: parts.observation.record.bind(parts.observation),
    storeStatus: parts.store.status.bind(parts.store),
    measures: () => nodeMeasures({ ...parts, quorums, unfinished }),
  };
}
