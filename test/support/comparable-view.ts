/** What of a node's view has to be the same, whether it was folded from facts or asked for anew. */
import { allMembers } from '../../src/core/ring/ring.js';
import type { NodeView } from '../../src/events/view.js';

/** Without what is measured, and without the dead that are on their way to be forgotten. */
export function comparable(of: NodeView): object {
  const { members, peers, ring, actors, sample: _, ...view } = of;
  const ids = ring ? allMembers(ring).map(({ id }) => id) : [];
  const isKept = (id: string) =>
    ids.includes(id) || ['alive', 'suspect'].includes(members[id]!.status);
  return {
    ...view,
    ring,
    peers: Object.entries(peers)
      .map(([id, { address }]) => `${id} ${address}`)
      .sort(),
    actors: Object.entries(actors)
      .map(([name, { machine, active, context }]) =>
        [name, machine, active, JSON.stringify(Object.entries(context).sort())].join(' '),
      )
      .sort(),
    members: Object.entries(members)
      .filter(([id]) => isKept(id))
      .map(([id, { address, status }]) => `${id} ${address} ${status}`)
      .sort(),
  };
}
