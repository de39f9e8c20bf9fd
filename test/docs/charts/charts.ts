/** The files that `npm run charts` makes of each machine, in `actors/charts/`. */
import type { DrawnChart } from '../../../src/charts/drawn.js';
import { graphOf } from '../../../src/charts/graph.js';
import { MACHINES } from '../../actors/machines.js';
import { layOut } from './layout.js';
import { mermaidOf } from './mermaid.js';
import { svgOf } from './svg.js';

const FOLDER = 'actors/charts';

export function drawnCharts(): Promise<DrawnChart[]> {
  return Promise.all(MACHINES.map((machine) => layOut(graphOf(machine))));
}

/** Their texts, by their paths. */
export function filesOf(charts: readonly DrawnChart[]): Map<string, string> {
  return new Map(
    charts.flatMap((chart) => [
      [`${FOLDER}/${chart.id}.svg`, svgOf(chart)],
      [`${FOLDER}/json/${chart.id}.json`, jsonOf(chart)],
      [`${FOLDER}/mermaid/${chart.id}.mmd`, mermaidOf(chart)],
    ]),
  );
}

/** A line for each node and edge, so that a change shows which of them it is. */
function jsonOf({ nodes, edges, starts, ...chart }: DrawnChart): string {
  const lists = Object.entries({ nodes, edges, starts }).map(([name, list]) => {
    const lines = list.map((each) => JSON.stringify(each)).join(',\n');
    return `"${name}":[\n${lines}\n]`;
  });
  return `${JSON.stringify(chart).slice(0, -1)},\n${lists.join(',\n')}}\n`;
}
