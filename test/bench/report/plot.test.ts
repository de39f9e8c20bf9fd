import * as assert from 'uvu/assert';
import { svgOf } from '../../../bench/report/plot.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('bench plot');

function circlesOf(svg: string): { x: number; y: number }[] {
  return [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => {
    return { x: Number(x), y: Number(y) };
  });
}

const plotOf = (points: readonly (readonly [number, number])[]) =>
  svgOf({ title: 'a < b', x: 'load', y: 'ms', lines: [{ name: 'one', points }] });

test('values that are ten times as large each -> the same step upwards each time', () => {
  const [a, b, c] = circlesOf(
    plotOf([
      [0, 1],
      [100, 10],
      [200, 100],
    ]),
  );
  assert.is((a!.y - b!.y).toFixed(1), (b!.y - c!.y).toFixed(1));
  assert.ok(a!.y > b!.y);
  assert.is((b!.x - a!.x).toFixed(1), (c!.x - b!.x).toFixed(1));
});

test('what has no place on a logarithmic scale -> left out', () => {
  const points = [
    [1, 0],
    [2, Number.NaN],
    [3, 5],
  ] as const;
  assert.is(circlesOf(plotOf(points)).length, 1);
  assert.not.match(plotOf(points), 'NaN');
});

test('no points at all -> a plot without lines, and words are escaped', () => {
  const svg = plotOf([]);
  assert.is(circlesOf(svg).length, 0);
  assert.match(svg, 'a &lt; b');
  assert.not.match(svg, 'NaN');
});

test.run();
