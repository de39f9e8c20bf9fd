/** What the documents say of the code, against the code: the walk, and the dependencies. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { suite } from './support/runner/suite.js';
import { importsOf, sourceFiles } from './support/source-tree.js';

const test = suite('readme');

/** They import everything, and so they join nothing in particular. */
const ROOTS = ['src/main.ts', 'src/quorate.ts', 'src/node.ts'];

const files = new Map(sourceFiles(['src', 'actors']).map((file) => [file.path, file]));
const reached = new Map<string, ReadonlySet<string>>();

/** What a file imports, itself or by what it imports. */
function reachOf(path: string): ReadonlySet<string> {
  const known = reached.get(path);
  if (known) return known;
  const reach = new Set<string>([path]);
  for (const each of reach) {
    const file = files.get(each);
    if (file) for (const { target } of importsOf(file)) reach.add(target);
  }
  reached.set(path, reach);
  return reach;
}

/** One imports the other, on whatever way, or another file of the walk imports both. */
function areJoined(a: string, b: string, walk: readonly string[]): boolean {
  if (reachOf(a).has(b) || reachOf(b).has(a)) return true;
  const joints = walk.filter((path) => !ROOTS.includes(path));
  return joints.some((path) => reachOf(path).has(a) && reachOf(path).has(b));
}

/** The steps of the walk, with the files that each names. */
function stepsOf(readme: string): string[][] {
  const section = readme.split(/^### /m).find((text) => text.startsWith('A write in fifteen'));
  const steps = section?.split(/^(?:\d+\. |`GET )/m).slice(1) ?? [];
  return steps.map((step) => [...step.matchAll(/`([\w/-]+\.ts)`/g)].map(([, name]) => name ?? ''));
}

/** Neighbours that have nothing to do with each other; a step that names no file is a break. */
function gapsIn(steps: readonly string[][]): string[] {
  const walk = steps.flat();
  const chains: string[][] = [[]];
  for (const names of steps) {
    if (names.length === 0) chains.push([]);
    else chains.at(-1)?.push(...names);
  }
  return chains.flatMap((chain) =>
    chain.slice(1).flatMap((to, index) => {
      const from = chain[index] ?? '';
      return areJoined(from, to, walk) ? [] : [`${from} leads not to ${to}`];
    }),
  );
}

const STEPS = stepsOf(readFileSync('README.md', 'utf8'));
/** The read is told at the end, by where it differs. */
const WRITE = STEPS.slice(0, -1);

test('the walk has fifteen steps, and a read', () => {
  assert.is(STEPS.length, 16);
  assert.ok(STEPS.flat().length > 25);
});

test('every file on the way is there', () => {
  assert.equal(
    STEPS.flat().filter((path) => !files.has(path)),
    [],
  );
});

test('each file on the way has to do with the next', () => {
  assert.equal(gapsIn(WRITE), []);
});

test('a step that leads astray -> found', () => {
  const [first = [], second = [], ...rest] = WRITE;
  assert.is(gapsIn([first, ['src/store/thread/trees.ts'], second, ...rest]).length, 2);
  assert.is(gapsIn([first, ['src/peers/dialler.ts'], second, ...rest]).length, 2);
});

test('CONTRIBUTING.md names every dependency, in its exact version', () => {
  const table = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(DEPENDENCY)];
  const named = table.map(([, name, version]) => `${name} ${version}`);
  const manifests = ['package.json', 'src/store/node20/package.json'].map((path) =>
    JSON.parse(readFileSync(path, 'utf8')),
  );
  const used = manifests.flatMap(({ dependencies, optionalDependencies, devDependencies }) =>
    Object.entries<string>({ ...dependencies, ...optionalDependencies, ...devDependencies })
      .filter(([, version]) => !version.startsWith('file:'))
      .map(([name, version]) => `${name} ${version.replace(/^npm:.+@/, '')}`),
  );
  assert.equal(named.sort(), used.sort());
});

/** A row: a package, an exact version, and a reason. */
const DEPENDENCY = /^\| (@?[\w/-]+) +\| (\d+\.\d+\.\d+) +\| [^|]{3,} \|$/gm;

test.run();
