/** What is shown and what is looked for: both are the same filter, which stands in the address. */
import { useEffect, useRef } from 'preact/hooks';
import { FRAME_TYPES } from '../../../../events/sentence.js';
import { countText } from '../../../../words/figures.js';
import { byAddress } from '../../../../words/names.js';
import { formatAddress } from '../../../model/address.js';
import { KINDS, type Kind } from '../../../model/kinds.js';
import { formatTimeAddress, kindsShown } from '../../../model/time/address.js';
import { Icon } from '../../parts/icon.js';
import { isLive, moment, names } from '../../state.js';
import { changeFilter, rowsNow, timeAddress } from './rows.js';
import { stepToMatch, stepToMessage } from './steps.js';

/** What one looks for most: "next time …". */
const PRESETS: readonly (readonly [what: string, types: readonly string[]])[] = [
  ['a member turns dead', ['member.dead']],
  ['a member is suspected', ['member.suspect']],
  ['the quorum is lost', ['quorum.lost']],
  ['the ring changes', ['ring.changed', 'ring.left']],
  ['a promise is broken', ['violation']],
  ['a fault strikes', ['fault.began']],
  ['a process ends', ['process.killed', 'process.stopped']],
  ['a message is lost', ['message.lost']],
  ['a request is slow', ['request.slow']],
];

const TYPING_MS = 250;

export function FilterBar() {
  return (
    <div class="filter-bar">
      <Shape />
      <NodeChoice />
      <TypeChoice />
      <Words />
      <Matches />
      <Chips />
    </div>
  );
}

function Shape() {
  const { isSequence, filter } = timeAddress.value;
  const link = (sequence: boolean) =>
    formatAddress({ view: 'time', rest: formatTimeAddress({ isSequence: sequence, filter }) });
  return (
    <nav class="shape" aria-label="Shape">
      <a href={link(false)} aria-current={isSequence ? undefined : 'true'}>
        List
      </a>
      <a href={link(true)} aria-current={isSequence ? 'true' : undefined}>
        Sequence
      </a>
    </nav>
  );
}

function NodeChoice() {
  const addresses = [...new Set(names.value.all.map(({ address }) => address))].sort(byAddress);
  return (
    <select
      aria-label="Node"
      value={timeAddress.value.filter.node}
      onChange={({ currentTarget }) => changeFilter({ node: currentTarget.value })}
    >
      <option value="">every node</option>
      {addresses.map((address) => (
        <option key={address} value={address}>
          {address}
        </option>
      ))}
    </select>
  );
}

function TypeChoice() {
  return (
    <select
      aria-label="Type of event"
      value={timeAddress.value.filter.types.join(',')}
      onChange={({ currentTarget }) =>
        changeFilter({ types: currentTarget.value.split(',').filter(Boolean) })
      }
    >
      <option value="">every type</option>
      <optgroup label="next time …">
        {PRESETS.map(([what, types]) => (
          <option key={what} value={types.join(',')}>
            {what}
          </option>
        ))}
      </optgroup>
      <optgroup label="types">
        {FRAME_TYPES.filter((type) => !PRESETS.some(([, types]) => types.join() === type)).map(
          (type) => (
            <option key={type} value={type}>
              {type}
            </option>
          ),
        )}
      </optgroup>
    </select>
  );
}

function Words() {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  const { text } = timeAddress.value.filter;
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = text;
  }, [text]);
  return (
    <input
      ref={field}
      type="search"
      placeholder="words, a key, an actor …"
      aria-label="Words in the event"
      defaultValue={text}
      onInput={({ currentTarget: { value } }) => {
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => changeFilter({ text: value }), TYPING_MS);
      }}
    />
  );
}

function Matches() {
  const rows = rowsNow();
  const index = rows.indexAt(moment.value.place);
  return (
    <span class="matches">
      <button
        type="button"
        aria-label="The match before (Shift n)"
        title="The match before (Shift n)"
        onClick={() => stepToMatch(-1)}
      >
        <Icon name="back" />
      </button>
      <span class="count">
        {countText(index + 1)} of {countText(rows.length)}
      </span>
      <button
        type="button"
        aria-label="The next match (n)"
        title="The next match (n)"
        onClick={() => stepToMatch(1)}
      >
        <Icon name="forth" />
      </button>
      {timeAddress.value.isSequence && !isLive.value && (
        <>
          <button
            type="button"
            class="by-message"
            title="Shift m"
            onClick={() => stepToMessage(-1)}
          >
            message before
          </button>
          <button type="button" class="by-message" title="m" onClick={() => stepToMessage(1)}>
            next message
          </button>
        </>
      )}
    </span>
  );
}

function Chips() {
  const shown = kindsShown(timeAddress.value);
  const toggle = (kind: Kind) => {
    const kinds = KINDS.filter((each) => shown.includes(each) !== (each === kind));
    changeFilter({ kinds });
  };
  return (
    <fieldset class="chips" aria-label="Kinds of events">
      {KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          aria-pressed={shown.includes(kind)}
          onClick={() => toggle(kind)}
        >
          <i class="kind" style={{ background: `var(--kind-${kind})` }} />
          {kind}
        </button>
      ))}
    </fieldset>
  );
}
