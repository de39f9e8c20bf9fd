/** Sizes for a plan: who is asked, whose word counts, and who did not answer. */

import * as assert from 'uvu/assert';
import type { ExplainedPlan } from '../../../src/core/planning/sentences.js';
import type { Failure } from '../../../src/core/requests.js';
import { computeLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import type { Message, MessageOf, Reply } from '../../../src/core/wire/messages.js';
import { planChange } from '../../../src/node/operator/planning.js';
import { Calls } from '../../../src/node/rpc/calls.js';
import type { Transport } from '../../../src/ports.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('plan of a node');
const IDS = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(16));
const [A, B, C, D] = IDS as [string, string, string, string];
const PARTITIONS = 8;

type Sizes = MessageOf<'node.sized'>['sizes'];

function ringOf(ids: readonly string[]): Ring {
  const members = ids.map((id, i) => {
    return { id, address: `127.0.0.1:${8000 + i}`, weight: 1, zone: 'z' };
  });
  const replication = foundingReplication({ replicas: 3 });
  const layout = computeLayout({ members, partitions: PARTITIONS, replicas: 3 });
  return { clusterId: 'c'.repeat(32), epoch: 1, ...replication, members, layout };
}

function start(ring: Ring | undefined, own: Sizes = [], unreachable: readonly string[] = []) {
  const clock = new ManualClock();
  const asked = new Map<string, Reply>();
  const transport = {
    send: (to: string, message: Message) => {
      if (unreachable.includes(to)) return false;
      asked.set(to, message as Reply);
      return true;
    },
  } as unknown as Transport;
  const calls = new Calls({
    self: A,
    transport,
    clock,
    serve: (_, request, reply) => {
      reply({ type: 'node.sized', call: (request as Reply).call, sizes: own });
    },
  });
  const plans: (ExplainedPlan | Failure)[] = [];
  planChange(
    {
      ring,
      calls,
      change: { kind: 'leave', ids: [D] },
      isAlive: () => true,
    },
    (plan) => plans.push(plan),
  );
  return {
    asked,
    clock,
    plans,
    answer(from: string, sizes: Sizes) {
      calls.settle(from, { type: 'node.sized', call: asked.get(from)!.call, sizes });
    },
    /** The only answer, which has to be a plan. */
    plan(): ExplainedPlan {
      assert.is(plans.length, 1);
      const [plan] = plans;
      if (!plan || 'ok' in plan) throw new Error(`no plan: ${JSON.stringify(plan)}`);
      return plan;
    },
  };
}

function all(rows: number): Sizes {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    return { partition, rows, bytes: rows * 10 };
  });
}

test('every member answers -> of each partition, what the owner with most of it holds', () => {
  const ring = ringOf(IDS);
  const { asked, answer, plan } = start(ring, all(1));
  assert.equal([...asked.keys()], [B, C, D]);
  answer(B, all(2));
  answer(C, all(3));
  answer(D, all(1));
  const { nodes, unanswered } = plan();
  assert.equal(unanswered, []);
  const rows = ring.layout.map((owners) => (owners.includes(2) ? 3 : 2));
  for (const [index, { before }] of nodes.entries()) {
    let due = 0;
    for (const [p, owners] of ring.layout.entries()) if (owners.includes(index)) due += rows[p]!;
    assert.equal([before.rows, before.bytes], [due, 10 * due]);
  }
});

test('who owns nothing of a partition any more -> what it still holds does not count', () => {
  const ring = ringOf(IDS);
  const { answer, plan } = start(ring, []);
  const foreign = ring.layout.findIndex((owners) => !owners.includes(1));
  answer(B, [
    { partition: foreign, rows: 1000, bytes: 1000 },
    { partition: 65535, rows: 1000, bytes: 1000 },
  ]);
  answer(C, []);
  answer(D, []);
  for (const { before } of plan().nodes) assert.is(before.rows, 0);
});

test('one is silent, one cannot be reached -> a plan all the same, and it names them', () => {
  const { answer, clock, plan, plans } = start(ringOf(IDS), all(5), [D]);
  answer(B, all(5));
  assert.is(plans.length, 0);
  clock.advance(10_000);
  const { unanswered, warnings, nodes } = plan();
  assert.equal(unanswered, [C, D]);
  assert.match(warnings.join('\n'), new RegExp(`${C}, ${D} did not say`));
  for (const { before } of nodes) assert.is(before.rows, before.partitions * 5);
});

test('a cluster of one, and no ring at all -> answered at once', () => {
  assert.is(start(ringOf([A]), all(1)).plan().nodes.length, 1);
  const [outcome] = start(undefined).plans;
  assert.ok(outcome && 'ok' in outcome && outcome.code === 'not_ready');
});

test.run();
