/** What stands behind the `#` of the page: which view, and what of it. Links can be passed on. */

export const VIEWS = ['cluster', 'actors', 'time', 'key', 'changes', 'api'] as const;
export type ViewName = (typeof VIEWS)[number];

export interface Address {
  readonly view: ViewName;
  /** What of it, as the view understands it. */
  readonly rest: readonly string[];
}

/** What makes no sense leads to the first view. */
export function parseAddress(hash: string): Address {
  const [name = '', ...rest] = hash.replace(/^#?\/?/, '').split('/');
  const view = VIEWS.find((each) => each === name);
  return view ? { view, rest: rest.map(decoded) } : { view: VIEWS[0], rest: [] };
}

export function formatAddress({ view, rest }: Address): string {
  return `#/${[view, ...rest.map(encodeURIComponent)].join('/')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
