/** A node wherever one is named: its colour as a dot, its name, its full address on hovering. */
import { names } from '../state.js';

export function NodeName({ id }: { id: string }) {
  const { short, address, colour, isPatterned } = names.value.of(id);
  return (
    <span class="node-name" title={`${address} · ${id}`}>
      <i class={`dot member-${colour}${isPatterned ? ' patterned' : ''}`} />
      {short}
    </span>
  );
}
