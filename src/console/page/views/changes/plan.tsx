/** What the change would do, in sentences; then the button that does it, with a second look. */
import { useSignal } from '@preact/signals';
import { planLines } from '../../../../words/plan.js';
import { Copy } from '../../parts/copy.js';
import { eyes, moment, names } from '../../state.js';
import { chosen, doIt, done, kind, needsForce, plan, refusal } from './planning.js';
import { Rings } from './rings.js';

const SIGNS = { plain: '·', good: '✓', warn: '!', bad: '✕' };

export function Plan() {
  const short = (id: string) =>
    id.startsWith('new-') ? `Newcomer ${id.slice(4)}` : names.value.of(id).short;
  return (
    <div class="plan" aria-live="polite">
      {plan.value && (
        <>
          <ul>
            {planLines(plan.value, short).map(({ tone, text }) => (
              <li key={text} class={tone}>
                <span aria-hidden="true">{SIGNS[tone]}</span> {text}
              </li>
            ))}
          </ul>
          <Rings />
          <Deed />
        </>
      )}
      {refusal.value !== '' && <p class="bad">{refusal.value}</p>}
      {needsForce.value !== '' && <Force />}
      {done.value !== '' && <p class="good">{done.value}</p>}
    </div>
  );
}

function Deed() {
  const isSure = useSignal(false);
  const name = names.value.of(chosen.value);
  if (kind.value === 'join' || kind.value === 'replace') {
    const { host, port } = location;
    const introducer = moment.value.view.nodes[eyes.value]?.address ?? host;
    const where = kind.value === 'join' ? String(Number(port) + 10) : name.short;
    const command = `npm start -- ${where} ${introducer}`;
    return (
      <>
        <p>
          {kind.value === 'join'
            ? 'To do it, start a node that joins (its port is yours to choose):'
            : 'To do it, start a node with an empty data directory at that address:'}
        </p>
        <p class="command">
          <code>{command}</code> <Copy text={command} what="the command" />
        </p>
      </>
    );
  }
  const [verb, warning] =
    kind.value === 'leave'
      ? [`Let ${name.short} leave`, 'It cannot be called back: it would join anew, empty.']
      : [`Remove ${name.short}`, 'If it comes back, it joins anew, and gives up what it holds.'];
  if (!isSure.value) {
    return (
      <button
        type="button"
        class="danger"
        onClick={() => {
          isSure.value = true;
        }}
      >
        {verb} …
      </button>
    );
  }
  return (
    <div class="second-look">
      <p>
        <b>{warning}</b>
      </p>
      <button type="button" class="danger" onClick={() => void doIt()}>
        {verb} now
      </button>{' '}
      <button
        type="button"
        onClick={() => {
          isSure.value = false;
        }}
      >
        Not now
      </button>
    </div>
  );
}

/** Acknowledged writes may be lost by this: the name of the member is typed once more. */
function Force() {
  const typed = useSignal('');
  const name = names.value.of(needsForce.value);
  return (
    <div class="second-look">
      <label>
        By force, it is removed without a majority, and acknowledged writes may be lost. Type{' '}
        <b>{name.short}</b> to do that:{' '}
        <input
          value={typed.value}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value;
          }}
        />
      </label>{' '}
      <button
        type="button"
        class="danger"
        disabled={typed.value !== name.short}
        onClick={() => void doIt(true)}
      >
        Remove {name.short} by force
      </button>
    </div>
  );
}
