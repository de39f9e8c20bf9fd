/**
 * How nodes are called on a page: by what tells them apart, in the order in which they stay. One
 * place, so that a node has the same name and colour in every view.
 */
import type { NodeId } from '../core/data/version.js';
import { allMembers } from '../core/ring/ring.js';
import type { View } from '../events/view.js';

/** Member colours there are; beyond them they repeat with a pattern. */
const COLOURS = 8;

export interface NodeName {
  readonly id: NodeId;
  /** `host:port`; the id where nobody has said. */
  readonly address: string;
  /** Enough of it to tell it from the others: mostly the port. */
  readonly short: string;
  /** Of its colour, from 0. */
  readonly colour: number;
  /** It is the second with that colour, or the third. */
  readonly isPatterned: boolean;
}

export class Names {
  readonly #names: ReadonlyMap<NodeId, NodeName>;

  /** `known`: all that were ever heard of, in the order of that: a node keeps its colour. */
  constructor(known: ReadonlyMap<NodeId, string>) {
    const hosts = new Set([...known.values()].map((address) => hostOf(address)));
    this.#names = new Map(
      [...known].map(([id, address], index) => {
        const short = hosts.size === 1 ? address.slice(hostOf(address).length + 1) : address;
        return [
          id,
          {
            id,
            address: address || id,
            short: short || address || id.slice(0, 6),
            colour: index % COLOURS,
            isPatterned: index >= COLOURS,
          },
        ];
      }),
    );
  }

  of(id: NodeId): NodeName {
    const name = this.#names.get(id);
    if (name) return name;
    // Newcomers of a plan, who have no name yet, look like nobody who is there.
    const colour = this.#names.size % COLOURS;
    return { id, address: id, short: id.slice(0, 6), colour, isPatterned: false };
  }

  /** In the order of their addresses. */
  sorted(ids: readonly NodeId[]): NodeId[] {
    return [...ids].sort((one, other) => byAddress(this.of(one).address, this.of(other).address));
  }

  get all(): readonly NodeName[] {
    return [...this.#names.values()];
  }
}

/** Compares two addresses, for `sort`: port 8080 stands before port 10080. */
export function byAddress(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** Adds whoever the view knows of to those known; true if there was somebody new. */
export function meet(known: Map<NodeId, string>, view: View): boolean {
  let isNew = false;
  const add = (id: NodeId, address: string) => {
    const before = known.get(id);
    if (before === address || (before !== undefined && address === '')) return;
    known.set(id, address);
    isNew = true;
  };
  for (const [id, node] of Object.entries(view.nodes)) {
    add(id, node.address);
    for (const member of node.ring ? allMembers(node.ring) : []) add(member.id, member.address);
    for (const [peer, { address }] of Object.entries(node.members)) add(peer, address);
  }
  return isNew;
}

function hostOf(address: string): string {
  const colon = address.lastIndexOf(':');
  return colon < 0 ? address : address.slice(0, colon);
}
