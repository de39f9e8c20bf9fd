/** What to do to which key. */
import { ACTIONS, type Action, curlOf, httpRequest, LEVELS } from '../../../model/key-request.js';
import { Copy } from '../../parts/copy.js';
import { act, change, isAsking, request } from './asking.js';

const NAMES: { readonly [A in Action]: string } = {
  get: 'Get',
  put: 'Put',
  touch: 'Touch',
  delete: 'Delete',
};

export function KeyForm() {
  const asked = request.value;
  const { key, level, value, contentType, ttl, ifMatch } = asked;
  const command = curlOf(httpRequest(asked, false), location.origin);
  return (
    <form
      class="key-form"
      onSubmit={(event) => {
        event.preventDefault();
        void act('get');
      }}
    >
      <label class="wide">
        Key
        <input
          type="search"
          class="mono"
          spellcheck={false}
          value={key}
          onInput={({ currentTarget }) => change({ key: currentTarget.value })}
        />
      </label>
      <label>
        Level
        <select
          value={level}
          onChange={({ currentTarget }) =>
            change({ level: LEVELS.find((each) => each === currentTarget.value) ?? 'quorum' })
          }
        >
          {LEVELS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <label>
        If-Match
        <input
          class="mono"
          placeholder="an ETag, or *"
          value={ifMatch}
          onInput={({ currentTarget }) => change({ ifMatch: currentTarget.value })}
        />
      </label>
      <label class="wide">
        Value to put
        <textarea
          class="mono"
          rows={3}
          spellcheck={false}
          value={value}
          onInput={({ currentTarget }) => change({ value: currentTarget.value })}
        />
      </label>
      <label>
        Type
        <input
          class="mono"
          value={contentType}
          onInput={({ currentTarget }) => change({ contentType: currentTarget.value })}
        />
      </label>
      <label>
        Lives for, seconds
        <input
          class="mono"
          inputMode="decimal"
          placeholder="for ever"
          value={ttl}
          onInput={({ currentTarget }) => change({ ttl: currentTarget.value })}
        />
      </label>
      <div class="wide buttons">
        {ACTIONS.map((action) => (
          <button
            key={action}
            type={action === 'get' ? 'submit' : 'button'}
            class={action === 'get' ? 'primary' : action === 'delete' ? 'danger' : ''}
            disabled={isAsking.value || key === '' || (action === 'touch' && ttl === '')}
            title={action === 'touch' ? 'It lives for so many seconds from now' : undefined}
            {...(action === 'get' ? {} : { onClick: () => void act(action) })}
          >
            {NAMES[action]}
          </button>
        ))}
      </div>
      <p class="wide command">
        <code>{command}</code>
        <Copy text={command} what="the command" />
      </p>
    </form>
  );
}
