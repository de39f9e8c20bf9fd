/** The unit for systemd: as its own tools see it, and as the program takes it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseOptions } from '../../src/cli/options.js';
import { missing } from '../support/data/obstacle.js';
import { suite } from '../support/runner/suite.js';

const test = suite('systemd');

const UNIT = 'deploy/quorate@.service';
/** In tenths, of 100: how much a break-in into the service could reach. */
const EXPOSURE = 15;

const unit = readFileSync(UNIT, 'utf8');

test('the program takes what the unit says', () => {
  const [, line = ''] = /^Environment=(.*)$/m.exec(unit) ?? [];
  const settings = line.replaceAll('%i', '8081').replaceAll('%S', '/var/lib').split(' ');
  const env = Object.fromEntries(settings.map((setting) => setting.split('=')));
  const options = parseOptions({ argv: [], env, readFile: () => '' });
  assert.type(options, 'object');
  const { port, dataDir } = options as Exclude<typeof options, string>;
  assert.equal({ port, dataDir }, { port: 8081, dataDir: '/var/lib/quorate/8081' });
});

const noSystemd = missing('systemd-analyze');
if (noSystemd) {
  test.skip('systemd finds nothing wrong with it', noSystemd);
} else {
  let folder: string;
  test.before(() => {
    folder = mkdtempSync(join(tmpdir(), 'quorate-unit-'));
    cpSync(UNIT, join(folder, 'quorate@.service'));
  });
  test.after(() => rmSync(folder, { recursive: true }));

  /** What is said of a unit with this Node.js in the place of the one that is to be installed. */
  const verify = (text: string) => {
    const file = join(folder, 'quorate@8080.service');
    writeFileSync(file, text.replace('/usr/bin/node', process.execPath));
    return spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
  };

  test('systemd finds nothing wrong with it, and would find a mistake', () => {
    const { status, stderr } = verify(unit);
    assert.is(status, 0, stderr);
    assert.is(stderr, '');
    assert.match(
      verify(unit.replace('TimeoutStopSec', 'TimeoutStopSecs')).stderr,
      /TimeoutStopSecs/,
    );
  });

  test('little could be reached through it', () => {
    const args = ['security', '--offline=true', `--threshold=${EXPOSURE}`, UNIT];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    assert.is(status, 0, `${stdout}${stderr}`);
    const strict = spawnSync('systemd-analyze', args.with(2, '--threshold=1'));
    assert.is.not(strict.status, 0, 'there is something that could');
  });
}

test.run();
