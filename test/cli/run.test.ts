/** `quorate` without any node: help, near misses, and what makes no sense. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import { VERBS } from '../../src/cli/verbs/table.js';
import { quorate } from '../support/cli/quorate.js';
import { Child } from '../support/processes/child.js';
import { suite } from '../support/runner/suite.js';

const test = suite('quorate');

test('--help -> every verb and every exit code, exit 0', async () => {
  const { code, stdout, stderr } = await quorate('--help');
  assert.equal([code, stderr], [0, '']);
  for (const { name } of VERBS) assert.match(stdout, new RegExp(`^  ${name} `, 'm'), name);
  for (const { code } of Object.values(EXIT_CODES)) {
    assert.match(stdout, new RegExp(`^ +${code}  \\w`, 'm'), `${code}`);
  }
});

test('--help of every verb -> what it does and an example, exit 0', async () => {
  const own = VERBS.filter(({ isProgram }) => !isProgram);
  assert.ok(own.length > 10, `${own.length} verbs`);
  for (const { name } of own) {
    for (const line of [`${name} --help`, `help ${name}`]) {
      const { code, stdout, stderr } = await quorate(line);
      assert.equal([code, stderr], [0, ''], line);
      assert.match(stdout, new RegExp(`^Usage: quorate ${name} `), line);
      assert.match(stdout, new RegExp(`^Examples:\n  quorate ${name}\\b`, 'm'), line);
    }
  }
});

const NONSENSE: readonly (readonly [line: string, sentence: RegExp])[] = [
  ['statsu', /^quorate: unknown command 'statsu'\n\(Did you mean status\?\)\n$/],
  ['get', /^quorate: missing required argument 'key'\n$/],
  ['get a b', /^quorate: too many arguments for 'get'/],
  ['get a --tiemout 5s', /unknown option '--tiemout'\n\(Did you mean --timeout\?\)/],
  ['get a --timeout soon', /'soon' is invalid\. It has to be a time/],
  ['get a -c some', /'some' is invalid\. Allowed choices are one, quorum, all, linearizable\./],
  ['get a -c any', /'any' is invalid/],
  ['get a -o xml', /'xml' is invalid\. Allowed choices are table, json, value\./],
  ['get a --node host', /'host' is invalid\. It has to be host:port, or a list of these\./],
  ['put a b --ttl soon', /It has to be a time: 500ms, 90s/],
  ['put a b --file c', /^quorate: the value is given twice/],
  [
    'put a b --content-type ü€',
    /^quorate: Content-Type has characters that HTTP does not allow\n$/,
  ],
  ['touch a', /^quorate: touch needs --ttl\n$/],
  [
    'plan joni',
    /'joni' is invalid for argument 'change'\. Allowed choices are join, leave, replace, remove\./,
  ],
  ['plan join 8080', /^quorate: who joins is no member yet/],
  ['plan leave', /^quorate: plan leave needs a member\n$/],
  ['leave 8080', /^quorate: nobody can be asked here: --yes does it without asking\n$/],
  ['remove 8080', /^quorate: nobody can be asked here/],
  ['events --since yesterday', /It has to be a whole number of at least 0\./],
  [
    'completion csh',
    /'csh' is invalid for argument 'shell'\. Allowed choices are bash, zsh, fish\./,
  ],
];

for (const [line, sentence] of NONSENSE) {
  test(`${line} -> a sentence, exit 2`, async () => {
    const { code, stdout, stderr } = await quorate(line);
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, sentence);
  });
}

test('nothing at all -> help on standard error, exit 2', async () => {
  const { code, stdout, stderr } = await quorate([]);
  assert.equal([code, stdout], [2, '']);
  assert.match(stderr, /^Usage: quorate/);
});

test('an unknown word with control characters -> they are shown, not sent', async () => {
  const { stderr } = await quorate(['\u001b[2Jget']);
  assert.match(stderr, "unknown command '\\u001b[2Jget'");
});

test('start -> the verbs and what they need are not loaded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-loaded-'));
  try {
    const env = { NODE_V8_COVERAGE: folder };
    const child = Child.ofScript('src/cli/quorate.js', ['start', '--version'], { env });
    assert.equal(await child.exited, { code: 0, signal: null }, child.stderr);
    // It names all that was loaded.
    const loaded = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    assert.match(loaded.join(), 'src/main.js');
    assert.not.match(loaded.join(), /commander|cli\/verbs\/table\.js/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('version -> in every form', async () => {
  assert.match((await quorate('version')).stdout, /^quorate \d+\.\d+\.\d+ on Node\.js v\d/);
  assert.match((await quorate('version -o value')).stdout, /^\d+\.\d+\.\d+\n$/);
  const { version } = JSON.parse((await quorate('version -o json')).stdout);
  assert.is((await quorate('--version')).stdout, `${version}\n`);
});

test('nobody is there -> who was asked and why not, exit 3', async () => {
  const { code, stdout, stderr } = await quorate('status -n 127.0.0.1:1,127.0.0.1:2');
  assert.equal([code, stdout], [3, '']);
  const nobody = 'nobody listens there';
  assert.is(stderr, `quorate: no node answers: 127.0.0.1:1 (${nobody}), 127.0.0.1:2 (${nobody})\n`);
});

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`completion ${shell} -> every verb, and its options`, async () => {
    const { code, stdout } = await quorate(`completion ${shell}`);
    assert.is(code, 0);
    for (const { name } of VERBS) assert.match(stdout, new RegExp(`\\b${name}\\b`), name);
    for (const option of ['if-none-match', 'node', 'output']) {
      assert.match(stdout, `${shell === 'fish' ? ' -l ' : '--'}${option}`);
    }
    assert.not.match(stdout, /undefined|\[object/);
  });
}

test.run();
