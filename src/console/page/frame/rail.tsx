/** The views, one beside the other. */
import { VIEWS, type ViewName } from '../../model/address.js';
import { Icon } from '../parts/icon.js';
import { address } from '../state.js';

const NAMES: { readonly [V in ViewName]: string } = {
  cluster: 'Cluster',
  actors: 'Actors',
  time: 'Time',
  key: 'Key',
  changes: 'Changes',
  api: 'API',
};

export function Rail() {
  return (
    <nav class="rail" aria-label="Views">
      {VIEWS.map((view, index) => {
        const name = NAMES[view];
        return (
          <a
            key={view}
            href={`#/${view}`}
            aria-current={address.value.view === view ? 'page' : undefined}
            title={`${name} (${index + 1})`}
          >
            <Icon name={view} />
            <span>{name}</span>
          </a>
        );
      })}
    </nav>
  );
}
