/** Writes the pages that are made from the code: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { COMMAND_LINE_FILE, commandLinePage } from './command-line.js';
import { EVENTS_FILE, eventsPage } from './events.js';
import { METRICS_FILE, metricsPage } from './metrics.js';
import { PROTOCOL_FILE, protocolPage } from './protocol.js';

for (const [file, page] of [
  [PROTOCOL_FILE, protocolPage()],
  [EVENTS_FILE, eventsPage()],
  [METRICS_FILE, metricsPage()],
  [COMMAND_LINE_FILE, commandLinePage()],
] as const) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  console.log(`wrote ${file}`);
}
