/** The change under way at the moment one looks at: who gains what, and how far it is. */

import { bytesText, countOf } from '../../../../words/figures.js';
import { type ChangeUnderWay, changeUnderWay } from '../../../model/change.js';
import { Empty } from '../../parts/empty.js';
import { NodeName } from '../../parts/node-name.js';
import { eyes, moment } from '../../state.js';

export function Progress() {
  const change = changeUnderWay(moment.value.view, eyes.value);
  const { nodes } = moment.value.view;
  const isMember = (id: string) => nodes[eyes.value]?.ring?.members.some((one) => one.id === id);
  // Of one that has left, this is the last that it told.
  const leaving = Object.entries(nodes).filter(
    ([id, { state }]) => isMember(id) && (state === 'leaving' || state === 'departing'),
  );
  if (!change && leaving.length === 0) {
    return (
      <Empty>
        No change of members is under way. Start a node that joins, or let one leave, and its
        progress is here.
      </Empty>
    );
  }
  return (
    <>
      {leaving.map(([id, { state }]) => (
        <p key={id}>
          <NodeName id={id} /> is {state}.
        </p>
      ))}
      {change && <Gains change={change} />}
    </>
  );
}

function Gains({ change }: { change: ChangeUnderWay }) {
  const { epoch, joining, leaving, gaining } = change;
  return (
    <>
      <p>
        Ring of epoch {epoch}:{' '}
        {joining.map(({ id }) => (
          <span key={id}>
            <NodeName id={id} /> joins.{' '}
          </span>
        ))}
        {leaving.map(({ id }) => (
          <span key={id}>
            <NodeName id={id} /> leaves.{' '}
          </span>
        ))}
        Its owners serve when all of them have what they gain.
      </p>
      <ul class="gains">
        {gaining.map(({ id, done, total, records, bytes }) => (
          <li key={id}>
            <NodeName id={id} />
            <progress
              aria-label="Partitions fetched"
              {...(total === undefined ? {} : { max: total, value: done ?? 0 })}
            />
            <span class="quiet">
              {total === undefined
                ? 'has all it gains, or has not begun'
                : `${done} of ${countOf(total, 'partition')}, ${countOf(records, 'record')}, `}
              {total !== undefined && bytesText(bytes)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
