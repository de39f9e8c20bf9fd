/** Rows of a table of members: what each member says is put together. */
import * as assert from 'uvu/assert';
import type { StatusAnswer } from '../../../../src/cli/client/answers.js';
import { memberRows } from '../../../../src/cli/verbs/cluster/member-rows.js';
import type { HttpDoor } from '../../../../src/doors/http/server.js';
import { idOf, memberOf, openDoor, ringOf, StubBackend } from '../../../doors/stub-backend.js';
import { freePorts } from '../../../support/processes/ports.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('quorate: rows of members');
const doors: HttpDoor[] = [];

test.after(async () => {
  for (const door of doors) await door.drain();
});

test('hints for a member -> of all who answer; whoever is silent has no state', async () => {
  const port = await freePorts(3);
  const members = [1, 2, 3].map((n) => memberOf(n, port + n - 1));
  const keeping = (rows: number) =>
    members.map((member) => ({
      ...member,
      ...(member.id === idOf(3) && { hints: { rows, bytes: 10 * rows } }),
    }));
  for (const [self, rows] of [[1, 2] as const, [2, 5] as const]) {
    const backend = new StubBackend(ringOf(members), self);
    backend.more = { members: keeping(rows) };
    const { door } = await openDoor(backend, port + self - 1);
    doors.push(door);
  }
  const answer = await fetch(`http://127.0.0.1:${port}/admin/status`);
  const rows = await memberRows((await answer.json()) as StatusAnswer);
  assert.equal(
    rows.map(({ hints, state }) => [hints, state]),
    [
      [{ rows: 0, bytes: 0 }, 'serving'],
      [{ rows: 0, bytes: 0 }, 'serving'],
      [{ rows: 7, bytes: 70 }, undefined],
    ],
  );
});

test.run();
