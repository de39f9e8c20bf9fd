/** The verdict in full, and what to do, with commands that can be copied. */
import { remedyParts } from '../../../model/cluster/remedy.js';
import { Copy } from '../../parts/copy.js';
import { eyes, isLive, moment, verdict } from '../../state.js';

export function Remedy() {
  if (!eyes.value) {
    return (
      <div class="verdict-panel">
        <h1>Nothing has been told yet</h1>
        <p class="quiet">What the node tells of itself and the others is on its way.</p>
      </div>
    );
  }
  const { state, sentence, remedy } = verdict.value;
  // Of a recording nobody is there to be asked: its own address says where it was.
  const there = moment.value.view.nodes[eyes.value]?.address ?? '';
  const parts = remedyParts(remedy, isLive.value ? location.origin : `http://${there}`);
  return (
    <div class={`verdict-panel ${state}`}>
      <h1>{sentence.slice(0, 1).toUpperCase() + sentence.slice(1)}</h1>
      <p class="quiet">
        {parts.length === 0 && 'Nothing has to be done.'}
        {parts.map((part) =>
          'text' in part ? (
            part.text
          ) : (
            <span key={part.command} class="command">
              <code>{part.shown}</code>
              <Copy text={part.command} what={`the command: ${part.command}`} />
            </span>
          ),
        )}
      </p>
    </div>
  );
}
