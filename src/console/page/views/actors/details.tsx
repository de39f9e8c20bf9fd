/** What stands beside a chart: where the actor is, what it knows, and what it went through. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { clockText, spanText } from '../../../../words/figures.js';
import { partsOf } from '../../../model/actors/short-text.js';
import type { Chapter, StepFrame } from '../../../model/actors/story.js';
import { innermost } from '../../../model/actors/tree.js';
import {
  chapterText,
  eventText,
  fieldTexts,
  moveText,
  refusalText,
} from '../../../model/actors/words.js';
import { now } from '../../parts/clock.js';
import { Empty } from '../../parts/empty.js';
import { goTo, isLive, moment } from '../../state.js';
import type { KnownChart } from './charts.js';
import { named } from './named.js';
import type { Watched } from './watched.js';

export function InState({ view }: Pick<Watched, 'view'>) {
  const { at, isPast } = moment.value;
  if (!view) return null;
  const until = isLive.value && !isPast ? Math.max(at, now.value) : at;
  return (
    <p class="in-state">
      <b>{innermost(view.active).join(', ')}</b> for {spanText(Math.max(0, until - view.since))}
    </p>
  );
}

export function Context({ view, story }: Pick<Watched, 'view' | 'story'>) {
  const last = story[0]?.frame;
  const changed = last?.type === 'actor.transition' ? last.changed : {};
  const fields = Object.entries(view?.context ?? {});
  if (fields.length === 0) return <Empty>This actor keeps nothing in mind.</Empty>;
  return (
    <ul class="context">
      {fields.map(([name, text]) => (
        <Field key={name} name={name} text={named(text)} isChanged={name in changed} />
      ))}
    </ul>
  );
}

function Field(props: { name: string; text: string; isChanged: boolean }): JSX.Element {
  const { name, text, isChanged } = props;
  const parts = partsOf(text);
  const label = (
    <>
      <span class="name">{name}</span>
      {isChanged && <span class="changed">changed</span>}
    </>
  );
  return (
    <li class={isChanged ? 'is-changed' : undefined}>
      {parts.length === 0 ? (
        <>
          {label}{' '}
          <span class="value" title={text}>
            {text}
          </span>
        </>
      ) : (
        <details>
          <summary>
            {label}{' '}
            <span class="value" title={text}>
              {text}
            </span>
          </summary>
          <ul class="context">
            {parts.map((part, index) => (
              <Field key={index} name={part.name || '·'} text={part.text} isChanged={false} />
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

/** Newest first; each leads to its place in time. */
export function Story(props: Pick<Watched, 'story' | 'known'> & { most: number }) {
  const { story, known, most } = props;
  const { place } = moment.value;
  const newest = story[0]?.place;
  return useMemo(() => {
    if (story.length === 0) return <Empty>It has done nothing in what was told.</Empty>;
    return (
      <ol class="story">
        {story.slice(0, most).map((chapter) => (
          <Entry
            key={chapter.place}
            chapter={chapter}
            known={known}
            isHere={chapter.place === place}
          />
        ))}
      </ol>
    );
  }, [newest, newest === place, known, most]);
}

function Entry(props: { chapter: Chapter; known: KnownChart | undefined; isHere: boolean }) {
  const { chapter, known, isHere } = props;
  const { place, frame } = chapter;
  const step = frame.type === 'actor.transition' ? frame : undefined;
  const move = step ? moveText(step) : '';
  const isIdle = step?.edges.length === 0;
  return (
    <li>
      <button
        type="button"
        class={`chapter${isIdle ? ' idle' : ''}`}
        aria-current={isHere ? 'step' : undefined}
        title={step && fieldsOf(step).join('\n')}
        onClick={() => goTo(place)}
      >
        <span class="occasion">
          <time>{clockText(frame.at)}</time> <b class="happened">{chapterText(frame)}</b>{' '}
          {step && <span class="quiet">{fieldsOf(step).join(', ')}</span>}
        </span>
        {move && <span class="move">{move}</span>}
        {isIdle && <span class="move">of no use here</span>}
        {step?.refused.map((id) => (
          <span key={id} class="refusal">
            no: {refusalText(known?.edges.get(id), id)}
          </span>
        ))}
      </button>
    </li>
  );
}

function fieldsOf(step: StepFrame): string[] {
  return fieldTexts(step).map(named);
}

/** The last step with all that was told of it. */
export function LastStep({ story }: Pick<Watched, 'story'>) {
  const last = story.find(({ frame }) => frame.type === 'actor.transition');
  const step = last?.frame.type === 'actor.transition' ? last.frame : undefined;
  return (
    <dl class="last-step">
      <dt>event</dt>
      <dd>
        <b>{step ? eventText(step.event) : 'none is known'}</b>
        {step &&
          fieldsOf(step).map((text) => (
            <span key={text} class="event-field">
              {text}
            </span>
          ))}
      </dd>
      <dt>done</dt>
      <dd>{step?.actions.join(', ') || 'nothing'}</dd>
    </dl>
  );
}
