/** Which actor of which node. */
import { innermost, treeRows } from '../../../model/actors/tree.js';
import { formatAddress } from '../../../model/address.js';
import { NodeName } from '../../parts/node-name.js';
import { go, moment, names } from '../../state.js';
import { named } from './named.js';

/** Behind the node in the address: no actor has this name. */
export const REQUESTS = 'requests';
/** In place of a node. */
export const ALL = 'all';

function addressOf(node: string, what: string): string {
  return formatAddress({ view: 'actors', rest: [node, what] });
}

/** `what`: the actor, or `requests`. */
export function NodeTabs({ node, what }: { node: string; what: string }) {
  const ids = names.value.sorted(Object.keys(moment.value.view.nodes));
  return (
    <nav class="node-tabs" aria-label="Nodes">
      {ids.map((id) => (
        <a key={id} href={addressOf(id, what)} aria-current={id === node ? 'page' : undefined}>
          <NodeName id={id} />
        </a>
      ))}
      {what !== REQUESTS && (
        <a href={addressOf(ALL, what)} aria-current={node === ALL ? 'page' : undefined}>
          side by side
        </a>
      )}
    </nav>
  );
}

/** `shown`: the node whose tree it is; `node`: as in the address. */
export function Tree({ shown, node, what }: { shown: string; node: string; what: string }) {
  const view = moment.value.view.nodes[shown];
  const rows = view ? treeRows(view) : [];
  const isListed = what === REQUESTS || rows.some(({ actor }) => actor === what);
  return (
    <>
      <nav class="actor-tree" aria-label="Actors">
        {rows.map(({ actor, name, depth, view }) => (
          <a
            key={actor}
            href={addressOf(node, actor)}
            aria-current={actor === what ? 'page' : undefined}
            style={{ paddingLeft: `${8 + depth * 14}px` }}
          >
            <b>{named(name)}</b> <span class="quiet">{innermost(view.active).join(', ')}</span>
          </a>
        ))}
        <a
          class="apart"
          href={addressOf(node === ALL ? shown : node, REQUESTS)}
          aria-current={what === REQUESTS ? 'page' : undefined}
        >
          <b>slow requests</b>
        </a>
      </nav>
      <label class="actor-choice">
        Actor{' '}
        <select
          value={what}
          onChange={({ currentTarget }) => {
            const to = currentTarget.value;
            go({ view: 'actors', rest: [to === REQUESTS && node === ALL ? shown : node, to] });
          }}
        >
          {!isListed && <option value={what}>{named(what)}</option>}
          {rows.map(({ actor, view }) => (
            <option key={actor} value={actor}>
              {named(actor)} ({innermost(view.active).join(', ')})
            </option>
          ))}
          <option value={REQUESTS}>slow requests</option>
        </select>
      </label>
    </>
  );
}
