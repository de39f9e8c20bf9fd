/** The cluster at a moment: how it is, who owns what, who is there, what moves, and its curves. */
import { NOTHING_KNOWN } from '../../../../events/view.js';
import { countOf } from '../../../../words/figures.js';
import { shareFetched } from '../../../model/cluster/ring-arcs.js';
import { Empty } from '../../parts/empty.js';
import { Ring } from '../../parts/ring/ring.js';
import { eyes, moment, verdict } from '../../state.js';
import { Charts } from './charts.js';
import { Members } from './members.js';
import { Remedy } from './remedy.js';
import { Work } from './work.js';

export function Cluster() {
  return (
    <div class="cluster">
      <Remedy />
      <section class="panel ring-panel" aria-label="Ring">
        <RingOfNow />
      </section>
      <section class="panel members-panel">
        <Members />
      </section>
      <section class="panel work-panel">
        <Work />
      </section>
      <section class="panel charts-panel">
        <Charts />
      </section>
    </div>
  );
}

function RingOfNow() {
  const { nodes } = moment.value.view;
  const { ring } = nodes[eyes.value] ?? NOTHING_KNOWN;
  const { away, full, withoutQuorum, fewerCopies } = verdict.value;
  if (!ring) {
    return <Empty>The ring would be here; this node has none yet.</Empty>;
  }
  const fetched = ring.transition
    ? new Map(ring.transition.members.map(({ id }) => [id, shareFetched(nodes[id], ring)]))
    : undefined;
  return (
    <>
      <Ring
        ring={ring}
        label="Ring: its partitions"
        away={away.map(({ id }) => id)}
        full={full}
        {...(fetched && { fetched })}
      >
        <b class="epoch">epoch {ring.epoch}</b>
        <span>{countOf(ring.layout.length, 'partition')}</span>
        <span>{countOf(ring.replicas, 'copy', 'copies')} of each</span>
        {withoutQuorum.any > 0 && (
          <b class="bad">
            ✖ {withoutQuorum.any} short
            <br />
            of quorum
          </b>
        )}
        {withoutQuorum.any === 0 && fewerCopies > 0 && (
          <span class="warn">▲ {fewerCopies} with fewer</span>
        )}
      </Ring>
      <p class="legend quiet">
        From outside: first owner, second, third. Hollow: away. Hatched: being fetched. Red with a
        cross: short of quorum.
      </p>
    </>
  );
}
