/** What three nodes under a heavy load tell, made up: as many events each second as are wanted. */
import type { NodeId } from '../../src/core/data/version.js';
import type { Ring } from '../../src/core/ring/ring.js';
import type { FactFrame, Frame } from '../../src/events/frame.js';
import { NOTHING_KNOWN, type NodeView } from '../../src/events/view.js';

const NODES: readonly NodeId[] = ['a', 'b', 'c'].map((letter) => letter.repeat(16));
const PARTITIONS = 256;
const MACHINES = ['node', 'membership', 'ring', 'coordinator', 'stabilizer', 'hints', 'transfer'];
const SAMPLE_MS = 5000;

const ring: Ring = {
  ...{ clusterId: 'f'.repeat(16), epoch: 7, replicas: 3, writeQuorum: 2, readQuorum: 2 },
  members: NODES.map((id) => ({ id, address: addressOf(id), weight: 1, zone: 'default' })),
  layout: Array.from({ length: PARTITIONS }, (_, partition) =>
    NODES.map((_, place) => (partition + place) % NODES.length),
  ),
};

function addressOf(id: NodeId): string {
  return `127.0.0.1:${8080 + NODES.indexOf(id)}`;
}

export class MadeUpEvents {
  #seq = 0;
  #sampledAt = 0;

  /** How things stand at all nodes. */
  snapshots(at: number): Frame[] {
    return NODES.map((node) => ({ type: 'snapshot', seq: 0, at, node, view: viewOf(node, at) }));
  }

  /** `at`: milliseconds since 1970. */
  next(count: number, at: number): Frame[] {
    const frames: Frame[] = Array.from({ length: count }, () => this.#frame(at));
    if (at - this.#sampledAt < SAMPLE_MS) return frames;
    this.#sampledAt = at;
    return [...frames, ...NODES.map((node) => this.#sample(node, at))];
  }

  #frame(at: number): FactFrame {
    const seq = ++this.#seq;
    const head = { seq, at, node: NODES[seq % NODES.length]! };
    const peer = NODES[(seq + 1) % NODES.length]!;
    // Steps of actors are most of what a loaded node tells.
    switch (seq % 20) {
      case 0:
        return {
          ...head,
          type: 'repair.done',
          partition: seq % PARTITIONS,
          records: 3,
          bytes: 900,
        };
      case 7:
        return { ...head, type: 'clock.offset', id: peer, offsetMs: 0.2, roundTripMs: 1.4 };
      case 13:
        return {
          ...{ ...head, type: 'request.slow', operation: 'put', level: 'quorum', outcome: 'ok' },
          ...{ key: `orders/${seq}`, tookMs: 700, steps: [], unsaid: 0 },
        };
      default: {
        const machine = MACHINES[seq % MACHINES.length]!;
        const [from, to] = seq % 2 === 0 ? ['idle', 'busy'] : ['busy', 'idle'];
        return {
          ...{ ...head, type: 'actor.transition', actor: machine, machine, event: 'tick' },
          ...{ fields: { partition: `${seq % PARTITIONS}` }, actions: ['note'], refused: [] },
          ...{ from: [`${machine}.${from}`], to: [`${machine}.${to}`] },
          ...{ edges: [`${machine}.${from}:tick`], changed: { waiting: `${seq}` } },
        };
      }
    }
  }

  #sample(node: NodeId, at: number): FactFrame {
    const seq = ++this.#seq;
    return {
      ...{
        type: 'node.sampled',
        seq,
        at,
        node,
        ms: SAMPLE_MS,
        gets: 9000,
        puts: 4000,
        deletes: 10,
      },
      ...{ failed: 1, p50Ms: 2, p99Ms: 10, inFlight: 32, lateMs: 3, rows: 2000, bytes: 1 << 20 },
      ...{ hints: [], residentBytes: 1 << 27 },
    };
  }
}

function viewOf(node: NodeId, at: number): NodeView {
  const others = NODES.filter((id) => id !== node);
  const each = <T>(value: (id: NodeId) => T) =>
    Object.fromEntries(others.map((id) => [id, value(id)]));
  return {
    ...NOTHING_KNOWN,
    ...{ address: addressOf(node), bootId: node, state: 'serving', ring },
    members: each((id) => ({ address: addressOf(id), status: 'alive', since: at })),
    peers: each((id) => ({ address: addressOf(id) })),
    actors: Object.fromEntries(
      MACHINES.map((machine) => {
        return [machine, { machine, parent: 'node', active: ['idle'], fired: [], since: at }];
      }),
    ),
  };
}
