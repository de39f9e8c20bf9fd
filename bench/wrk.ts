/**
 * The same requests from wrk, one thread against the first node: the way in which the figures of
 * the prototype were taken.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target, Work } from './load.js';
import { valueText } from './work.js';

const run = promisify(execFile);

export function hasWrk(): boolean {
  return spawnSync('wrk', ['--version']).error === undefined;
}

/** What wrk prints, for PUTs and for GETs of keys that are there. */
export async function measureWithWrk(
  target: Target,
  { clients, seconds, keys, valueBytes }: Work,
): Promise<{ put: string; get: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'quorate-wrk-'));
  const measure = async (method: string, body: string): Promise<string> => {
    const script = join(folder, `${method}.lua`);
    // As `keyText` spells them.
    const path = `string.format("/kv/key-%08d", math.random(0, ${keys - 1}))`;
    const format = `wrk.format("${method}", ${path}, nil, ${body})`;
    await writeFile(script, `request = function() return ${format} end\n`);
    const url = `http://127.0.0.1:${target.ports[0]}`;
    const options = ['-t1', `-c${clients}`, `-d${seconds}s`, '--latency', '-s', script, url];
    return (await run('wrk', options)).stdout;
  };
  try {
    const put = await measure('PUT', `"${valueText(0, valueBytes)}"`);
    const get = await measure('GET', 'nil');
    return { put, get };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
