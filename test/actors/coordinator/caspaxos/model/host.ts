/** One node: drives the operations as a real host does, with a clock that may be far off. */
import { ConditionalOperation } from '../../../../../actors/coordinator/caspaxos/operation.js';
import type {
  ConditionalChange,
  ConditionalStep,
  Register,
} from '../../../../../actors/coordinator/caspaxos/steps.js';
import type { OwnerRequest } from '../../../../../actors/coordinator/operation.js';
import { WriteOperation, type WriteStep } from '../../../../../actors/coordinator/write.js';
import {
  type DataRecord,
  decodeRecord,
  encodeRecord,
  recordVersion,
} from '../../../../../src/core/data/record.js';
import { NO_VERSION, type NodeId, type Version } from '../../../../../src/core/data/version.js';
import { majorityOf } from '../../../../../src/core/ring/quorum.js';
import type { Stream } from '../../../../sim/world/random.js';
import type { Acceptor, Fenced } from './acceptor.js';
import type { Network } from './network.js';
import type { Options, Weather } from './options.js';
import type { Rings } from './rings.js';

export interface World {
  readonly options: Options;
  readonly weather: Weather;
  readonly random: Stream;
  readonly network: Network;
  readonly rings: Rings;
  readonly acceptors: ReadonlyMap<NodeId, Acceptor>;
  /** What happened, by name: that the runs go where it matters. */
  readonly counts: Map<string, number>;
}

export type Ended = Exclude<
  ConditionalStep,
  { next: 'wait' } | { next: 'fetch' } | { next: 'prepare' } | { next: 'store' }
>;
export type PlainEnded = { readonly version: Version } | 'unknown';

type Request = OwnerRequest;

const DEADLINE = 80;
const MAX_PLAIN_ATTEMPTS = 6;

export class Host {
  readonly #world: World;
  readonly #self: Acceptor;
  readonly #clockOffset: number;
  #time = 0;

  constructor(world: World, self: Acceptor) {
    this.#world = world;
    this.#self = self;
    this.#clockOffset = world.random.whole(0, world.weather.clockOffset);
  }

  #stamp(): Version {
    const wall = Math.floor(this.#world.network.now * 10) + this.#clockOffset;
    this.#time = Math.max(this.#time + 1, wall);
    return { epoch: this.#self.epoch, time: this.#time, node: this.#self.id };
  }

  #observe({ time }: Version): void {
    this.#time = Math.max(this.#time, time);
  }

  #register(): Register {
    const { planted } = this.#world.options;
    const { present, coming, ownersSince } = this.#world.rings.at(this.#self.epoch);
    const groups = (coming ? [present, coming] : [present]).map((owners) => {
      return planted === 'quorumOfOne' ? { owners, needed: 1 } : majorityOf(owners);
    });
    return { groups, storing: groups, ownersSince: planted === 'trustCopies' ? 0 : ownersSince };
  }

  #acceptor(owner: NodeId): Acceptor {
    return this.#world.acceptors.get(owner)!;
  }

  /** Without a change a linearizable read. */
  conditional(change: ConditionalChange | undefined, done: (ended: Ended) => void): void {
    const { network, random, counts, options } = this.#world;
    let operation = new ConditionalOperation(change);
    const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
    network.after(DEADLINE, () => {
      if (operation.phase !== 'settled') follow(operation.giveUp('late'));
    });

    const fenced = (owner: NodeId, round: number, request: Request, reply: Fenced) => {
      if (!operation.fenced(owner, round, request)) return;
      count('fenced');
      this.#learn(reply.epoch, begin);
    };
    const begin = () => {
      if (operation.phase === 'settled') return;
      if (change) prepare();
      else look();
    };

    const read = (owner: NodeId, withValue: boolean) => {
      const round = operation.round;
      const { epoch } = this.#self;
      const acceptor = this.#acceptor(owner);
      const serve = () =>
        acceptor.serve(epoch, () => ({ kind: 'held' as const, record: acceptor.record }));
      network.call(
        serve,
        (reply) => {
          if (reply === 'lost') return follow(operation.held(owner, round, LOST_READ));
          if (reply.kind === 'fenced') return fenced(owner, round, 'look', reply);
          const version = reply.record ? recordVersion(reply.record) : NO_VERSION;
          const record = withValue && reply.record ? { record: reply.record } : {};
          follow(operation.held(owner, round, { kind: 'holds', version, ...record }));
        },
        true,
      );
    };
    const look = () => {
      operation.look(this.#register(), 0);
      const { round, owners } = operation;
      const chosen = random.pick(owners);
      if (random.chance(this.#world.weather.impatient)) {
        network.after(random.exponential(2), () => {
          if (round === operation.round) follow(operation.hurry());
        });
      }
      for (const owner of owners) read(owner, owner === chosen);
    };

    const prepare = () => {
      const ballot = this.#stamp();
      operation.prepare(this.#register(), ballot, 0);
      const { round } = operation;
      for (const owner of operation.owners) {
        const acceptor = this.#acceptor(owner);
        const serve = () => acceptor.serve(ballot.epoch, () => acceptor.prepare(ballot));
        network.call(
          serve,
          (reply) => {
            if (reply === 'lost')
              follow(operation.promised(owner, round, { kind: 'failed', reason: reply }));
            else if (reply.kind === 'fenced') fenced(owner, round, 'prepare', reply);
            else if (reply.kind === 'refused') {
              follow(
                operation.promised(owner, round, { kind: 'superseded', version: reply.version }),
              );
            } else {
              const version = reply.record ? recordVersion(reply.record) : NO_VERSION;
              const record = reply.record ? { record: reply.record } : {};
              follow(operation.promised(owner, round, { kind: 'promised', version, ...record }));
            }
          },
          true,
        );
      }
    };

    const store = (record: Buffer) => {
      const { round } = operation;
      const epoch = recordVersion(record).epoch;
      const { owners } = operation;
      const crashes = random.chance(this.#world.weather.crashes);
      const reached = random.chance(0.5) ? 1 : random.whole(0, owners.length);
      for (const owner of crashes ? random.sample(owners, reached) : owners) {
        const acceptor = this.#acceptor(owner);
        const serve = () => acceptor.serve(epoch, () => acceptor.write(record, true), true);
        network.call(
          serve,
          (reply) => {
            if (reply === 'lost') follow(operation.stored(owner, round, LOST_WRITE));
            else if (reply.kind === 'fenced') fenced(owner, round, 'store', reply);
            else if (reply.kind === 'applied')
              follow(operation.stored(owner, round, { kind: 'stored' }));
            else follow(operation.stored(owner, round, supersededBy(reply)));
          },
          false,
        );
      }
      if (crashes) follow(operation.giveUp('crashed'));
    };
    const isObservation = (record: Buffer) =>
      !change || !Buffer.from(change.record.value).equals(decodeRecord(record).value);

    const follow = (step: ConditionalStep): void => {
      switch (step.next) {
        case 'wait':
          return;
        case 'fetch':
          count('fetched from another');
          return read(step.owner, true);
        case 'prepare': {
          this.#observe(step.above);
          if (step.contended) count('contended');
          else count('read by a round');
          if (options.planted === 'forgetIssued') operation = new ConditionalOperation(change);
          const { round } = operation;
          const pause = step.contended ? random.exponential(2 + 2 * round) : 0;
          return network.after(pause, () => {
            if (operation.phase === 'awaitingBallot' && operation.round === round) prepare();
          });
        }
        case 'store':
          if (isObservation(step.record)) count('identity');
          if (options.planted === 'skipIdentity' && isObservation(step.record)) {
            const { round } = operation;
            for (const owner of operation.owners) follow(operation.stored(owner, round, STORED));
            return;
          }
          return store(step.record);
        case 'failed':
          count(`${step.why}, applied ${step.applied}`);
          return done(step);
        default:
          if (!change && operation.round === 1) count('one round trip');
          count(step.next);
          return done(step);
      }
    };
    begin();
  }

  /** Superseded by a promise or by a round: begins again above it. */
  plainWrite(
    record: Omit<DataRecord, 'version'>,
    done: (ended: PlainEnded, stamps: number) => void,
  ): void {
    const { network, options, counts } = this.#world;
    let stamps = 0;
    let isOver = false;
    const end = (ended: PlainEnded) => {
      if (isOver) return;
      isOver = true;
      done(ended, stamps);
    };
    network.after(DEADLINE, () => end('unknown'));
    const again = (): Version | undefined => {
      if (isOver) return undefined;
      if (stamps >= (options.plainWrites === 'once' ? 1 : MAX_PLAIN_ATTEMPTS)) {
        end('unknown');
        return undefined;
      }
      stamps++;
      return this.#stamp();
    };

    const begin = () => {
      let version = again();
      if (!version) return;
      const { epoch } = this.#self;
      const operation = new WriteOperation();
      operation.begin(this.#register().groups);
      operation.stamped(version);
      const restart = () => {
        if (operation.phase === 'settled') return;
        operation.giveUp('superseded by a round');
        begin();
      };
      const send = (stamped: Version) => {
        const encoded = encodeRecord({ ...record, version: stamped });
        const { round } = operation;
        for (const owner of operation.owners) {
          const acceptor = this.#acceptor(owner);
          const serve = () => acceptor.serve(epoch, () => acceptor.write(encoded, false), true);
          network.call(
            serve,
            (reply) => {
              if (reply === 'lost') return follow(operation.stored(owner, round, LOST_WRITE));
              if (reply.kind === 'applied') return follow(operation.stored(owner, round, STORED));
              if (reply.kind === 'fenced') {
                if (operation.fenced(owner, round)) this.#learn(reply.epoch, begin);
                return;
              }
              this.#observe(reply.version);
              if (reply.by !== 'plain' && options.planted !== 'roundSupersedes') {
                if (round === operation.round) restart();
              } else follow(operation.stored(owner, round, supersededBy(reply)));
            },
            false,
          );
        }
      };
      const follow = (step: WriteStep): void => {
        if (step.next === 'applied') end({ version: version! });
        else if (step.next === 'failed') end('unknown');
        else if (step.next === 'restamp') {
          counts.set('stamped again', (counts.get('stamped again') ?? 0) + 1);
          this.#observe(step.above);
          version = again();
          if (!version) return;
          operation.stamped(version);
          send(version);
        }
      };
      send(version);
    };
    begin();
  }

  /** The ring of an epoch comes, after a while. */
  #learn(epoch: number, then: () => void): void {
    this.#world.network.after(this.#world.network.delay(), () => {
      this.#self.adopt(epoch);
      then();
    });
  }
}

/** By whom is decided here, so that a bug can be planted in it. */
function supersededBy({ version }: { readonly version: Version }) {
  return { kind: 'superseded', version } as const;
}

const STORED = { kind: 'stored' } as const;
const LOST_WRITE = { kind: 'lost', reason: 'timeout' } as const;
const LOST_READ = { kind: 'failed', reason: 'timeout' } as const;
