/** `/admin/*`: what an operator asks. */

import { present } from '../../core/assert.js';
import { formatVersion } from '../../core/data/version.js';
import type { Location } from '../../core/requests.js';
import { allMembers, type Ring } from '../../core/ring/ring.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { keyParameter } from '../http/key-parameter.js';
import { Problem } from '../http/problem.js';
import { askStore } from './health.js';
import { getPlan, ringOf } from './members.js';

export function getStatus(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters();
  askStore(exchange, context, (store) => exchange.json(200, context.backend.status(store)));
}

/** The ring in force: members, and for each partition its owners by id; or a change of it. */
export function getRing(exchange: Exchange, context: DoorContext): void {
  if (exchange.parameters.has('plan')) return getPlan(exchange, context);
  exchange.allowParameters('plan');
  exchange.json(200, ringAnswer(ringOf(context)));
}

export type RingAnswer = ReturnType<typeof ringAnswer>;

function ringAnswer(ring: Ring) {
  const named = ({ members, layout }: Pick<typeof ring, 'members' | 'layout'>) => ({
    members,
    owners: layout.map((owners) =>
      owners.map((owner) => present(members[owner], 'an owner among the members').id),
    ),
  });
  const { clusterId, epoch, replicas, writeQuorum, readQuorum, transition } = ring;
  return {
    clusterId,
    epoch,
    replicas,
    writeQuorum,
    readQuorum,
    partitions: ring.layout.length,
    ...named(ring),
    ...(transition && { transition: named(transition) }),
    addresses: Object.fromEntries(allMembers(ring).map(({ id, address }) => [id, address])),
  };
}

/** Where a key lives, and which version each of its owners holds right now. */
export function getLocate(exchange: Exchange, { backend }: DoorContext): void {
  const key = keyParameter(exchange);
  backend.locate(key, (location) => {
    if ('ok' in location) return exchange.problem(Problem.from(location));
    exchange.json(200, locationAnswer(key, location));
  });
}

export type LocationAnswer = ReturnType<typeof locationAnswer>;

function locationAnswer(key: Buffer, location: Location) {
  const owners = location.owners.map(({ version, ...owner }) => ({
    ...owner,
    ...(version && { version: formatVersion(version) }),
  }));
  return { key: key.toString('utf8'), ...location, owners };
}
