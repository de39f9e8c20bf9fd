/** The charts of all machines, as `npm run charts` has laid them out. */
import antiEntropy from '../../../../../actors/charts/json/anti-entropy.json';
import coordinator from '../../../../../actors/charts/json/coordinator.json';
import garbageCollection from '../../../../../actors/charts/json/garbage-collection.json';
import hints from '../../../../../actors/charts/json/hints.json';
import membership from '../../../../../actors/charts/json/membership.json';
import node from '../../../../../actors/charts/json/node.json';
import reaper from '../../../../../actors/charts/json/reaper.json';
import ring from '../../../../../actors/charts/json/ring.json';
import stabilizer from '../../../../../actors/charts/json/stabilizer.json';
import target from '../../../../../actors/charts/json/target.json';
import transfer from '../../../../../actors/charts/json/transfer.json';
import type { DrawnChart, DrawnEdge } from '../../../../charts/drawn.js';

const CHARTS = [
  ...[antiEntropy, coordinator, garbageCollection, hints, membership],
  ...[node, reaper, ring, stabilizer, target, transfer],
] as readonly DrawnChart[];

export interface KnownChart {
  readonly chart: DrawnChart;
  readonly edges: ReadonlyMap<string, DrawnEdge>;
}

const KNOWN = new Map<string, KnownChart>(
  CHARTS.map((chart) => [
    chart.id,
    { chart, edges: new Map(chart.edges.map((edge) => [edge.id, edge])) },
  ]),
);

/** Of a machine; a recording of another version may have one that this page does not know. */
export function chartOf(machine: string): KnownChart | undefined {
  return KNOWN.get(machine);
}
