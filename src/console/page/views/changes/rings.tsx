/** The ring as it is, and as it would be. */
import { Ring } from '../../parts/ring/ring.js';
import { plannedRings } from './planning.js';

export function Rings() {
  const rings = plannedRings.value;
  if (!rings) return null;
  return (
    <div class="rings">
      <figure>
        <Ring ring={rings.now} label="The ring as it is" isThin>
          <b>now</b>
        </Ring>
      </figure>
      <figure>
        <Ring ring={rings.then} label="The ring as it would be" isThin>
          <b>then</b>
        </Ring>
      </figure>
    </div>
  );
}
