import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { FlowNetwork } from '../../../src/core/ring/min-cost-flow.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('flow');

test('an early choice stands in the way -> it is pushed back', () => {
  const network = new FlowNetwork();
  const { source, a, b, c, d, sink } = vertices(network, 'source', 'a', 'b', 'c', 'd', 'sink');
  network.addArc(source, a, 1);
  network.addArc(source, b, 1);
  const early = network.addArc(a, c, 1);
  network.addArc(a, d, 1, 1);
  const only = network.addArc(b, c, 1);
  network.addArc(c, sink, 1);
  network.addArc(d, sink, 1);
  assert.is(network.fill(source, sink), 2);
  assert.is(network.flowOn(early), 0);
  assert.is(network.flowOn(only), 1);
});

test('two routes, one dear -> the cheap one first, the dear one for the rest', () => {
  const network = new FlowNetwork();
  const { source, gate, sink } = vertices(network, 'source', 'gate', 'sink');
  network.addArc(source, gate, 4);
  const dear = network.addArc(gate, sink, 5, 2);
  const cheap = network.addArc(gate, sink, 3, 1);
  assert.is(network.fill(source, sink), 4);
  assert.equal([network.flowOn(cheap), network.flowOn(dear)], [3, 1]);
});

test('two routes at one price behind a gate -> no more than the gate lets through', () => {
  const network = new FlowNetwork();
  const { source, gate, a, b, sink } = vertices(network, 'source', 'gate', 'a', 'b', 'sink');
  network.addArc(source, gate, 4);
  const arcs = [a, b].map((vertex) => network.addArc(gate, vertex, 3));
  for (const vertex of [a, b]) network.addArc(vertex, sink, 3);
  assert.is(network.fill(source, sink), 4);
  assert.equal(
    arcs.map((arc) => network.flowOn(arc)),
    [3, 1],
  );
});

test('a long way for nothing, a short one at a cost -> the long one', () => {
  const network = new FlowNetwork();
  const { source, gate, sink } = vertices(network, 'source', 'gate', 'sink');
  network.addArc(source, gate, 1);
  const short = network.addArc(gate, sink, 1, 1);
  let last = gate;
  for (let step = 0; step < 6; step++) {
    const next = network.addVertex();
    network.addArc(last, next, 1);
    last = next;
  }
  const long = network.addArc(last, sink, 1);
  assert.is(network.fill(source, sink), 1);
  assert.equal([network.flowOn(long), network.flowOn(short)], [1, 0]);
});

test('an arc into the sink is widened -> the flow goes on, and what it carried stays', () => {
  const network = new FlowNetwork();
  const { source, a, b, sink } = vertices(network, 'source', 'a', 'b', 'sink');
  network.addArc(source, a, 9);
  network.addArc(source, b, 9, 1);
  const fromA = network.addArc(a, sink, 2);
  const fromB = network.addArc(b, sink, 2);
  assert.is(network.fill(source, sink), 4);
  network.widen(fromA, 3);
  assert.is(network.fill(source, sink), 3);
  assert.equal([network.flowOn(fromA), network.flowOn(fromB)], [5, 2]);
  assert.is(network.fill(source, sink), 0);
});

test('workers and jobs at any cost -> as many pairs as trying all finds, and as cheap', () => {
  const costs = fc.integer({ min: 1, max: 4 }).chain((jobs) => {
    const cost = fc.option(fc.nat(5), { freq: 3 });
    const worker = fc.array(cost, { minLength: jobs, maxLength: jobs });
    return fc.array(worker, { minLength: 1, maxLength: 5 });
  });
  fc.assert(
    fc.property(costs, (table) => {
      const network = new FlowNetwork();
      const { source, sink } = vertices(network, 'source', 'sink');
      const jobs = table[0]!.map(() => network.addVertex());
      for (const job of jobs) network.addArc(job, sink, 1);
      const pairs = table.flatMap((row) => {
        const worker = network.addVertex();
        network.addArc(source, worker, 1);
        return row.flatMap((cost, job) =>
          cost === null ? [] : [{ cost, arc: network.addArc(worker, jobs[job]!, 1, cost) }],
        );
      });
      const count = network.fill(source, sink);
      const cost = pairs.reduce((sum, { cost, arc }) => sum + cost * network.flowOn(arc), 0);
      assert.equal({ count, cost }, bestPairing(table, 0, new Set()));
    }),
    { numRuns: 300 },
  );
});

type Pairing = { count: number; cost: number };

/** Tries everything: each worker from `worker` on takes a free job or none. */
function bestPairing(
  table: readonly (readonly (number | null)[])[],
  worker: number,
  taken: ReadonlySet<number>,
): Pairing {
  const row = table[worker];
  if (!row) return { count: 0, cost: 0 };
  let best = bestPairing(table, worker + 1, taken);
  for (const [job, cost] of row.entries()) {
    if (cost === null || taken.has(job)) continue;
    const rest = bestPairing(table, worker + 1, new Set(taken).add(job));
    const pairing = { count: rest.count + 1, cost: rest.cost + cost };
    const isMore = pairing.count > best.count;
    if (isMore || (pairing.count === best.count && pairing.cost < best.cost)) best = pairing;
  }
  return best;
}

function vertices<Name extends string>(network: FlowNetwork, ...names: Name[]) {
  return Object.fromEntries(names.map((name) => [name, network.addVertex()])) as {
    [name in Name]: number;
  };
}

test.run();
