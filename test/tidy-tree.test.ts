/**
 * Keeps the house in order as a whole: what no file shows by itself. Which folder stands on which,
 * that no imports run in a circle, that names mean something, that one concept has one folder name.
 * As in `tidy.test.ts`, each rule has offences planted, which it has to find.
 */
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from './support/runner/suite.js';
import { codeOf, importsOf, type SourceFile, sourceFiles } from './support/source-tree.js';

const FOLDER_FILES_LIMIT = 16;
const ROOT_LINES_LIMIT = 150;
const MEDIAN_LINES_LIMIT = 120;

/** Folders that stand on each other: each may import those before it, and none behind it. */
const ORDERS: { readonly [parent: string]: readonly string[] } = {
  'src/core': ['data', 'tree', 'ring', 'planning', 'wire'],
  'src/node': [
    'base',
    'cache',
    'rpc',
    'membership',
    'ring',
    'replica',
    'coordinator',
    'stabilizer',
    'hints',
    'backup',
    'observation',
    'operator',
  ],
  'src/doors': ['http', 'kv', 'client', 'dialects', 'admin', 'console'],
  'src/console': ['model', 'page', 'build'],
};

/** Of `test/`, what mirrors no folder of the code. */
const TESTS_OF_THEIR_OWN = [
  'bench',
  'console/browser',
  'contract',
  'deploy',
  'docs',
  'drill',
  'mutants',
  'process',
  'sim',
  'support',
];

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'actors/README.md',
  'docs/protocol.md',
  'docs/events.md',
  'docs/metrics.md',
  'docs/running.md',
  'docs/command-line.md',
  'docs/client.md',
];

type Files = readonly SourceFile[];

function folderOf(path: string): string {
  return posix.dirname(path);
}

function linesOf({ text }: SourceFile): number {
  return text.trimEnd().split('\n').length;
}

/** Each circle once, as the files on it (Tarjan's strongly connected components, 1972). */
function circleFaults(files: Files): string[] {
  const targets = new Map(files.map((file) => [file.path, importsOf(file)]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[] = [];
  const visit = (path: string): number => {
    let low = order.size;
    const own = low;
    order.set(path, own);
    open.push(path);
    for (const { target } of targets.get(path) ?? []) {
      if (!targets.has(target)) continue;
      const known = order.get(target);
      if (target === path) circles.push(`${path} imports itself`);
      else if (known === undefined) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, known);
    }
    lowest.set(path, low);
    if (low === own) {
      const circle = open.splice(open.indexOf(path));
      if (circle.length > 1) circles.push(`a circle of imports: ${circle.join(', ')}`);
    }
    return low;
  };
  for (const path of targets.keys()) if (!order.has(path)) visit(path);
  return circles;
}

function orderFaults(files: Files): string[] {
  return Object.entries(ORDERS).flatMap(([parent, folders]) => {
    const placeOf = (path: string) => {
      const rest = path.startsWith(`${parent}/`) ? path.slice(parent.length + 1).split('/') : [];
      return rest.length > 1 ? rest[0] : undefined;
    };
    return files.flatMap((file) => {
      const own = placeOf(file.path);
      if (own === undefined) return [];
      const place = folders.indexOf(own);
      if (place < 0) return [`${file.path}: ${own} has no place among the folders of ${parent}`];
      const above = importsOf(file).filter(({ target }) => {
        const other = placeOf(target);
        return other !== undefined && folders.indexOf(other) > place;
      });
      return above.map(({ target }) => `${file.path}: imports ${target}, which stands on it`);
    });
  });
}

function crowdFaults(files: Files): string[] {
  const counts = new Map<string, number>();
  for (const { path } of files) {
    counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > FOLDER_FILES_LIMIT)
    .map(([folder, count]) => `${folder} has ${count} files on one level`);
}

function rootFaults(files: Files): string[] {
  const root = files.find(({ path }) => path === 'src/node.ts');
  if (!root || linesOf(root) <= ROOT_LINES_LIMIT) return [];
  return [`src/node.ts has ${linesOf(root)} lines, and only joins parts`];
}

function medianFaults(files: Files): string[] {
  const lines = files
    .filter(({ path }) => /^(src|actors)\//.test(path))
    .map(linesOf)
    .sort((a, b) => a - b);
  const median = lines[lines.length >> 1] ?? 0;
  return median <= MEDIAN_LINES_LIMIT ? [] : [`half of all files have more than ${median} lines`];
}

/** What decides about a concept and what carries it out have the same name. */
function twinFaults(files: Files): string[] {
  const folders = new Set(files.map(({ path }) => folderOf(path)));
  const concepts = new Set(files.map(({ path }) => /^actors\/(\w+)\//.exec(path)?.[1]));
  return [...concepts].flatMap((concept) => {
    // The supervisor is carried out by what joins everything: `src/node.ts`, `src/node/*.ts`.
    if (concept === undefined || concept === 'node') return [];
    return folders.has(`src/node/${concept}`)
      ? []
      : [`actors/${concept} has no src/node/${concept}`];
  });
}

function mirrorFaults(files: Files): string[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let at = folderOf(path); at !== '.'; at = folderOf(at)) folders.add(at);
  }
  return files.flatMap(({ path }) => {
    const [, folder, top] = /^test\/(([\w-]+)(?:\/[\w/-]+)?)\/[\w-]+\.test\.ts$/.exec(path) ?? [];
    if (folder === undefined) return [];
    if ([folder, top].some((each) => TESTS_OF_THEIR_OWN.includes(each ?? ''))) return [];
    const mirrored = top === 'actors' ? folder : `src/${folder}`;
    return folders.has(mirrored) ? [] : [`${path}: there is no ${mirrored} to be tested`];
  });
}

/** A file as it is named in prose: with the ending of one, and no pattern in it. */
const FILE_NAME = /`((?:[\w.-]+\/)*[\w.-]+\.(?:ts|js|json|md|sh))(?::\d+)?`/g;
/** A folder from the root, in a document. */
const FOLDER_NAME = /`((?:src|actors|test|bench|docs)(?:\/[\w.-]+)*)\/`/g;

/** Files that are named in comments and documents are there: from the root, or by their ending. */
function nameFaults(files: Files): string[] {
  const paths = files.map(({ path }) => path);
  const isThere = (name: string, from: string) => {
    const source = name.replace(/\.js$/, '.ts');
    const near = posix.join(folderOf(from), source);
    return (
      [name, source, near].some((path) => existsSync(path)) ||
      paths.some((path) => path === source || path.endsWith(`/${source}`))
    );
  };
  return files.flatMap((file) => {
    // This file names what it looks for.
    if (file.path === 'test/tidy-tree.test.ts') return [];
    const isDocument = file.path.endsWith('.md');
    const prose = isDocument ? file.text : commentsOf(file);
    const folders = isDocument ? prose.matchAll(FOLDER_NAME) : [];
    const names = new Set([...prose.matchAll(FILE_NAME), ...folders].map(([, name]) => name ?? ''));
    const missing = [...names].filter((name) => !isThere(name, file.path));
    return missing.map((name) => `${file.path}: names ${name}, which is not there`);
  });
}

/** What is not code: every line that a rule about code does not see as it stands. */
function commentsOf(file: SourceFile): string {
  const code = codeOf(file).split('\n');
  const lines = file.text.split('\n');
  return lines.filter((line, index) => line !== code[index]).join('\n');
}

const CHECKS = {
  circleFaults,
  orderFaults,
  crowdFaults,
  rootFaults,
  medianFaults,
  twinFaults,
  mirrorFaults,
  nameFaults,
};

const test = suite('tidy-tree');
const sources = sourceFiles(['src', 'actors', 'test', 'bench']);
const documents = DOCUMENTS.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const everything = [...sources, ...documents];

const RULES: readonly [name: string, check: keyof typeof CHECKS, files: Files][] = [
  ['no imports run in a circle', 'circleFaults', sources],
  ['folders stand on each other in their order', 'orderFaults', sources],
  ['no folder is crowded', 'crowdFaults', sources],
  ['the composition root is short', 'rootFaults', sources],
  ['most files are short', 'medianFaults', sources],
  ['what decides has a twin that carries it out', 'twinFaults', sources],
  ['tests mirror the tree', 'mirrorFaults', sources],
  ['files that are named are there', 'nameFaults', everything],
];

for (const [name, check, files] of RULES) {
  test(name, () => assert.is(CHECKS[check](files).join('\n'), ''));
}

test('the orders name folders that are there', () => {
  const named = Object.entries(ORDERS).flatMap(([parent, folders]) =>
    folders.map((folder) => `${parent}/${folder}`),
  );
  assert.equal(
    named.filter((folder) => !existsSync(folder)),
    [],
  );
});

function file(path: string, text = ''): SourceFile {
  return { path, text };
}

const imports = (target: string) => `import { x } from '${target}';`;
const crowd = Array.from({ length: FOLDER_FILES_LIMIT + 1 }, (_, i) => file(`test/x/${i}.ts`));

const PLANTED: readonly [check: keyof typeof CHECKS, files: Files][] = [
  [
    'circleFaults',
    [
      file('src/a.ts', imports('./b.js')),
      file('src/b.ts', imports('./c.js')),
      file('src/c.ts', "import type { X } from './a.js';"),
    ],
  ],
  ['circleFaults', [file('src/a.ts', imports('./a.js'))]],
  ['orderFaults', [file('src/core/data/x.ts', imports('../ring/ring.js'))]],
  ['orderFaults', [file('src/node/rpc/x.ts', "import type { X } from '../operator/x.js';")]],
  ['orderFaults', [file('src/doors/http/x.ts', imports('../kv/kv.js'))]],
  ['orderFaults', [file('src/node/elsewhere/x.ts')]],
  ['crowdFaults', crowd],
  ['rootFaults', [file('src/node.ts', 'x\n'.repeat(ROOT_LINES_LIMIT + 1))]],
  ['medianFaults', [file('src/x.ts', 'x\n'.repeat(MEDIAN_LINES_LIMIT + 1))]],
  ['twinFaults', [file('actors/x/machine.ts'), file('src/node/y/host.ts')]],
  ['mirrorFaults', [file('test/x/y.test.ts'), file('src/y/x.ts')]],
  ['mirrorFaults', [file('test/actors/x/y.test.ts'), file('actors/y/x.ts')]],
  ['nameFaults', [file('src/x.ts', '/** See `nowhere.ts`. */')]],
  ['nameFaults', [file('src/x.ts', 'const x = 1; // as in `core/nowhere.ts`')]],
  ['nameFaults', [file('README.md', 'See `src/nowhere/`.')]],
];

for (const [index, [check, files]] of PLANTED.entries()) {
  test(`planted offence ${index + 1}, against ${check} -> found`, () => {
    assert.is(CHECKS[check](files).length, 1);
  });
}

test('what is allowed -> no fault', () => {
  const allowed = [
    file('src/core/ring/x.ts', imports('../data/x.js')),
    file('src/core/data/x.ts', `${imports('../codec.js')}\n/* As in \`ring/x.ts\`. */`),
    file('src/core/codec.ts', "const x = '`nowhere.ts`';"),
    file('src/node/x/host.ts'.replace('/x/', '/ring/')),
    file('actors/ring/machine.ts'),
    file('test/core/ring/x.test.ts'),
    file('test/process/x.test.ts'),
    file('test/x.test.ts'),
    ...crowd.slice(1),
  ];
  for (const check of Object.values(CHECKS)) assert.is(check(allowed).join('\n'), '');
});

test.run();
