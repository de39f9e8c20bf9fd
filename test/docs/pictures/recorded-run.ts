/** A run of the simulator with a bug planted, recorded and shown as `npm run console` does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawOptions } from '../../sim/options.js';
import { findPlanted } from '../../sim/planted/planted.js';
import { Recorder } from '../../sim/recording/recorder.js';
import { simulate } from '../../sim/run.js';
import { Child } from '../../support/processes/child.js';

export interface RecordedRun {
  readonly seed: number;
  readonly planted: string;
}

export async function openRecordedRun({ seed, planted }: RecordedRun) {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  const path = join(folder, 'run.json');
  const takeOut = findPlanted(planted).plant();
  const recorder = new Recorder(64 << 20);
  const { violation } = await simulate(drawOptions(seed), { keep: 0 }, recorder);
  takeOut();
  if (!violation) throw new Error(`seed ${seed} does not find ${planted} any more`);
  writeFileSync(path, recorder.finish());
  const child = Child.ofScript('src/cli/commands/console.js', [path, '--port', '0']);
  const [, url = ''] = await child.said(/(http:\S+)/);
  const close = async () => {
    child.signal('SIGTERM');
    await child.exited;
    rmSync(folder, { recursive: true });
  };
  return { url, close };
}
