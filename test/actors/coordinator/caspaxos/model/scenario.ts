/**
 * One random run: clients, a network that loses and reorders, repairs between owners and, if asked
 * for, changing owners; and what clients could hold against it afterwards. The operations are the
 * real ones of `actors/coordinator`; everything around them is small and adversarial.
 */
import type { ConditionalChange } from '../../../../../actors/coordinator/caspaxos/steps.js';
import { decodeRecord, type EncodedRecord } from '../../../../../src/core/data/record.js';
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type Version,
} from '../../../../../src/core/data/version.js';
import type { Condition } from '../../../../../src/core/requests.js';
import { Stream } from '../../../../sim/world/random.js';
import { checkLinearizable } from '../../../../support/linearizability/checker.js';
import type { Operation, State } from '../../../../support/linearizability/register.js';
import { Acceptor } from './acceptor.js';
import { type Ended, Host, type World } from './host.js';
import { Network } from './network.js';
import { type Options, weatherOf } from './options.js';
import { Puller } from './puller.js';
import { pullersOf, Rings, randomOwners } from './rings.js';

const NODES = Array.from({ length: 6 }, (_, index) => `00000000000000a${index}`);
const KEY = Buffer.from('k');
const END = 1000;

export interface Outcome {
  readonly history: readonly Operation[];
  /** The same, but every stamp of a plain write may take effect, while it is under way, or not. */
  readonly lenient: readonly Operation[];
  readonly counts: ReadonlyMap<string, number>;
  /** What was acknowledged too soon, or went back; empty if all is well. */
  readonly faults: readonly string[];
}

interface Known {
  readonly version: Version;
  readonly state: State;
}

/** With when it was observed or written, to compare versions by real time. */
interface Stamped {
  readonly invoke: number;
  readonly complete: number;
  readonly version: Version;
  readonly isWrite: boolean;
}

export class Scenario {
  readonly #world: World;
  readonly #hosts: Host[];
  readonly #pullers: ReadonlyMap<string, Puller>;
  readonly #history: Operation[] = [];
  readonly #lenient: Operation[] = [];
  readonly #known: Known[] = [];
  readonly #stamped: Stamped[] = [];
  readonly #faults: string[] = [];
  #left: number;

  constructor(options: Options) {
    const random = new Stream(options.seed, 'conditional');
    const weather = weatherOf(random, options.weather);
    const network = new Network(random, weather);
    const acceptors = new Map(
      NODES.map((id): [string, Acceptor] => {
        const onRing = (epoch: number) => this.#pullers.get(id)!.begin(epoch);
        return [id, new Acceptor(id, options.planted, onRing)];
      }),
    );
    const first = options.ringChanges ? randomOwners(random, NODES) : random.sample(NODES, 3);
    const rings = new Rings(first);
    this.#world = { options, weather, random, network, rings, acceptors, counts: new Map() };
    const hosts = new Map(NODES.map((id) => [id, new Host(this.#world, acceptors.get(id)!)]));
    this.#hosts = [...hosts.values()];
    this.#pullers = new Map(
      NODES.map((id) => [id, new Puller(this.#world, acceptors.get(id)!, hosts.get(id)!)]),
    );
    this.#left = options.operations;
  }

  run(): Outcome {
    const { options, network, weather } = this.#world;
    for (let client = 0; client < weather.clients; client++) this.#think();
    if (weather.repairs > 0) this.#repair();
    if (options.ringChanges) this.#changeRing(2);
    network.run(END);
    this.#compareVersions();
    return {
      history: this.#history,
      lenient: this.#lenient,
      counts: this.#world.counts,
      faults: this.#faults,
    };
  }

  #think(): void {
    const { network, random, rings, weather } = this.#world;
    network.after(random.exponential(3), () => {
      if (weather.quietChanges && rings.last.coming && network.now < END / 2) this.#think();
      else if (this.#left-- > 0) this.#act();
    });
  }

  #act(): void {
    const { random, weather, options } = this.#world;
    const host = random.pick(this.#hosts);
    if (random.chance(weather.reads)) this.#conditional(host, undefined);
    else if (options.plainWrites !== 'none' && random.chance(0.5)) this.#plainWrite(host);
    else this.#conditional(host, this.#change());
  }

  #record() {
    const state = this.#world.random.chance(0.2) ? undefined : `v${this.#left}`;
    const tombstone = state === undefined;
    const value = Buffer.from(state ?? '');
    return { state, record: { key: KEY, tombstone, expiresAt: 0, contentType: '', value } };
  }

  #change(): { change: ConditionalChange; expected: State | 'anything'; state: State } {
    const { random } = this.#world;
    const { state, record } = this.#record();
    const known = random.chance(0.7) ? this.#known.at(-1) : this.#known[0];
    const kind = known
      ? random.pick(['matches', 'matches', 'matches', 'absent', 'always'])
      : 'absent';
    if (kind === 'matches') {
      const condition: Condition = { kind, versions: [known!.version] };
      // What was deleted matches nothing.
      return { change: { condition, record }, expected: known!.state ?? 'never', state };
    }
    const condition: Condition = { kind: kind as 'absent' | 'always' };
    const expected = kind === 'absent' ? undefined : 'anything';
    return { change: { condition, record }, expected, state };
  }

  #conditional(
    host: Host,
    wanted: { change: ConditionalChange; expected: State | 'anything'; state: State } | undefined,
  ): void {
    const { network } = this.#world;
    const invoke = network.now;
    host.conditional(wanted?.change, (ended) => {
      const complete = network.now;
      this.#note(ended, invoke, wanted);
      if (ended.next !== 'failed') {
        const version = versionOf(ended);
        this.#stamped.push({ invoke, complete, version, isWrite: ended.next === 'applied' });
      }
      this.#think();
    });
  }

  #note(
    ended: Ended,
    invoke: number,
    wanted: { expected: State | 'anything'; state: State } | undefined,
  ): void {
    const complete = this.#world.network.now;
    const done = { key: 'k', invoke, complete, outcome: 'ok' } as const;
    if (ended.next === 'found') {
      const observed = this.#learn(ended.record);
      this.#add({ ...done, kind: 'read', observed });
    }
    if (!wanted) return;
    const { expected, state } = wanted;
    const change = ((): Operation => {
      if (expected !== 'anything') return { ...done, kind: 'cas', expected, value: state };
      if (state === undefined) return { ...done, kind: 'delete' };
      return { ...done, kind: 'write', value: state };
    })();
    if (ended.next === 'applied') {
      this.#add(change);
      this.#known.push({ version: ended.version, state });
      this.#demandMajority(ended.version);
    } else if (ended.next === 'preconditionFailed' && change.kind === 'cas') {
      this.#add({ ...change, failed: { observed: this.#learn(ended.record) } });
    } else if (ended.next === 'failed' && ended.applied === 'unknown') {
      this.#add({ ...change, outcome: 'unknown', complete: Number.POSITIVE_INFINITY });
    }
  }

  #learn(record: EncodedRecord | undefined): State {
    if (!record) return undefined;
    const { version, tombstone, value } = decodeRecord(record);
    const state = tombstone ? undefined : Buffer.from(value).toString();
    this.#known.push({ version, state });
    return state;
  }

  #plainWrite(host: Host): void {
    const { network } = this.#world;
    const invoke = network.now;
    const { state, record } = this.#record();
    host.plainWrite(record, (ended, stamps) => {
      const isUnknown = ended === 'unknown';
      const complete = isUnknown ? Number.POSITIVE_INFINITY : network.now;
      const what = state === undefined ? { kind: 'delete' } : { kind: 'write', value: state };
      const during = { key: 'k', invoke, complete, ...what };
      this.#history.push({ ...during, outcome: isUnknown ? 'unknown' : 'ok' } as Operation);
      for (let stamp = 0; stamp < stamps; stamp++) {
        this.#lenient.push({ ...during, outcome: 'unknown' } as Operation);
      }
      if (!isUnknown) {
        const { version } = ended;
        this.#known.push({ version, state });
        this.#stamped.push({ invoke, complete, version, isWrite: true });
        this.#demandMajority(version);
      }
      this.#think();
    });
  }

  #add(operation: Operation): void {
    this.#history.push(operation);
    this.#lenient.push(operation);
  }

  /** What is acknowledged is on a majority of the owners, or was overwritten there. */
  #demandMajority(version: Version): void {
    const { rings, acceptors, options } = this.#world;
    if (options.ringChanges) return;
    const owners = rings.last.present.map((id) => acceptors.get(id)!);
    const holders = owners.filter((owner) => compareVersions(owner.version, version) >= 0).length;
    if (holders * 2 <= owners.length) {
      this.#faults.push(`${formatVersion(version)} was acknowledged with ${holders} holders`);
    }
  }

  /** What begins after something was answered sees that or something newer, or stores it. */
  #compareVersions(): void {
    for (const before of this.#stamped) {
      for (const after of this.#stamped) {
        if (before.complete >= after.invoke) continue;
        const order = compareVersions(after.version, before.version);
        if (order > 0 || (order === 0 && !after.isWrite)) continue;
        const [a, b] = [formatVersion(before.version), formatVersion(after.version)];
        this.#faults.push(`${b} was answered after ${a}`);
      }
    }
  }

  /** An owner passes on what it holds to another, as hints and repairs do. */
  #repair(): void {
    const { network, random, acceptors, rings, weather } = this.#world;
    network.after(random.exponential(10 / weather.repairs), () => {
      const from = acceptors.get(random.pick(NODES))!;
      const { epoch, record } = from;
      const { present, coming = [] } = rings.at(epoch);
      const owners = [...present, ...coming];
      const to = acceptors.get(random.pick(owners))!;
      if (record && owners.includes(from.id)) {
        network.call(
          () => to.serve(epoch, () => to.write(record, from.byRound), true),
          () => undefined,
          true,
        );
      }
      if (network.now < END / 2) this.#repair();
    });
  }

  /** Decides rings; that nodes hear of them takes its time. */
  #changeRing(changes: number): void {
    const { network, random, rings } = this.#world;
    const spread = () => {
      const { epoch } = rings.last;
      for (const acceptor of this.#world.acceptors.values()) {
        network.after(random.exponential(random.pick([1, 30])), () => acceptor.adopt(epoch));
      }
    };
    const begin = () => {
      rings.transition(randomOwners(random, NODES, rings.last.present));
      spread();
      const { epoch } = rings.last;
      if (random.chance(0.2)) {
        network.after(random.exponential(10), () => {
          if (rings.last.epoch !== epoch) return;
          if (random.chance(0.5)) return begin();
          rings.giveUp();
          spread();
        });
      }
      waitForPulls(epoch);
    };
    const waitForPulls = (epoch: number) => {
      network.after(random.exponential(3), () => {
        if (rings.last.epoch !== epoch) return;
        const pullers = pullersOf(rings.last).map((id) => this.#pullers.get(id)!);
        if (!pullers.every((puller) => puller.isDone(epoch))) return waitForPulls(epoch);
        rings.settle();
        spread();
        if (changes > 1) this.#changeRing(changes - 1);
      });
    };
    network.after(random.exponential(15), begin);
  }
}

function versionOf(ended: Exclude<Ended, { next: 'failed' }>): Version {
  if (ended.next === 'applied') return ended.version;
  return ended.record ? decodeRecord(ended.record).version : NO_VERSION;
}

/** What is wrong with a history; undefined if it is linearizable. */
export function faultIn(history: readonly Operation[]): string | undefined {
  const verdict = checkLinearizable(history);
  if (verdict.verdict === 'linearizable') return undefined;
  return verdict.verdict === 'not' ? verdict.explanation : 'undecided';
}
