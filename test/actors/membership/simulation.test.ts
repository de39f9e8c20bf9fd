/**
 * Many nodes on a simulated network: deaths are found, the living are left alone, and whatever
 * happened, in the end there is one view. All times are simulated, so no figure depends on the
 * machine; T = 1 s is the protocol period.
 */
import * as assert from 'uvu/assert';
import { suite } from '../../support/runner/suite.js';
import { type SimulatedNode, Simulation, type SimulationOptions } from './harness.js';

const test = suite('membership simulation');

const seeds = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** A cluster that has run for a while and agrees. */
function settled(options: SimulationOptions): Simulation {
  const simulation = new Simulation(options);
  simulation.start();
  simulation.runFor(20_000 + simulation.random.between(0, 5000));
  assert.ok(simulation.isSettled(), `seed ${options.seed}: one view after the start`);
  return simulation;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Milliseconds from a crash until somebody suspects, and until everybody declares it dead. */
function crash(options: SimulationOptions, hint: boolean) {
  const simulation = settled(options);
  const victim = simulation.random.pick(simulation.nodes);
  const crashedAt = simulation.now;
  let suspected: number | undefined;
  simulation.onFact = (_, fact) => {
    if (fact.type === 'member.suspect') suspected ??= simulation.now - crashedAt;
  };
  victim.crash({ hint });
  const dead = simulation.runUntil(
    () => simulation.running.every((node) => node.memberStatus(victim.id) === 'dead'),
    60_000,
  );
  assert.ok(dead !== undefined && suspected !== undefined, `seed ${options.seed}`);
  return { suspected, dead };
}

test('5 nodes, one crashes -> dead everywhere, in the median within 8 T, at most 14 T', () => {
  const all = seeds(40).map((seed) => crash({ nodes: 5, seed }, false));
  assert.ok(median(all.map(({ dead }) => dead)) <= 8000);
  assert.ok(Math.max(...all.map(({ dead }) => dead)) <= 14_000);
  const mean = all.reduce((sum, { suspected }) => sum + suspected, 0) / all.length;
  assert.ok(mean <= 2000, `first suspicion after ${mean} ms in the mean`);
});

test('5 nodes, one crashes and its connections break -> within 6 T', () => {
  for (const seed of seeds(10)) assert.ok(crash({ nodes: 5, seed }, true).dead <= 6000);
});

test('50 nodes, one crashes -> dead everywhere, in the median within 12 T', () => {
  const all = seeds(3).map((seed) => crash({ nodes: 50, seed }, false).dead);
  assert.ok(median(all) <= 12_000, `${all}`);
});

test('healthy, 1 % loss, an hour -> nobody dies', () => {
  const simulation = settled({ nodes: 5, seed: 1, loss: 0.01 });
  const deaths: string[] = [];
  let answers = 0;
  simulation.onFact = (_, fact) => {
    if (fact.type === 'member.dead') deaths.push(fact.id);
    if (fact.type === 'clock.offset') answers++;
  };
  simulation.runFor(3_600_000);
  assert.equal(deaths, []);
  assert.ok(answers > 3600 * 4, 'they did probe');
});

for (const nodes of [2, 3, 10, 20]) {
  test(`${nodes} nodes cut in halves -> one view within 10 T of the healing`, () => {
    for (const seed of seeds(3)) {
      const simulation = settled({ nodes, seed });
      const left = new Set(simulation.nodes.slice(0, nodes >> 1));
      simulation.isCut = (from, to) => left.has(from) !== left.has(to);
      simulation.runFor(120_000);
      for (const node of simulation.nodes) {
        const dead = node.members().filter(({ status }) => status === 'dead').length;
        assert.is(dead, left.has(node) ? nodes - left.size : left.size, 'the other half is dead');
      }
      simulation.isCut = () => false;
      const took = simulation.runUntil(() => simulation.isSettled(), 10_000);
      assert.ok(took !== undefined, `seed ${seed}`);
    }
  });
}

test('one direction is cut -> nobody dies: others carry the answers', () => {
  const simulation = settled({ nodes: 5, seed: 7 });
  const [a, b] = simulation.nodes;
  const deaths: string[] = [];
  simulation.onFact = (_, fact) => {
    if (fact.type === 'member.dead') deaths.push(fact.id);
  };
  simulation.isCut = (from, to) => from === a && to === b;
  simulation.runFor(600_000);
  assert.equal(deaths, []);
});

test('all restart within 2 T, some long thought dead -> one view within 10 T', () => {
  for (const connect of [true, false]) {
    for (const seed of seeds(3)) {
      const simulation = settled({ nodes: 20, seed, connect });
      for (const node of simulation.nodes.slice(0, 10)) node.crash();
      simulation.runFor(30_000);
      for (const node of simulation.nodes) {
        node.crash();
        simulation.scheduler.after(simulation.random.between(0, 2000), () => node.start());
      }
      simulation.runFor(2000);
      const took = simulation.runUntil(() => simulation.isSettled(), 10_000);
      assert.ok(took !== undefined, `seed ${seed}`);
    }
  }
});

test('a restart within one period -> the same member, a new process, never dead', () => {
  const simulation = settled({ nodes: 5, seed: 3 });
  const victim = simulation.nodes[2]!;
  const facts: string[] = [];
  const restartedFor = new Set<SimulatedNode>();
  simulation.onFact = (node, fact) => {
    if (!('id' in fact) || fact.id !== victim.id) return;
    facts.push(fact.type);
    if (fact.type === 'member.restarted') restartedFor.add(node);
  };
  victim.crash();
  simulation.runFor(400);
  victim.start();
  simulation.runFor(10_000);
  assert.is(restartedFor.size, 4);
  assert.not.ok(facts.includes('member.dead'));
  assert.ok(simulation.isSettled());
});

test('a leave -> left everywhere within 5 T, and never dead', () => {
  const simulation = settled({ nodes: 20, seed: 5 });
  const leaver = simulation.nodes[4]!;
  const facts = new Set<string>();
  simulation.onFact = (_, fact) => {
    if ('id' in fact && fact.id === leaver.id) facts.add(fact.type);
  };
  leaver.leave();
  simulation.runFor(5000);
  assert.not.ok(leaver.isRunning);
  for (const node of simulation.running) assert.is(node.memberStatus(leaver.id), 'left');
  simulation.runFor(60_000);
  assert.not.ok(facts.has('member.dead'));
});

/** One node stalls for 1.5 s of every 2 s; what the others are accused of in 20 minutes. */
function stalling(options: Partial<SimulationOptions>) {
  const simulation = settled({ nodes: 10, seed: 1, loss: 0.01, ...options });
  const victim = simulation.nodes[0]!;
  const accused = { suspect: 0, dead: 0 };
  simulation.onFact = (_, fact) => {
    if (!('id' in fact) || fact.id === victim.id) return;
    if (fact.type === 'member.suspect') accused.suspect++;
    if (fact.type === 'member.dead') accused.dead++;
  };
  const stall = () => {
    victim.stall(1500);
    simulation.scheduler.after(2000, stall);
  };
  stall();
  simulation.runFor(1_200_000);
  return accused;
}

test('a stalling node accuses nobody, where plain SWIM accuses all the time', () => {
  const plain = { config: { lifeguard: false }, deferTimers: false };
  const accused = stalling({});
  const accusedByPlain = stalling(plain);
  assert.is(accused.dead, 0);
  assert.ok(
    accused.suspect * 20 <= accusedByPlain.suspect,
    JSON.stringify([accused, accusedByPlain]),
  );
  assert.ok(accusedByPlain.suspect > 30, 'the scenario bites');
});

test('stopped for 30 s, while all others hold it dead -> back, and it blames nobody', () => {
  const simulation = settled({ nodes: 5, seed: 9 });
  const [victim, ...others] = simulation.nodes;
  simulation.runFor(700);
  victim!.stall(30_000);
  simulation.runFor(29_900);
  for (const node of others) assert.is(node.memberStatus(victim!.id), 'dead');
  const blamed: string[] = [];
  simulation.onFact = (node, fact) => {
    if (node === victim && fact.type === 'member.dead') blamed.push(fact.id);
  };
  const took = simulation.runUntil(() => simulation.isSettled(), 10_100);
  assert.ok(took !== undefined);
  assert.equal(blamed, []);
});

test('wall clocks that differ -> the difference is seen on the probes', () => {
  const simulation = settled({ nodes: 3, seed: 2 });
  const [ahead, other] = simulation.nodes;
  ahead!.clockOffsetMs = 700;
  const offsets: number[] = [];
  simulation.onFact = (node, fact) => {
    if (fact.type !== 'clock.offset' || node !== other || fact.id !== ahead!.id) return;
    assert.ok(Math.abs(fact.offsetMs - 700) <= fact.roundTripMs / 2 + 1e-6);
    offsets.push(fact.offsetMs);
  };
  simulation.runFor(20_000);
  assert.ok(offsets.length >= 5);
});

test('messages per node and period do not depend on the number of nodes', () => {
  const rates = [5, 50].map((nodes) => {
    const simulation = settled({ nodes, seed: 1 });
    simulation.sent.clear();
    simulation.runFor(60_000);
    const total = [...simulation.sent.values()].reduce((sum, count) => sum + count, 0);
    return total / nodes / 60;
  });
  for (const rate of rates) assert.ok(Math.abs(rate / rates[0]! - 1) <= 0.2, `${rates}`);
  assert.ok(rates[0]! <= 3, `${rates}`);
});

test('the same seed -> the same run', () => {
  const run = () => {
    const simulation = settled({ nodes: 8, seed: 42, loss: 0.05 });
    const trace: string[] = [];
    simulation.onFact = (node, fact) => trace.push(`${simulation.now} ${node.id} ${fact.type}`);
    simulation.nodes[3]!.crash();
    simulation.runFor(30_000);
    return trace.join('\n');
  };
  assert.is(run(), run());
});

test.run();
