/** How charts are drawn, on the charts themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { DrawnChart } from '../../../../src/charts/drawn.js';
import {
  lineOf,
  rulesOf,
  scalesFor,
  waysOf,
  wordsWithin,
} from '../../../../src/console/model/actors/drawing.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('console: drawing of charts');
const FOLDER = 'actors/charts/json';
const charts = readdirSync(FOLDER).map(
  (name) => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as DrawnChart,
);
const named = (id: string) => charts.find((chart) => chart.id === id)!;

test('every edge that does anything is drawn as a way, or as words in its state', () => {
  assert.ok(charts.length >= 10, `${charts.length} charts`);
  for (const chart of charts) {
    const ways = waysOf(chart).flatMap(({ edges }) => edges);
    const words = chart.nodes.flatMap((node) => wordsWithin(node, chart.edges));
    const shown = new Set([...ways, ...words.map(({ edge }) => edge)]);
    for (const { id, targets, actions } of chart.edges) {
      const isOfNoUse = targets.length === 0 && actions.length === 0;
      assert.is(shown.has(id), !isOfNoUse, id);
    }
  }
});

test('edges between the same states are one way; those that wait for nothing are dashed', () => {
  const ways = waysOf(named('target')).map(({ edges }) => edges);
  assert.ok(
    ways.some((edges) => edges.length === 2 && edges.every((id) => id.includes('waiting'))),
    'hints.flush and the delay',
  );
  const always = charts.flatMap(waysOf).filter(({ isAlways }) => isAlways);
  assert.ok(always.length > 0);
  assert.ok(always.every(({ edges }) => edges.every((id) => id.includes('|always|'))));
});

test('words in a state are about the edge that they name, over several lines, too', () => {
  const chart = named('membership');
  const running = chart.nodes.find(({ key }) => key === 'running')!;
  const words = wordsWithin(running, chart.edges);
  assert.is(words.length, running.words.length);
  for (const { text, edge } of words) {
    const event = edge?.split('|')[1];
    assert.ok(text.startsWith(event ?? '?') || text === 'expireSuspicion', `${text}: ${edge}`);
  }
  assert.is(words.at(-2)?.edge, 'membership.running|suspicion.timedOut|0');
  const target = named('target');
  const entry = target.nodes.find(({ key }) => key === 'drained')!;
  assert.is(wordsWithin(entry, target.edges)[0]?.edge, undefined, 'what is done on entry');
});

test('words, and the lines that divide a state, stay within it', () => {
  for (const { nodes, edges } of charts) {
    for (const node of nodes) {
      const levels = [...rulesOf(node), ...wordsWithin(node, edges).map(({ y }) => y)];
      assert.ok(
        levels.every((y) => y > node.y && y < node.y + node.height),
        node.id,
      );
    }
  }
});

test('bends are rounded, and ends are where they were', () => {
  const bend = [
    { x: 0, y: 0 },
    { x: 0, y: 20 },
    { x: 4, y: 20 },
  ];
  assert.is(lineOf(bend), 'M0 0L0 13Q0 20 2 20L4 20');
  const { line, head } = waysOf(named('target')).find(({ edges }) =>
    edges[0]?.includes('delivery.failed'),
  )!;
  assert.is(line, 'M125 202L125 116');
  assert.is(head, 'M125 116L128.5 123L121.5 123Z', 'upwards');
});

test('a chart is read at its own size; what has no room is scrolled, downwards if it can be', () => {
  const room = { width: 600, height: 600 };
  assert.equal(scalesFor({ width: 400, height: 400 }, room), { fit: 1.2, read: 1.2 });
  assert.equal(scalesFor({ width: 600, height: 1200 }, room), { fit: 0.5, read: 1 });
  assert.equal(scalesFor({ width: 1800, height: 900 }, room), { fit: 1 / 3, read: 0.9 });
});

test.run();
