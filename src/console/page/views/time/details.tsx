/** All that one event says. */

import { clockText } from '../../../../words/figures.js';
import { relatedTo } from '../../../model/time/related.js';
import { Empty } from '../../parts/empty.js';
import { Icon } from '../../parts/icon.js';
import { NodeName } from '../../parts/node-name.js';
import { moment, say } from '../../state.js';
import { caption } from './rows.js';
import { stepAlong } from './steps.js';

/** A snapshot may be long; what is copied is all of it. */
const SHOWN_LETTERS = 12_000;

export function Details() {
  const { frame, at, place, isPast } = moment.value;
  if (!frame || !isPast) {
    return (
      <aside class="details">
        <Empty>Click an event, or step back with ←: all of it stands here.</Empty>
      </aside>
    );
  }
  const json = JSON.stringify(frame, null, 2);
  const related = relatedTo(frame);
  return (
    <aside class="details" aria-label="The event">
      <h2>{frame.type}</h2>
      <p>
        <time>{clockText(at)}</time> {frame.node && <NodeName id={frame.node} />}
      </p>
      <p class={frame.type === 'violation' ? 'bad' : undefined}>{caption(place)}</p>
      <p class="actions">
        {related && (
          <>
            <button type="button" title="Shift a" onClick={() => stepAlong(-1)}>
              <Icon name="back" /> before
            </button>
            <button type="button" title="a" onClick={() => stepAlong(1)}>
              next <Icon name="forth" />
            </button>
            <span class="quiet">of {related.what}</span>
          </>
        )}
        <button type="button" class="copy" onClick={() => void copy(json)}>
          <Icon name="copy" /> Copy
        </button>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs keys. */}
      <pre tabIndex={0}>
        {json.slice(0, SHOWN_LETTERS)}
        {json.length > SHOWN_LETTERS && '\n… and more; “Copy” takes all of it'}
      </pre>
    </aside>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say('copied');
  } catch {
    say('the browser does not let this page copy; mark the text instead');
  }
}
