/** What moves: owners that change, what is fetched, hints that wait, and repairs. */
import type { NodeId } from '../../../../core/data/version.js';
import { bytesText, countOf, countText, spanText } from '../../../../words/figures.js';
import {
  changeAt,
  hintsAt,
  repairsBefore,
  type TransferRow,
  transfersAt,
} from '../../../model/cluster/work.js';
import { Empty } from '../../parts/empty.js';
import { NodeName } from '../../parts/node-name.js';
import { eyes, moment } from '../../state.js';
import { toldOfCluster } from './told.js';

export function Work() {
  const { view, place, at } = moment.value;
  const { work: told } = toldOfCluster();
  const transfers = transfersAt(view, { place, at }, told);
  const hints = hintsAt(view);
  const repairs = repairsBefore({ place, at }, told);
  return (
    <>
      <h2>Work under way</h2>
      <Change />
      {transfers.map((row) => (
        <Transfer key={row.node} row={row} />
      ))}
      {hints.map(({ target, rows, bytes, keepers }) => (
        <p key={target} class="work-row">
          <NodeName id={target} /> has missed {rows > 0 ? countOf(rows, 'record') : 'some records'}
          {rows > 0 && ` (${bytesText(bytes)})`}: hints wait at <Named ids={keepers} />
        </p>
      ))}
      {hints.length === 0 && <Empty>No hints wait. Stop a node and write a key to see one.</Empty>}
      {repairs.map(({ node, repairs, records, bytes, lastAt }) => (
        <p key={node} class="work-row">
          <NodeName id={node} /> has repaired {countOf(repairs, 'partition')} (
          {countOf(records, 'record')}, {bytesText(bytes)}) in the last 15 minutes, the last{' '}
          {spanText(Math.floor((at - lastAt) / 1000) * 1000)} ago
        </p>
      ))}
      {repairs.length === 0 && (
        <Empty>No repairs in the last 15 minutes: the owners that were compared agreed.</Empty>
      )}
    </>
  );
}

function Named({ ids }: { ids: readonly NodeId[] }) {
  return (
    <>
      {ids.map((id, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <NodeName id={id} />
        </span>
      ))}
    </>
  );
}

function Change() {
  const { view } = moment.value;
  const change = changeAt(view, view.nodes[eyes.value]?.ring);
  if (!change) {
    return <Empty>Owners stay as they are. Let a node join or leave to see them change.</Empty>;
  }
  const { epoch, joining, leaving, waitsFor } = change;
  return (
    <p class="work-row">
      <b>Owners change</b> (epoch {epoch}).{' '}
      {joining.length > 0 && (
        <>
          Comes: <Named ids={joining} />.{' '}
        </>
      )}
      {leaving.length > 0 && (
        <>
          Goes: <Named ids={leaving} />.{' '}
        </>
      )}
      {waitsFor.length > 0 ? (
        <>
          It waits for <Named ids={waitsFor} />, until what they gain has been fetched.
        </>
      ) : (
        'All has been fetched; the next ring is being agreed on.'
      )}
    </p>
  );
}

function Transfer({ row }: { row: TransferRow }) {
  const { node, done, total, records, bytes, recordsPerSecond, leftMs } = row;
  const speed =
    recordsPerSecond === undefined ? '' : ` · ${countText(Math.round(recordsPerSecond))} records/s`;
  const left = leftMs === undefined ? 'time left unknown' : `${spanText(leftMs)} left`;
  return (
    <div class="work-row transfer">
      <NodeName id={node} />
      <progress value={done} max={total} aria-label={`Transfer: ${done} of ${total} partitions`} />
      <span>
        {done} of {countOf(total, 'partition')} · {countOf(records, 'record')}, {bytesText(bytes)}
        {speed} · {left}
      </span>
    </div>
  );
}
