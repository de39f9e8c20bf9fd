/**
 * The first import of every program: ends it with a sentence and 2 where it cannot run, before
 * anything is loaded that would crash.
 */
import { createRequire } from 'node:module';
import { problemOfRuntime } from '../runtime.js';

const require = createRequire(import.meta.url);

const problem = problemOfRuntime(process.versions, isThere);
if (problem) {
  console.error(`quorate: ${problem}`);
  process.exit(2);
}

function isThere(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
