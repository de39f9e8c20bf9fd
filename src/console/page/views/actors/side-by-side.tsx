/** The same actor of all nodes, at one moment. */
import { useState } from 'preact/hooks';
import { Empty } from '../../parts/empty.js';
import { NodeName } from '../../parts/node-name.js';
import { moment, names } from '../../state.js';
import { ChartPane, type Zoom } from './chart-pane.js';
import { InState, Story } from './details.js';
import { useWatched } from './watched.js';

const LISTED = 12;

export function SideBySide({ actor }: { actor: string }) {
  const [zoom, setZoom] = useState<Zoom>('read');
  const ids = names.value.sorted(Object.keys(moment.value.view.nodes));
  const first = ids.find((id) => moment.value.view.nodes[id]?.actors[actor]);
  return (
    <div class="side-by-side">
      {ids.map((id) => {
        const onZoom = id === first ? setZoom : undefined;
        return <Column key={id} node={id} actor={actor} zoom={zoom} onZoom={onZoom} />;
      })}
    </div>
  );
}

function Column(props: {
  node: string;
  actor: string;
  zoom: Zoom;
  onZoom: ((zoom: Zoom) => void) | undefined;
}) {
  const { node, actor, zoom, onZoom } = props;
  const watched = useWatched(node, actor);
  return (
    <section class="column" aria-label={`${actor} of ${names.value.of(node).short}`}>
      <div class="column-head">
        <NodeName id={node} />
        <InState view={watched.view} />
      </div>
      {watched.view ? (
        <ChartPane watched={watched} zoom={zoom} onZoom={onZoom} isNarrow />
      ) : (
        <Empty>It does not live here at this moment.</Empty>
      )}
      <Story story={watched.story} known={watched.known} most={LISTED} />
    </section>
  );
}
