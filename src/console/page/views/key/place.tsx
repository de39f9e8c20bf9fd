/** Where the key lies on the ring. */
import { Empty } from '../../parts/empty.js';
import { Ring } from '../../parts/ring/ring.js';
import { eyes, moment, verdict } from '../../state.js';
import { located } from './asking.js';

export function Place() {
  const ring = moment.value.view.nodes[eyes.value]?.ring;
  const found = located.value;
  if (!ring || !found) return <Empty>Ask for a key to see where it lies on the ring.</Empty>;
  const { away, full } = verdict.value;
  return (
    <Ring
      ring={ring}
      label="Where the key lies"
      away={away.map(({ id }) => id)}
      full={full}
      marked={found.partition}
      isThin
    >
      <b>partition {found.partition}</b>
      <span>of {ring.layout.length}</span>
    </Ring>
  );
}
