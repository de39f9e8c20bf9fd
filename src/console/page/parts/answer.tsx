/** What a node has answered: status, what of the headers tells something, and the body. */

import { bytesText } from '../../../words/figures.js';
import { shown } from '../../../words/value.js';
import type { Answer } from '../source/ask.js';

const TELLING = new RegExp(
  '^(content-type|etag|last-modified|allow|location|retry-after|' +
    'x-quorate-(consistency|ttl|epoch|node))$',
);

export function AnswerPane({ answer }: { answer: Answer }) {
  const { status, statusText, headers, bytes, tookMs } = answer;
  const tone = status === 0 || status >= 500 ? 'bad' : status >= 400 ? 'warn' : 'good';
  const body = shown(bytes);
  return (
    <div class="answer">
      <p>
        <b class={tone}>
          {status === 0 ? 'no answer' : status} {statusText}
        </b>{' '}
        <span class="quiet">
          after {tookMs.toFixed(tookMs < 10 ? 1 : 0)} ms, {bytesText(bytes.length)}
          {bytes.length > 0 && ` of ${body.as}`}
          {body.isCut && ', of which the beginning is shown'}
        </span>
      </p>
      <dl class="headers">
        {headers
          .filter(([name]) => TELLING.test(name))
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="mono">{value}</dd>
            </div>
          ))}
      </dl>
      {bytes.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <pre class="body" tabIndex={0}>
          {body.text}
        </pre>
      )}
    </div>
  );
}
