/** Writes the pages that are made from the code: `npm run docs`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PROTOCOL_FILE, protocolPage } from './protocol.js';

mkdirSync(dirname(PROTOCOL_FILE), { recursive: true });
writeFileSync(PROTOCOL_FILE, protocolPage());
console.log(`wrote ${PROTOCOL_FILE}`);
