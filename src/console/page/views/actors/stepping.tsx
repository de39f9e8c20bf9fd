/** From step to step of one actor, by buttons and keys. */
import { useEffect } from 'preact/hooks';
import { isOf } from '../../../model/actors/story.js';
import { Icon } from '../../parts/icon.js';
import { goTo, moment, say, told } from '../../state.js';

/** `node` undefined: of whichever node. */
export function Stepping({ node, actor }: { node: string | undefined; actor: string }) {
  useEffect(() => {
    const press = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
      if (ctrlKey || metaKey || altKey) return;
      if ((target as HTMLElement).closest('input, select, textarea, dialog')) return;
      if (key === ',') step(node, actor, -1);
      if (key === '.') step(node, actor, 1);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [node, actor]);
  return (
    <div class="stepping">
      <button
        type="button"
        onClick={() => step(node, actor, -1)}
        title="To the step before (,)"
        aria-label="To the step before (,)"
      >
        <Icon name="back" />
      </button>
      <span>step</span>
      <button
        type="button"
        onClick={() => step(node, actor, 1)}
        title="To the next step (.)"
        aria-label="To the next step (.)"
      >
        <Icon name="forth" />
      </button>
    </div>
  );
}

function step(node: string | undefined, actor: string, direction: 1 | -1): void {
  const to = told().find(moment.value.place, direction, (frame) => isOf(frame, node, actor));
  if (to !== undefined) goTo(to);
  else say(direction > 0 ? 'No later step is known.' : 'No earlier step is known.');
}
