/** The past as a place: every event of every node, as a list or in lanes, and what one of them says. */
import { useEffect } from 'preact/hooks';
import { Empty } from '../../parts/empty.js';
import { isLive, told } from '../../state.js';
import { Details } from './details.js';
import { FilterBar } from './filter-bar.js';
import { List } from './list.js';
import { rowsNow, timeAddress } from './rows.js';
import { Sequence } from './sequence.js';
import { listenToSteps } from './steps.js';

export function Time() {
  useEffect(listenToSteps, []);
  const rows = rowsNow();
  return (
    <div class="time">
      <h1 class="unseen">Time</h1>
      <FilterBar />
      {timeAddress.value.isSequence && isLive.value && (
        <p class="note">
          Nodes do not tell of their messages; the arrows between lanes are in recordings of the
          simulator: <code>npm run sim -- --seed 1 --record run.json</code>, then drop the file
          here.
        </p>
      )}
      <div class="what-happened">
        {rows.length === 0 ? <Nothing /> : timeAddress.value.isSequence ? <Sequence /> : <List />}
        <Details />
      </div>
    </div>
  );
}

function Nothing() {
  return (
    <Empty>
      {told().isEmpty
        ? 'Nothing was told yet. What happens in the cluster stands here, one line each.'
        : 'No event is of this kind so far. Take something out of the filter to see more.'}
    </Empty>
  );
}
