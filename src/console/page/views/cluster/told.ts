/** The frames that this view draws of, out of all that were told. */
import { WORK_TYPES } from '../../../model/cluster/work.js';
import type { History } from '../../../model/history.js';
import { Picked } from '../../../model/picked.js';
import { told } from '../../state.js';

const picked = new WeakMap<History, ReturnType<typeof pick>>();

function pick(history: History) {
  return {
    work: new Picked(history, WORK_TYPES),
    samples: new Picked(history, ['node.sampled']),
  };
}

/** Reading it makes a component draw again when more has come. */
export function toldOfCluster(): ReturnType<typeof pick> {
  const history = told();
  const found = picked.get(history) ?? pick(history);
  picked.set(history, found);
  return found;
}
