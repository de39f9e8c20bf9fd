/** The same events in lanes: who told what, and which message went where. */

import { clockText, spanText } from '../../../../words/figures.js';
import type {
  Arrow,
  Sequence as Drawn,
  Lane,
  Request,
  Span,
} from '../../../model/time/sequence.js';
import { lanesOf, sequenceOf } from '../../../model/time/sequence.js';
import { names, source, told } from '../../state.js';
import { caption, rowsNow, threadsNow } from './rows.js';
import { Scroller, type Sight } from './scroller.js';

const ROW_PX = 22;
const HEAD_PX = 30;
const LETTER_PX = 6.3;
/** Shorter ones say nothing. */
const LEAST_LETTERS = 8;
/** A rest that is worth a word. */
const REST_MS = 100;

interface Frame {
  readonly lanes: readonly Lane[];
  readonly left: number;
  readonly laneWide: number;
  readonly first: number;
}

export function Sequence() {
  const rows = rowsNow();
  const history = told();
  const from = source.value;
  const run = from.kind === 'recording' ? from.head.run : undefined;
  const lanes = lanesOf(run, names.value.all);
  const frameOf = (width: number, first = 0): Frame => {
    const left = width < 600 ? 60 : 150;
    return { lanes, left, laneWide: (width - left) / Math.max(1, lanes.length), first };
  };
  return (
    <Scroller
      rows={rows}
      rowPx={ROW_PX}
      headPx={HEAD_PX}
      label="Events in lanes"
      head={(width) => <Head frame={frameOf(width)} />}
      caption={(index) => {
        const { place, isCount } = rows.at(index);
        return isCount ? 'some were only counted' : caption(place);
      }}
      row={(index) => {
        const at = history.at(rows.at(index).place);
        const rest = index > 0 ? at - history.at(rows.at(index - 1).place) : 0;
        return (
          <>
            <Time at={at} />
            <span class="unseen">{caption(rows.at(index).place)}</span>
            {rest >= REST_MS && <span class="rest">+{spanText(rest)}</span>}
          </>
        );
      }}
      behind={(sight) => (
        <Lanes
          sight={sight}
          frame={frameOf(sight.width, sight.first)}
          hasLives={run !== undefined}
          drawn={sequenceOf(rows, threadsNow(), lanes, [sight.first, sight.last])}
        />
      )}
    />
  );
}

/** `14:03:12.345`; where there is little room, without the hour. */
function Time({ at }: { at: number }) {
  const text = clockText(at);
  return (
    <time>
      <span class="hour">{text.slice(0, 6)}</span>
      {text.slice(6)}
    </time>
  );
}

function Head({ frame: { lanes, left, laneWide } }: { frame: Frame }) {
  return (
    <div class="lane-names" role="presentation" style={{ height: `${HEAD_PX}px` }}>
      {lanes.map(({ name, nodes }, lane) => {
        const { colour } = names.value.of(nodes.at(-1) ?? '');
        return (
          <span
            key={name}
            class={`member-${colour}`}
            title={nodes.join(', ')}
            style={{ left: `${left + lane * laneWide}px`, width: `${laneWide}px` }}
          >
            <i class="dot" />
            {name}
          </span>
        );
      })}
    </div>
  );
}

interface LanesProps {
  readonly sight: Sight;
  readonly frame: Frame;
  readonly hasLives: boolean;
  readonly drawn: Drawn;
}

function Lanes({ sight: { first, last, width }, frame, hasLives, drawn }: LanesProps) {
  const height = (last - first + 1) * ROW_PX;
  const { lanes } = frame;
  return (
    <svg class="lanes" width={width} height={height} aria-hidden="true">
      <defs>
        <marker
          id="tip"
          viewBox="0 0 8 8"
          refX="8"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0.5 8 4 0 7.5Z" />
        </marker>
      </defs>
      {drawn.faults.map((fault) => (
        <Band key={fault.key} fault={fault} frame={frame} />
      ))}
      {lanes.map(({ name, nodes }, lane) => {
        const [x, { colour }] = [laneX(frame, lane), names.value.of(nodes.at(-1) ?? '')];
        const shape = hasLives ? 'lane gone' : 'lane';
        return (
          <line key={name} class={`${shape} member-${colour}`} x1={x} x2={x} y1={0} y2={height} />
        );
      })}
      {drawn.lives.map((life) => (
        <Life key={life.key} life={life} frame={frame} />
      ))}
      {drawn.requests.map((request) => (
        <RequestBar key={request.key} request={request} frame={frame} />
      ))}
      {drawn.arrows.map((arrow) => (
        <Message key={arrow.key} arrow={arrow} frame={frame} />
      ))}
      {drawn.dots.map(({ row, lane, kind, place }) => (
        <Mark key={place} frame={frame} row={row} lane={lane} kind={kind} place={place} />
      ))}
    </svg>
  );
}

function laneX({ left, laneWide }: Frame, lane: number): number {
  return left + (lane + 0.5) * laneWide;
}

/** The middle of a row. Far away is as good as at the end of the world, and has fewer digits. */
function rowY({ first }: Frame, row: number): number {
  return Math.max(-5000, Math.min(5000, (row - first + 0.5) * ROW_PX));
}

function Band({ fault, frame }: { fault: Span; frame: Frame }) {
  const [y, end] = [rowY(frame, fault.fromRow), rowY(frame, fault.toRow)];
  return (
    <rect
      class="fault"
      x={frame.left + fault.lane * frame.laneWide + 2}
      width={Math.max(0, frame.laneWide - 4)}
      y={y}
      height={Math.max(2, end - y)}
      rx={4}
    />
  );
}

function Life({ life, frame }: { life: Span; frame: Frame }) {
  const x = laneX(frame, life.lane);
  const { colour } = names.value.of(frame.lanes[life.lane]!.nodes.at(-1) ?? '');
  const [y, end] = [rowY(frame, life.fromRow), rowY(frame, life.toRow)];
  return <line class={`lane member-${colour}`} x1={x} x2={x} y1={y} y2={end} />;
}

function RequestBar({ request, frame }: { request: Request; frame: Frame }) {
  const x = laneX(frame, request.lane) + 5 + request.slot * 5;
  const [y, end] = [rowY(frame, request.fromRow), rowY(frame, request.toRow)];
  const isFine = request.outcome === 'ok' || request.outcome === 'open';
  return (
    <rect
      class={`request${isFine ? '' : ' failed'}`}
      x={x}
      width={3}
      y={y}
      height={Math.max(3, end - y)}
    />
  );
}

function Message({ arrow, frame }: { arrow: Arrow; frame: Frame }) {
  const { fromLane, toLane, fate, place } = arrow;
  const [x1, x2] = [laneX(frame, fromLane), laneX(frame, toLane)];
  const [y1, end] = [rowY(frame, arrow.fromRow), rowY(frame, arrow.toRow)];
  // A lost one does not get there.
  const share = fate === 'lost' ? 0.85 : 1;
  const [x, y] = [x1 + (x2 - x1) * share, y1 + (end - y1) * share];
  const sent = told().frame(place);
  const what = sent?.type === 'message.sent' ? sent.message : '';
  const isRight = x2 > x1;
  const label = fitting(what, frame.laneWide * 1.4);
  return (
    <g class={`message ${fate}`}>
      <line x1={x1} y1={y1} x2={x} y2={y} marker-end={fate === 'lost' ? undefined : 'url(#tip)'} />
      {fate === 'lost' && <path class="cross" d={`M${x - 5} ${y - 5}l10 10m0-10l-10 10`} />}
      <text x={x1 + (isRight ? 10 : -10)} y={y1 - 3} text-anchor={isRight ? 'start' : 'end'}>
        {label}
      </text>
    </g>
  );
}

interface MarkProps {
  readonly frame: Frame;
  readonly row: number;
  readonly lane: number | undefined;
  readonly kind: string;
  readonly place: number;
}

function Mark({ frame, row, lane, kind, place }: MarkProps) {
  const y = rowY(frame, row);
  const x = lane === undefined ? frame.left + 8 : laneX(frame, lane);
  const right = frame.left + frame.lanes.length * frame.laneWide - x - 28;
  const room = lane === undefined ? right : Math.min(right, frame.laneWide * 1.9);
  return (
    <g class={lane === undefined ? 'mark of-all' : 'mark'}>
      {lane === undefined && (
        <line x1={frame.left} x2={x + right + 28} y1={y} y2={y} class={kind} />
      )}
      <circle cx={x} cy={y} r={4.5} style={{ fill: `var(--kind-${kind})` }} />
      <text x={x + 22} y={y + 4}>
        {fitting(caption(place), room)}
      </text>
    </g>
  );
}

function fitting(text: string, roomPx: number): string {
  const letters = Math.floor(roomPx / LETTER_PX);
  if (letters < LEAST_LETTERS) return '';
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
