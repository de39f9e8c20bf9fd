/** Above every view: how the cluster is, in words, and through whose eyes one looks. */
import { Fragment } from 'preact';
import { spanText } from '../../../words/figures.js';
import { now } from '../parts/clock.js';
import { chosenNode, eyes, moment, names, source, verdict } from '../state.js';

const SIGN = { healthy: '●', degraded: '▲', unavailable: '✖' };

export function Header() {
  return (
    <header>
      <a class="brand" href="#/cluster">
        Quorate
      </a>
      <Verdict />
      <Eyes />
      <Connection />
    </header>
  );
}

function Verdict() {
  if (!eyes.value) return <p class="verdict">nothing has been told yet</p>;
  const { state, sentence } = verdict.value;
  const text = sentence.slice(state.length);
  return (
    <p class={`verdict ${state}`} title={sentence}>
      <span class="sign" aria-hidden="true">
        {SIGN[state]}
      </span>{' '}
      <b>{state}</b>
      {text}
    </p>
  );
}

function Eyes() {
  const { view } = moment.value;
  const nodes = names.value.sorted(Object.keys(view.nodes));
  return (
    <p class="eyes">
      <span class="epoch">epoch {view.nodes[eyes.value]?.ring?.epoch ?? '–'}</span>
      <label>
        seen from{' '}
        <select
          value={eyes.value}
          onChange={(event) => {
            chosenNode.value = event.currentTarget.value;
          }}
        >
          {nodes.map((id) => (
            <option key={id} value={id}>
              {names.value.of(id).short}
            </option>
          ))}
        </select>
      </label>
    </p>
  );
}

function Connection() {
  const from = source.value;
  if (from.kind === 'recording') {
    return (
      <p class="band recording">
        Recording <b>{from.name}</b>
        {from.head.run && <Fragment> · simulator, seed {from.head.run.seed}</Fragment>}
      </p>
    );
  }
  const { state } = from;
  if (state.is === 'open') return null;
  if (state.is === 'connecting') return <p class="band">connecting …</p>;
  return (
    <p class="band lost" role="alert">
      Cut off for {spanText(Math.max(0, now.value - state.since))}: {state.reason}. What is shown is
      what was told before; it is tried again.
    </p>
  );
}
