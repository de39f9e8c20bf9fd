/** A statechart with what is active, what fired last, and what it waits for. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { DrawnChart, DrawnEdge, DrawnNode } from '../../../../charts/drawn.js';
import { spanText } from '../../../../words/figures.js';
import {
  LINE,
  lineOf,
  READABLE,
  rulesOf,
  TITLE,
  type Words,
  waysOf,
  wordsWithin,
} from '../../../model/actors/drawing.js';
import type { Wait } from '../../../model/actors/story.js';
import { innermost } from '../../../model/actors/tree.js';
import { lastSeen } from '../../../model/actors/words.js';
import { isLive, moment } from '../../state.js';
import type { Watched } from './watched.js';

const ROUND = 9;
const NONE: readonly string[] = [];

interface Marks {
  readonly active: ReadonlySet<string>;
  readonly fired: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
}

export function Chart({ watched, scale }: { watched: Watched; scale: number }) {
  const { view, known, story, waits, isFresh } = watched;
  const last = story[0];
  const active = view?.active ?? NONE;
  const seen = known && lastSeen(story, known.edges);
  const fired = seen?.edges ?? view?.fired ?? NONE;
  const refused = last?.frame.type === 'actor.transition' ? last.frame.refused : NONE;
  const fresh = isFresh ? last?.place : undefined;
  return useMemo(() => {
    if (!known) return <p class="empty">This page does not know its chart.</p>;
    const { chart } = known;
    const marks = {
      active: new Set(active),
      fired: new Set(fired),
      refused: new Set(refused),
    };
    return (
      <svg
        class={`chart${scale < READABLE ? ' small' : ''}`}
        viewBox={`0 0 ${chart.width} ${chart.height}`}
        width={chart.width * scale}
        height={chart.height * scale}
        role="img"
        aria-label={`Statechart of ${chart.id}; it is in ${innermost(active).join(', ') || 'none'}`}
      >
        <Shapes chart={chart} marks={marks} fresh={fresh} />
        {waits.map((wait) => (
          <Ring key={`${wait.state} ${wait.name} ${wait.since}`} wait={wait} chart={chart} />
        ))}
      </svg>
    );
  }, [known, active, fired, refused, fresh, waits, scale]);
}

function Shapes(props: { chart: DrawnChart; marks: Marks; fresh: number | undefined }) {
  const { chart, marks, fresh } = props;
  const ways = useMemo(() => waysOf(chart), [chart]);
  const parallel = useMemo(
    () => new Set(chart.nodes.filter(({ type }) => type === 'parallel').map(({ id }) => id)),
    [chart],
  );
  const isFired = ({ edges }: { edges: readonly string[] }) =>
    edges.some((id) => marks.fired.has(id));
  const glow = fresh === undefined ? '' : ' glow';
  return (
    <>
      {chart.nodes.map((node) => (
        <State
          key={node.id}
          node={node}
          edges={chart.edges}
          marks={marks}
          isRegion={parallel.has(node.parent ?? '')}
        />
      ))}
      {chart.starts.map(({ of, points }) => (
        <g key={of} class="way">
          <circle class="head" cx={points[0]!.x} cy={points[0]!.y - 5} r={5} />
          <path class="line" d={lineOf(points)} />
        </g>
      ))}
      {[...ways.filter((way) => !isFired(way)), ...ways.filter(isFired)].map((way) => (
        <g
          key={`${way.line}${isFired(way) ? fresh : ''}`}
          class={`way${way.isAlways ? ' always' : ''}${isFired(way) ? ` fired${glow}` : ''}`}
        >
          <path class="line" d={way.line} />
          <path class="head" d={way.head} />
        </g>
      ))}
      {chart.edges.map((edge) => (
        <EdgeWords key={edge.id} edge={edge} marks={marks} />
      ))}
    </>
  );
}

function State(props: {
  node: DrawnNode;
  edges: readonly DrawnEdge[];
  marks: Marks;
  isRegion: boolean;
}) {
  const { node, edges, marks, isRegion } = props;
  const { x, y, width, height, key, type } = node;
  const words = useMemo(() => wordsWithin(node, edges), [node, edges]);
  const rules = rulesOf(node);
  const isActive = marks.active.has(node.id);
  const box = (inset: number) => (
    <rect
      class={`box ${type}${isRegion ? ' region' : ''}`}
      x={x + inset}
      y={y + inset}
      width={width - 2 * inset}
      height={height - 2 * inset}
      rx={ROUND - inset}
    />
  );
  return (
    <g class={`state${isActive ? ' active' : ''}`}>
      {box(0)}
      {type === 'final' && box(3)}
      {rules.map((rule) => (
        <path key={rule} class="rule" d={`M${x} ${rule}h${width}`} />
      ))}
      <text class="title" x={x + width / 2} y={y + (rules.length > 0 ? TITLE : height) / 2}>
        {key}
      </text>
      {words.map((each) => (
        <Line key={each.y} words={each} marks={marks} kind="within" />
      ))}
    </g>
  );
}

function Line({ words, marks, kind }: { words: Words; marks: Marks; kind: string }): JSX.Element {
  const { x, y, text, edge } = words;
  return (
    <text class={`words ${kind}${markOf(edge, marks)}`} x={x} y={y}>
      {text}
    </text>
  );
}

function markOf(edge: string | undefined, { fired, refused }: Marks): string {
  if (edge === undefined) return '';
  return fired.has(edge) ? ' fired' : refused.has(edge) ? ' refused' : '';
}

function EdgeWords({ edge, marks }: { edge: DrawnEdge; marks: Marks }) {
  if (!edge.words) return null;
  const { x, y, width, height, when, done } = edge.words;
  const line = (text: string, index: number): Words => ({
    ...{ text: text.trim(), edge: edge.id },
    ...{ x: x + width / 2, y: y + (index + 0.5) * LINE },
  });
  return (
    <g>
      <rect class={`ground${markOf(edge.id, marks)}`} x={x} y={y} width={width} height={height} />
      {when.map((text, index) => (
        <Line key={text} words={line(text, index)} marks={marks} kind={`at ${edge.kind}`} />
      ))}
      {done.map((text, index) => (
        <Line key={text} words={line(text, when.length + index)} marks={marks} kind="at done" />
      ))}
    </g>
  );
}

/** Runs down at the corner of the state that waits: live as time goes, in the past as it stood. */
function Ring({ wait, chart }: { wait: Wait; chart: DrawnChart }) {
  const { at, isPast } = moment.value;
  // Of the animation only the beginning counts: it is not told anew while it runs.
  const [elapsed] = useState(() => Math.max(0, at - wait.since));
  const state = chart.nodes.find(({ id }) => id === wait.state);
  if (!state) return null;
  const share = Math.min(1, Math.max(0, at - wait.since) / wait.ms);
  const runs = isLive.value && !isPast;
  return (
    <g transform={`translate(${state.x + state.width - 3} ${state.y + 3})`}>
      <title>{`${wait.name}: about ${spanText(wait.ms)}`}</title>
      <circle class="ring-ground" r={8} />
      <circle
        class={`ring${runs ? ' runs' : ''}`}
        r={5.5}
        pathLength={1}
        transform="rotate(-90)"
        style={{
          strokeDashoffset: String(share),
          ...(runs && { animationDuration: `${wait.ms}ms`, animationDelay: `${-elapsed}ms` }),
        }}
      />
    </g>
  );
}
