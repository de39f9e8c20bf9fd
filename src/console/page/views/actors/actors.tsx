/**
 * What the actors of a node do, each as its statechart: `#/actors/<node>/<actor>`; that of all nodes
 * side by side: `#/actors/all/<actor>`; slow requests: `#/actors/<node>/requests`.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Empty } from '../../parts/empty.js';
import { address, chosenNode, eyes, go, moment, names } from '../../state.js';
import { ChartPane, type Zoom } from './chart-pane.js';
import { Context, InState, LastStep, Story } from './details.js';
import { Requests } from './requests.js';
import { SideBySide } from './side-by-side.js';
import { Stepping } from './stepping.js';
import { ALL, NodeTabs, REQUESTS, Tree } from './tree.js';
import { useWatched } from './watched.js';

const FIRST = 'membership';
const LISTED = 50;

export function Actors() {
  const [node = eyes.value, what = FIRST] = address.value.rest;
  const shown = node === ALL ? eyes.value : node;
  useSameEyes(node, what);
  return (
    <div class={`actors${node === ALL ? ' all' : ''}`}>
      <h1 class="unseen">Actors</h1>
      <div class="actors-head">
        <NodeTabs node={node} what={what} />
        {what !== REQUESTS && <Stepping node={node === ALL ? undefined : node} actor={what} />}
      </div>
      <Tree shown={shown} node={node} what={what} />
      <What node={node} what={what} />
    </div>
  );
}

function What({ node, what }: { node: string; what: string }) {
  if (node === ALL) return <SideBySide actor={what} />;
  if (!moment.value.view.nodes[node]) {
    return (
      <Empty>
        {node === ''
          ? 'Nothing has been told yet.'
          : `${names.value.of(node).short} had told nothing at this moment.`}
      </Empty>
    );
  }
  return what === REQUESTS ? <Requests node={node} /> : <OneActor node={node} actor={what} />;
}

function OneActor({ node, actor }: { node: string; actor: string }) {
  const [zoom, setZoom] = useState<Zoom>('read');
  const watched = useWatched(node, actor);
  const { view, story, known } = watched;
  return (
    <>
      {view ? (
        <ChartPane watched={watched} zoom={zoom} onZoom={setZoom} />
      ) : (
        <Empty>
          {actor} does not live at this moment; some live only while there is work for them. Steps
          lead to when it did.
        </Empty>
      )}
      <div class="details">
        <section aria-label="State">
          <h2>{actor}</h2>
          <InState view={view} />
          <LastStep story={story} />
        </section>
        {view && (
          <section aria-labelledby="context">
            <h2 id="context">Context</h2>
            <Context view={view} story={story} />
          </section>
        )}
        <section aria-labelledby="story">
          <h2 id="story">Last {LISTED} events</h2>
          <Story story={story} known={known} most={LISTED} />
        </section>
      </div>
    </>
  );
}

/** The node in the address and the one through whose eyes one looks are the same. */
function useSameEyes(node: string, what: string): void {
  const isNode = moment.value.view.nodes[node] !== undefined;
  useEffect(() => {
    if (isNode) chosenNode.value = node;
  }, [node, isNode]);
  const chosen = chosenNode.value;
  const before = useRef(chosen);
  useEffect(() => {
    const isNew = chosen !== before.current;
    before.current = chosen;
    if (isNew && chosen !== '' && node !== ALL && chosen !== node) {
      go({ view: 'actors', rest: [chosen, what] });
    }
  }, [chosen]);
}
