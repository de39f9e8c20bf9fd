/** Draws the machines: `npm run charts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { drawnCharts, filesOf } from './charts.js';

for (const [path, text] of filesOf(await drawnCharts())) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote ${path}`);
}
