/** Nodes that expect each other: whoever hears of whom and when, one of them founds. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type JoinRequest, judgeNewcomer, Meeting } from '../../../actors/ring/newcomers.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Member, Ring } from '../../../src/core/ring/ring.js';
import type { MemberStatus } from '../../../src/core/status.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('ring: newcomers');
const member = (n: number): Member => {
  return { id: n.toString(16).padStart(16, '0'), address: `h:${n}`, weight: 1, zone: '' };
};

function meetingOf(nodes: number, expect = nodes): Meeting[] {
  return Array.from({ length: nodes }, (_, n) => {
    return new Meeting(member(n), { expect, partitions: 1 });
  });
}

/** Node `from` asks node `to`. */
function ask(meetings: readonly Meeting[], from: number, to: number, expect?: number): void {
  const numbers = numbersOf(meetings, expect);
  const request: JoinRequest = {
    member: member(from),
    met: meetings[from]!.met,
    peers: [],
    ...numbers,
  };
  assert.is(meetings[to]!.hear(request).kind, 'waits');
}

const numbersOf = (meetings: readonly Meeting[], expect = meetings.length) => {
  return { expect, partitions: 1 };
};
const founders = (meetings: readonly Meeting[]) =>
  meetings.filter(({ outcome }) => outcome?.type === 'all.met');

test('in any order, some never heard -> at most one founds, and only with all', () => {
  const hearings = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 80, size: 'max' });
  let founded = 0;
  fc.assert(
    fc.property(hearings, (pairs) => {
      const meetings = meetingOf(5);
      for (const [from, to] of pairs) {
        if (from !== to) ask(meetings, from, to);
        const [founder, ...others] = founders(meetings);
        assert.equal(others, []);
        if (!founder) continue;
        founded++;
        assert.is(founder, meetings[0]);
        assert.equal(founder.all, [0, 1, 2, 3, 4].map(member));
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(founded > 0, 'it came about at least once');
});

test('all have asked all -> the lowest founds, nobody else, and all know all', () => {
  const meetings = meetingOf(4);
  const askAll = () => {
    for (const from of [3, 1, 0, 2]) {
      for (const to of [2, 0, 3, 1]) if (from !== to) ask(meetings, from, to);
    }
  };
  askAll();
  assert.equal(founders(meetings), [], 'not all have said yet that they have met all');
  askAll();
  assert.equal(founders(meetings), [meetings[0]]);
  for (const { all } of meetings) assert.equal(all, [0, 1, 2, 3].map(member));
});

test('more than are expected -> refused with all of their names, and nobody founds', () => {
  const meetings = meetingOf(3, 2);
  const numbers = { expect: 2, partitions: 1 };
  for (const n of [1, 2]) {
    meetings[0]!.hear({ member: member(n), met: [], peers: [], ...numbers });
  }
  const { outcome } = meetings[0]!;
  if (outcome?.type !== 'join.refused') throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  assert.match(outcome.reason, '3 nodes have met, and --expect says 2');
  for (const n of [0, 1, 2]) assert.match(outcome.reason, member(n).id);
});

test('one more than are expected, in any order -> at most one founds', () => {
  const hearings = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 30, size: 'max' });
  const seen = { founded: 0, refused: 0 };
  fc.assert(
    fc.property(hearings, (pairs) => {
      const meetings = meetingOf(4, 3);
      const founded = new Set<number>();
      const refused = new Set<number>();
      for (const [from, to] of pairs) {
        // Who is refused has ended, and who has founded has a ring.
        if (from === to || [from, to].some((n) => refused.has(n) || founded.has(n))) continue;
        ask(meetings, from, to, 3);
        const { outcome } = meetings[to]!;
        if (outcome) (outcome.type === 'all.met' ? founded : refused).add(to);
        assert.ok(founded.size <= 1, `two have founded: ${[...founded]}`);
      }
      seen.founded += founded.size;
      seen.refused += refused.size;
    }),
    { numRuns: 2000 },
  );
  assert.ok(seen.founded > 0 && seen.refused > 0, JSON.stringify(seen));
});

test('its address is that of a member -> waits until that one is found dead', () => {
  const ring: Ring = {
    clusterId: '0'.repeat(32),
    epoch: 1,
    ...foundingReplication({ replicas: 3 }),
    members: [member(1), member(2)],
    layout: [[0, 1]],
  };
  const judged = (holder: number, status: MemberStatus | undefined) => {
    const request = { member: { ...member(9), address: `h:${holder}` }, met: [], peers: [] };
    const liveness = { isReachable: () => false, statusOf: () => status };
    const verdict = judgeNewcomer(ring, request, member(1).id, liveness);
    return verdict.kind === 'waits' ? verdict.waitsFor : verdict.kind;
  };
  assert.match(judged(1, undefined), `${member(1).id}, which has the address h:1 and is this very`);
  assert.match(judged(2, 'alive'), 'is alive, to be found dead');
  assert.match(judged(2, undefined), 'is not dead, to be found dead');
  for (const status of ['dead', 'left'] as const) assert.is(judged(2, status), 'welcome');
});

test('somebody who only joins asks those who found -> waits for them, and is none of them', () => {
  const [first, second] = meetingOf(2) as [Meeting, Meeting];
  const joiner = { member: member(9), met: [], peers: [], expect: 0, partitions: 1 };
  assert.equal(first.hear(joiner), { kind: 'waits', waitsFor: '2 nodes to meet, 1 have' });
  assert.equal(first.met, []);
  ask([first, second], 0, 1);
  ask([first, second], 1, 0);
  assert.equal(founders([first, second]), [first]);
});

test('it expects nobody -> it founds nothing, whoever it hears', () => {
  const [alone] = meetingOf(1, 0) as [Meeting];
  const verdict = alone.hear({ member: member(1), met: [], peers: [] });
  assert.is(verdict.kind, 'waits');
  const { address } = member(0);
  assert.match((verdict as { waitsFor: string }).waitsFor, `${address}, which has no ring itself`);
  assert.equal([alone.outcome, alone.waitsFor], [undefined, '']);
  assert.equal(alone.met, []);
});

test.run();
