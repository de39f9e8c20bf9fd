/** The actors of a node as a tree, in rows. */
import type { ActorView, NodeView } from '../../../events/view.js';

export interface TreeRow {
  /** Its place in the tree, such as `stabilizer/transfer`. */
  readonly actor: string;
  /** What it is called among its siblings. */
  readonly name: string;
  /** How many are above it. */
  readonly depth: number;
  readonly view: ActorView;
}

/** Each actor before its children; siblings by their names. */
export function treeRows({ actors }: Pick<NodeView, 'actors'>): TreeRow[] {
  const below = (parent: string, depth: number): TreeRow[] =>
    Object.entries(actors)
      .filter(([, view]) => view.parent === parent)
      .sort(([one], [other]) => one.localeCompare(other, 'en'))
      .flatMap(([actor, view]) => [
        { actor, name: nameWithin(actor, parent), depth, view },
        ...below(actor, depth + 1),
      ]);
  return below('', 0);
}

function nameWithin(actor: string, parent: string): string {
  return actor.startsWith(`${parent}/`) ? actor.slice(parent.length + 1) : actor;
}

/** The states that a machine is in, the innermost ones, without its own name: `running.idle`. */
export function innermost(active: readonly string[]): string[] {
  return active
    .filter((id) => !active.some((other) => other.startsWith(`${id}.`)))
    .map((id) => id.slice(id.indexOf('.') + 1));
}
