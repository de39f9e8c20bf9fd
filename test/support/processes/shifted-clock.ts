/**
 * Loaded before a node (`--import`): shifts its wall clock by as many milliseconds as stand in the
 * file that CLOCK_SHIFT_FILE names, whenever that changes. Its monotonic clock stays as it is.
 */
import { readFileSync } from 'node:fs';
import { present } from '../../../src/core/assert.js';

const LOOK_EVERY_MS = 10;

const file = present(process.env.CLOCK_SHIFT_FILE, 'CLOCK_SHIFT_FILE');
const rightNow = Date.now.bind(Date);
let shiftMs = 0;
let lookAt = 0;

Date.now = () => {
  const now = performance.now();
  if (now >= lookAt) {
    lookAt = now + LOOK_EVERY_MS;
    shiftMs = Number(readFileSync(file, 'utf8'));
  }
  return rightNow() + shiftMs;
};
