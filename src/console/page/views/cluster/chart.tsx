/** Curves over time. A line stands at the moment at which one looks; a click goes to another. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { countText } from '../../../../words/figures.js';
import { isDark } from '../../parts/scheme.js';
import { useWidth } from '../../parts/width.js';
import { goTo, told } from '../../state.js';

export interface Curve {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  readonly curves: readonly Curve[];
  readonly time: { readonly from: number; readonly to: number; readonly moment: number | null };
}

const HEIGHT = 120;
/** Told apart without colours, too. */
const DASHES = [[], [6, 3], [2, 2]];
/** All charts show the same moment under the pointer. */
const SYNC = 'cluster';

export function Chart({ title, unit, at, curves, time }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const width = useWidth(host);
  const [pointed, setPointed] = useState<number | null>(null);
  const line = useRef<number | null>(null);
  line.current = time.moment;
  const count = curves.length;
  useEffect(() => {
    if (!host.current || width === 0) return undefined;
    const made = new uPlot(optionsOf(host.current, { width, count, line, setPointed }));
    host.current.append(made.root);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = undefined;
    };
  }, [width === 0, count, isDark.value]);
  useEffect(() => plot.current?.setSize({ width, height: HEIGHT }), [width]);
  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    made.batch(() => {
      made.setData([at, ...curves.map(({ values }) => values)] as uPlot.AlignedData, false);
      made.setScale('x', { min: time.from, max: time.to });
    });
  }, [at, curves, time.from, time.to, time.moment, width === 0, isDark.value]);
  const shown = pointed ?? placeOf(at, time.moment ?? Number.POSITIVE_INFINITY);
  const values = curves.map(({ label, values }) => `${label} ${text(values[shown], unit)}`);
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        <span class="quiet"> {unit}</span>
        <span class="chart-values">
          {curves.map(({ label, values }, index) => (
            <span key={label} class={`curve-${index}`}>
              <svg class="sample" viewBox="0 0 18 6" aria-hidden="true">
                <path d="M0 3h18" stroke-dasharray={DASHES[index]!.join(' ')} />
              </svg>
              {label} <b>{text(values[shown], '')}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={host} class="plot" role="img" aria-label={`${title}: ${values.join(', ')}`} />
    </figure>
  );
}

/** Of the last point at this time or before. */
function placeOf(at: readonly number[], time: number): number {
  const after = at.findIndex((each) => each > time);
  return after < 0 ? at.length - 1 : after - 1;
}

function text(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '–';
  const number = value < 10 && value % 1 !== 0 ? value.toFixed(1) : countText(Math.round(value));
  return unit === '' ? number : `${number} ${unit}`;
}

interface Parts {
  readonly width: number;
  readonly count: number;
  readonly line: { readonly current: number | null };
  readonly setPointed: (place: number | null) => void;
}

function optionsOf(host: HTMLElement, { width, count, line, setPointed }: Parts): uPlot.Options {
  const style = getComputedStyle(host);
  const colour = (name: string) => style.getPropertyValue(`--${name}`);
  const axis: uPlot.Axis = {
    stroke: colour('quiet'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const curve = (index: number): uPlot.Series => ({
    stroke: colour(`curve-${index}`),
    width: 1.5,
    dash: DASHES[index]!,
    points: { show: false },
  });
  return {
    width,
    height: HEIGHT,
    ms: 1,
    legend: { show: false },
    cursor: { sync: { key: SYNC }, y: false, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    series: [{}, ...Array.from({ length: count }, (_, index) => curve(index))],
    axes: [
      { ...axis, space: 60, size: 22, values: (_, times) => times.map(minuteText) },
      {
        ...axis,
        size: 44,
        space: 28,
        values: (_, values) => values.map((each) => countText(each)),
      },
    ],
    hooks: {
      setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)],
      ready: [
        (plot) =>
          plot.over.addEventListener('click', ({ offsetX }) => {
            if (!told().isEmpty) goTo(told().placeAt(plot.posToVal(offsetX, 'x')));
          }),
      ],
      draw: [(plot) => drawMoment(plot, line.current, colour('accent'))],
    },
  };
}

function minuteText(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = date.getSeconds() === 0 ? '' : `:${two(date.getSeconds())}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
}

function drawMoment({ ctx, bbox, valToPos }: uPlot, at: number | null, colour: string): void {
  if (at === null) return;
  const x = valToPos(at, 'x', true);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  ctx.fillStyle = colour;
  ctx.fillRect(x - devicePixelRatio, bbox.top, 2 * devicePixelRatio, bbox.height);
}
