/** The frame around every view: the verdict above, the views beside, time below. */
import type { ViewName } from '../../model/address.js';
import { address, said } from '../state.js';
import { Actors } from '../views/actors/actors.js';
import { Api } from '../views/api/api.js';
import { Changes } from '../views/changes/changes.js';
import { Cluster } from '../views/cluster/cluster.js';
import { KeyView } from '../views/key/key.js';
import { Time } from '../views/time/time.js';
import { DropZone } from './drop-zone.js';
import { Header } from './header.js';
import { Help } from './help.js';
import { Rail } from './rail.js';
import { Scrubber } from './scrubber.js';

const VIEW_OF: { readonly [V in ViewName]: () => preact.JSX.Element } = {
  cluster: Cluster,
  actors: Actors,
  time: Time,
  key: KeyView,
  changes: Changes,
  api: Api,
};

export function Shell() {
  const View = VIEW_OF[address.value.view];
  return (
    <>
      <Header />
      <Rail />
      <main id="view" class={`of-${address.value.view}`} tabIndex={-1}>
        <View />
      </main>
      <Scrubber />
      <DropZone />
      <Help />
      <output class="said" aria-live="polite">
        {said.value}
      </output>
    </>
  );
}
