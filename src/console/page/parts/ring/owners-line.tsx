/** What is said of one partition: its number, its owners in their order, and who is to come. */
import type { PartitionOwner, PartitionWords } from '../../../model/cluster/ring-arcs.js';
import { names } from '../../state.js';
import { NodeName } from '../node-name.js';

interface Line {
  readonly partition: number;
  readonly words: PartitionWords;
}

export function OwnersLine({ partition, words }: Line) {
  return (
    <>
      <span class="partition">
        Partition <b>{partition}</b>
      </span>{' '}
      {words.owners.map((owner) => (
        <Owner key={owner.id} owner={owner} note="" />
      ))}
      {words.coming.map((owner) => (
        <Owner key={owner.id} owner={owner} note="fetches it" />
      ))}
      {words.lacksQuorum && <b class="bad">✖ short of its quorum</b>}
    </>
  );
}

function Owner({ owner: { id, isAway }, note }: { owner: PartitionOwner; note: string }) {
  const notes = [note, isAway ? 'away' : ''].filter((each) => each !== '');
  return (
    <span class="owner">
      <NodeName id={id} />
      {notes.length > 0 && <span class="quiet"> {notes.join(', ')}</span>}
    </span>
  );
}

/** The same for those who hear it. */
export function ownersText(partition: number, { owners, coming, lacksQuorum }: PartitionWords) {
  const named = ({ id, isAway }: PartitionOwner) =>
    `${names.value.of(id).short}${isAway ? ' (away)' : ''}`;
  const parts = [
    `partition ${partition}, of ${owners.map(named).join(', ')}`,
    ...(coming.length > 0 ? [`fetched by ${coming.map(named).join(', ')}`] : []),
    ...(lacksQuorum ? ['short of its quorum'] : []),
  ];
  return parts.join('; ');
}
