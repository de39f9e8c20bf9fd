/** The pictures of the machines, and what they are drawn from. */
import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { createMachine } from 'xstate';
import type { Box } from '../../../src/charts/drawn.js';
import { graphOf } from '../../../src/charts/graph.js';
import { suite } from '../../support/runner/suite.js';
import { drawnCharts, filesOf } from './charts.js';
import { layOut } from './layout.js';
import { mermaidOf } from './mermaid.js';
import { svgOf } from './svg.js';

const test = suite('charts: drawn', { limitMs: 60_000 });
// Once: it takes seconds.
const charts = drawnCharts();

test('each file is what the machine makes it; npm run charts draws it anew', async () => {
  const files = filesOf(await charts);
  const there = readdirSync('actors/charts', { recursive: true, encoding: 'utf8' })
    .map((name) => `actors/charts/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.\w+$/.test(path));
  assert.equal(there.sort(), [...files.keys()].sort());
  for (const [path, text] of files) assert.fixture(readFileSync(path, 'utf8'), text, path);
});

test('each picture is shown in the page about its machine', () => {
  const page = readFileSync('actors/README.md', 'utf8');
  for (const name of readdirSync('actors/charts').filter((each) => each.endsWith('.svg'))) {
    assert.ok(page.includes(`](charts/${name})`), name);
  }
});

/** Every kind of thing that can be drawn. */
const ALL_KINDS = createMachine({
  id: 'all',
  type: 'parallel',
  states: {
    left: {
      initial: 'a',
      onDone: '#all.right.c',
      states: {
        a: {
          on: { '<go>': [{ target: 'b', guard: 'isOpen', actions: 'shut' }, { target: 'a' }] },
          exit: 'leave',
        },
        b: { type: 'final' },
      },
    },
    right: {
      initial: 'c',
      states: { c: { always: { guard: 'isLate', target: 'd' } }, d: { after: { 1500: 'c' } } },
    },
  },
});

test('a picture shows regions, final states, conditions, delays and eventless edges', async () => {
  const svg = svgOf(await layOut(graphOf(ALL_KINDS)));
  assert.is(svg.match(/class="box compound region"/g)?.length, 2);
  assert.is(svg.match(/class="box final"/g)?.length, 2, 'a final state is doubled');
  assert.match(svg, '&lt;go&gt; [isOpen]');
  assert.match(svg, '/ shut');
  assert.match(svg, 'exit / leave');
  assert.match(svg, 'after 1.5 s');
  assert.match(svg, '[else]');
  assert.is(svg.match(/class="edge always"/g)?.length, 1);
  assert.match(svg, 'prefers-color-scheme: dark');
});

test('states stand within their parents, and words at edges overlap no state', async () => {
  for (const { nodes, edges } of [await layOut(graphOf(ALL_KINDS)), ...(await charts)]) {
    for (const node of nodes) {
      const parent = nodes.find(({ id }) => id === node.parent);
      if (parent) assert.ok(isWithin(node, parent), `${node.id} is within ${parent.id}`);
    }
    const leaves = nodes.filter(({ type }) => type === 'atomic' || type === 'final');
    for (const { id, words } of edges) {
      const covered = leaves.find((leaf) => words && overlaps(words, leaf));
      assert.is(covered, undefined, `the words of ${id} cover a state`);
    }
  }
});

test('Mermaid has the same states and edges, in names that it can read', () => {
  const text = mermaidOf(graphOf(ALL_KINDS));
  assert.match(text, 'all_left_a --> all_left_b: <go> [isOpen] / shut');
  assert.match(text, '[*] --> all_right_c');
  assert.match(text, 'all_left_b --> [*]');
  assert.match(text, /^ +--$/m);
});

function isWithin(inner: Box, outer: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test.run();
