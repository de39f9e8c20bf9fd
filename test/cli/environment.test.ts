/** Settings from `.env`, and how they stand to the environment and to flags. */
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/cli/option-table.js';
import { type CommandLine, type Options, parseOptions } from '../../src/cli/options.js';
import { suite } from '../support/runner/suite.js';

const test = suite('environment');

function missing(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}

function withoutFile(env: CommandLine['env'] = {}): Options {
  return parseOptions({ argv: [], env, readFile: missing }) as Options;
}

/** With a `.env` in the working directory. */
function withFile(text: string, line = '', env: CommandLine['env'] = {}): Options {
  const argv = line.split(' ').filter((word) => word !== '');
  const read = (path: string) => (path === '.env' ? text : missing());
  return parseOptions({ argv, env, readFile: read }) as Options;
}

test('.env -> holds where flags and environment say nothing; the names that count', () => {
  const text =
    "\ufeff# ours\r\nQUORATE_WEIGHT = '3' # three\r\n\nexport QUORATE_PORT=82\nOTHER=x\n";
  const from = (options: Options) => [options.weight, options.port, options.fromEnvFile];
  assert.equal(from(withFile(text)), [3, 82, ['QUORATE_WEIGHT', 'QUORATE_PORT']]);
  assert.equal(from(withFile(text, '81')), [3, 81, ['QUORATE_WEIGHT']]);
  assert.equal(from(withFile(text, '81', { QUORATE_WEIGHT: '2' })), [2, 81, []]);
  assert.equal(withFile('').fromEnvFile, []);
  assert.is(withoutFile().fromEnvFile, undefined);
  assert.equal(
    { ...withFile(''), fromEnvFile: undefined },
    { ...withoutFile(), fromEnvFile: undefined },
  );
});

test('NODE_ADDRESS in .env -> where the node listens; in the environment alone -> nothing', () => {
  const at = ({ host, port }: Options) => `${host} ${port}`;
  assert.is(at(withFile('NODE_ADDRESS=:8001')), '127.0.0.1 8001');
  assert.is(at(withFile('NODE_ADDRESS=localhost:8001')), 'localhost 8001');
  assert.is(at(withFile('NODE_ADDRESS=[::1]:8001')), '::1 8001');
  assert.is(at(withFile('NODE_ADDRESS=8001')), '127.0.0.1 8001');
  assert.is(at(withFile('NODE_ADDRESS=')), '127.0.0.1 8080');
  assert.is(at(withFile('NODE_ADDRESS=:8001', '', { NODE_ADDRESS: ':8002' })), '127.0.0.1 8002');
  assert.is(at(withFile('NODE_ADDRESS=:8001', '', { QUORATE_PORT: '8003' })), '127.0.0.1 8003');
  assert.is(at(withFile('NODE_ADDRESS=:8001', '8004')), '127.0.0.1 8004');
  assert.is(at(withoutFile({ NODE_ADDRESS: 'of.somebody.else' })), '127.0.0.1 8080');
});

test('.env that makes no sense -> one sentence, and nothing of its values', () => {
  for (const [text, why] of [
    ['A=1\nhunter2', /^\.env, line 2: this is not NAME=value\.$/],
    ['QUORATE_CLUSTER_SECRET="hunter2', /^\.env, line 1: this is not NAME=value\.$/],
    ['=hunter2', /^\.env, line 1: /],
    ['A hunter2=1', /^\.env, line 1: /],
    ['QUORATE_PROT=82', /^There is no .* QUORATE_PROT in \.env; .*QUORATE_PORT\?/],
    ['QUORATE_PORT=x', /^QUORATE_PORT in \.env: "x" is not a port/],
    ['NODE_ADDRESS=node-1', /^NODE_ADDRESS in \.env: "node-1" is not a port/],
    ['NODE_ADDRESS=0.0.0.0:8001', /needs a cluster secret/],
    ['NODE_ADDRESS=:1\nQUORATE_PORT=2', /^The port is given twice in \.env: by NODE_ADDRESS/],
  ] as const) {
    assert.throws(
      () => withFile(text),
      (error: unknown) =>
        error instanceof UsageError && why.test(error.message) && !/hunter/.test(error.message),
      text,
    );
  }
});

test('.env that cannot be read -> refused; one that is a folder -> none', () => {
  const failing = (code: string) => () => {
    throw Object.assign(new Error(`${code}: permission denied`), { code });
  };
  const parseWith = (code: string) => parseOptions({ argv: [], env: {}, readFile: failing(code) });
  assert.throws(() => parseWith('EACCES'), /^\.env cannot be read: EACCES: permission denied\.$/);
  assert.is((parseWith('EISDIR') as Options).fromEnvFile, undefined);
});

test.run();
