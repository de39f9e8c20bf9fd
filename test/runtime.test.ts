/** Where it runs at all, and what npm installs there. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { isSupported, problemOfRuntime, sqlitePackage } from '../src/runtime.js';
import { suite } from './support/runner/suite.js';

const test = suite('runtime');

/** What a manifest, or an entry of the lock file, says of a package. */
interface Manifest {
  readonly version: string;
  readonly gypfile?: boolean;
  readonly engines: { readonly node: string };
  readonly dependencies: { readonly [name: string]: string };
  readonly optionalDependencies: { readonly [name: string]: string };
}

const project = read('package.json') as Manifest;
const lock = (read('package-lock.json') as { packages: { [path: string]: Manifest } }).packages;
const SUPPORTED = ['20.19.0', '20.20.2', '22.14.0', '22.23.5', '24.0.0', '25.1.0', '26.12.1'];
const OTHERS = [
  '16.20.2',
  '18.20.8',
  '20.9.0',
  '20.18.3',
  '21.7.3',
  '22.0.0',
  '22.13.1',
  '23.11.0',
];

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

test('a Node.js that is supported, or not -> as npm is told', () => {
  assert.is(project.engines.node, '^20.19.0 || ^22.14.0 || >=24.0.0');
  for (const version of SUPPORTED) assert.ok(isSupported(version), version);
  for (const version of OTHERS) assert.not.ok(isSupported(version), version);
});

test('any other -> a sentence that names it and what is needed', () => {
  for (const node of OTHERS) {
    const problem = problemOfRuntime({ ...process.versions, node, napi: '9' }, () => true);
    assert.is(problem, `Node.js 20.19, 22.14, 24 or later is needed, and this is ${node}`);
  }
});

test('no SQLite for it -> a sentence that says how to come by it', () => {
  const looked: string[] = [];
  const problemOf = (node: string, napi: string) =>
    problemOfRuntime({ ...process.versions, node, napi }, (name) => looked.push(name) === 0) ?? '';
  assert.match(problemOf('24.1.0', '10'), /^SQLite for Node\.js 24\.1\.0 .* run npm ci again$/);
  assert.match(problemOf('20.19.0', '9'), /run npm ci again \(.*compiler.*\)$/);
  assert.equal(looked, ['better-sqlite3', 'better-sqlite3-node20']);
  assert.is(
    problemOfRuntime({ ...process.versions, node: '24.1.0', napi: '10' }, () => true),
    undefined,
  );
});

test('the SQLite that is chosen is the one that npm installs there', () => {
  const old = lock['node_modules/quorate-node20'];
  assert.is(old?.engines.node, '20.x');
  assert.equal(Object.keys(old?.dependencies ?? {}), [sqlitePackage(9)]);
  assert.match(lock[`node_modules/${sqlitePackage(9)}`]?.version ?? '', /^12\./);
  const present = lock[`node_modules/${sqlitePackage(10)}`];
  assert.match(present?.version ?? '', /^13\./);
  assert.is(present?.engines.node, '>=22');
});

// npm sees that it could be compiled, and in the lock file it does not note that it need not be.
test('nothing is compiled where binaries are in the package', () => {
  const problem =
    'npm has taken "gypfile": false out of better-sqlite3 in the lock file: put it back';
  assert.is(lock['node_modules/better-sqlite3']?.gypfile, false, problem);
});

test.run();
