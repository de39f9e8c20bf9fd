/**
 * Time, on every view: how many events there were, by kind; where one looks; and how to go
 * elsewhere. The present is the right edge.
 */
import { useEffect, useRef } from 'preact/hooks';
import { clockText, countText, spanText } from '../../../words/figures.js';
import { Density, KINDS } from '../../model/kinds.js';
import { now } from '../parts/clock.js';
import { Icon } from '../parts/icon.js';
import { spanFrom, spanTo } from '../parts/span.js';
import { openFile, saveRecording } from '../source/file.js';
import { goLive, goTo, isLive, moment, source, told } from '../state.js';

const SLICE_PX = 4;

export function Scrubber() {
  const { isPast, place } = moment.value;
  const all = told();
  return (
    <footer class={`scrubber${isPast ? ' past' : ''}`}>
      <Where />
      <Bar />
      <div class="steps">
        <button
          type="button"
          title="Back by an event (←)"
          aria-label="Back by an event (←)"
          onClick={() => goTo(place - 1)}
        >
          <Icon name="back" />
        </button>
        <button
          type="button"
          title={isPast ? 'Go on with the present (Space)' : 'Stay at this moment (Space)'}
          aria-label={isPast ? 'Go on' : 'Pause'}
          onClick={() => (isPast ? goLive() : goTo(place))}
        >
          <Icon name={isPast ? 'play' : 'pause'} />
        </button>
        <button
          type="button"
          title="Forth by an event (→)"
          aria-label="Forth by an event (→)"
          onClick={() => goTo(place + 1)}
        >
          <Icon name="forth" />
        </button>
        <span class="much">
          {countText(all.end - all.first)} events
          {all.leftOut > 0 && `, ${countText(all.leftOut)} more only counted`}
        </span>
        <button type="button" title="All that this page holds, as one file" onClick={saveRecording}>
          Save
        </button>
        <label class="button" title="A recording of a cluster, or of the simulator">
          Open
          <input
            type="file"
            accept="application/json,.json"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              currentTarget.value = '';
              if (file) void openFile(file);
            }}
          />
        </label>
      </div>
    </footer>
  );
}

function Where() {
  const { isPast, at } = moment.value;
  if (!isPast) return <p class="where">{isLive.value ? 'live' : 'at its end'}</p>;
  const ago = isLive.value ? ` — ${spanText(Math.max(0, now.value - at))} ago` : '';
  return (
    <p class="where">
      <b>{clockText(at)}</b>
      {ago}
      <button type="button" class="link" onClick={goLive}>
        {isLive.value ? 'back to live (Esc)' : 'to its end (Esc)'}
      </button>
    </p>
  );
}

function Bar() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [from, to] = [spanFrom.value, spanTo.value];
  void told();
  const { at, isPast } = moment.value;
  void source.value;
  useEffect(() => {
    if (canvas.current) draw(canvas.current, from, to, isPast ? at : to);
  });
  const seek = (event: PointerEvent) => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    if (event.type === 'pointerdown') {
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    }
    if (share >= 1) goLive();
    else if (!told().isEmpty) goTo(told().placeAt(from + share * (to - from)));
  };
  return (
    <canvas
      ref={canvas}
      class="bar"
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(((at - from) / (to - from)) * 100)}
      aria-valuetext={isPast ? clockText(at) : 'live'}
      onPointerDown={seek}
      onPointerMove={seek}
    />
  );
}

/** What was counted for the bar that was drawn last. */
let density: Density | undefined;

function draw(canvas: HTMLCanvasElement, from: number, to: number, at: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colours = KINDS.map((kind) => style.getPropertyValue(`--kind-${kind}`));
  const sliceMs = ((to - from) / width) * SLICE_PX;
  if (!density?.isOf(told(), sliceMs)) density = new Density(told(), sliceMs);
  const slices = density.between(from, to);
  const total = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  const most = slices.reduce((max, { counts }) => Math.max(max, total(counts)), 1);
  for (const { at: begun, counts } of slices) {
    const left = ((begun - from) / (to - from)) * width;
    let top = height;
    counts.forEach((count, kind) => {
      if (count === 0) return;
      // Few are seen beside many.
      const tall = Math.max(1.5, (Math.log1p(count) / Math.log1p(most)) * (height - 4));
      context.fillStyle = colours[kind]!;
      context.fillRect(left, top - tall, SLICE_PX - 1, tall);
      top = Math.max(0, top - tall);
    });
  }
  const x = ((at - from) / (to - from)) * width;
  context.fillStyle = style.getPropertyValue('--accent');
  context.fillRect(Math.min(width - 2, Math.max(0, x - 1)), 0, 2, height);
}
