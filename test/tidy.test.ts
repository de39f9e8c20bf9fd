/**
 * Keeps the habits of the house: who may import whom, where time and randomness come from, how
 * long things may be. Each rule is a row; the last tests plant an offence and demand that it is
 * found, so that a rule cannot fall asleep.
 */
import * as assert from 'uvu/assert';
import { suite } from './support/runner/suite.js';
import { codeOf, importsOf, matches, type SourceFile, sourceFiles } from './support/source-tree.js';

const FILE_LINES_LIMIT = 400;
const LINE_WIDTH_LIMIT = 100;

/**
 * The first row whose pattern fits a file holds. `!` takes back what the row allows, `~` is the
 * file's own folder.
 */
const LAYERS: readonly { files: string; mayImport: string; typesOnly?: boolean }[] = [
  { files: 'src/core/**', mayImport: 'src/core/** npm:xxhash-wasm node:buffer' },
  { files: 'src/ports.ts', mayImport: 'src/core/**', typesOnly: true },
  { files: 'src/main.ts', mayImport: '** !test/** !bench/**' },
  { files: 'src/quorate.ts', mayImport: '** !test/** !bench/**' },
  // What is told of a node: pure, so that a page in a browser can use it.
  { files: 'src/events/**', mayImport: 'actors/** src/core/** src/ports.ts ~/**' },
  // What people read of it, in a browser or a terminal.
  { files: 'src/words/**', mayImport: 'src/core/** src/events/** ~/**' },
  // The composition root: the adapters are handed to it.
  {
    files: 'src/node.ts',
    mayImport:
      'actors/** src/core/** src/events/** src/charts/** src/node/** src/*.ts npm:** node:**',
  },
  {
    files: 'src/node/**',
    mayImport:
      'actors/** src/core/** src/events/** src/charts/** src/node/** src/*.ts npm:** node:**',
  },
  {
    files: 'src/*.ts',
    mayImport: 'src/core/** src/*.ts npm:** node:** !src/node.ts !src/quorate.ts',
  },
  // The page: what it draws is pure, and what draws it knows a browser and no node.
  {
    files: 'src/console/model/**',
    mayImport:
      'actors/** src/core/** src/events/** src/charts/** src/words/** src/console/model/**',
  },
  {
    files: 'src/console/page/**',
    mayImport:
      'actors/** src/core/** src/events/** src/charts/** src/words/** src/console/** ' +
      '!src/console/build/** npm:preact npm:preact/hooks npm:@preact/signals npm:uplot',
  },
  { files: 'src/console/build/**', mayImport: 'npm:esbuild node:**' },
  // Shows recordings with the page that nodes serve.
  {
    files: 'src/cli/commands/console.ts',
    mayImport:
      'src/core/** src/events/** src/doors/console/files.ts src/system.ts src/cli/** node:**',
  },
  // What nodes answer has its shape where they make it.
  {
    files: 'src/cli/client/answers.ts',
    mayImport: 'src/core/** src/words/** src/doors/** src/node/operator/status.ts',
    typesOnly: true,
  },
  // Commands are programs of their own.
  {
    files: 'src/cli/**',
    mayImport:
      'src/core/** src/events/** src/words/** src/*.ts !src/node.ts !src/quorate.ts ' +
      '~/** npm:** node:**',
  },
  {
    files: 'src/doors/**',
    mayImport: 'src/core/** src/events/** src/metrics/** src/ports.ts ~/** npm:** node:**',
  },
  {
    files: 'src/metrics/**',
    mayImport: 'src/core/** src/events/** src/ports.ts ~/** npm:** node:**',
  },
  // For programs of others: it brings its own clock, and dials again as peers do.
  {
    files: 'src/client/**',
    mayImport: 'src/core/** src/ports.ts src/system.ts src/peers/backoff.ts ~/** npm:ws',
  },
  // A thread has a clock of its own.
  {
    files: 'src/store/thread/worker.ts',
    mayImport: 'src/core/** src/system.ts ~/** npm:** node:**',
  },
  {
    files: 'src/store/thread/sqlite.ts',
    mayImport: 'src/runtime.ts npm:better-sqlite3',
  },
  // Adapters know the ports, not each other and not who decides.
  { files: 'src/**', mayImport: 'src/core/** src/ports.ts ~/** npm:** node:**' },
  { files: 'actors/**', mayImport: 'npm:xstate src/core/** ~/** actors/*/machine.ts actors/*.ts' },
  // Its command line writes recordings.
  { files: 'test/sim/main.ts', mayImport: '** !bench/**' },
  // The simulator is one thread and one process, and touches no disk and no network.
  {
    files: 'test/sim/**',
    mayImport:
      '** !src/peers/** !src/store/** !src/workers/** !node:worker_threads !node:fs !node:net ' +
      '!npm:piscina !npm:better-sqlite3 !npm:ws',
  },
  { files: 'test/bench/**', mayImport: '**' },
  { files: 'test/**', mayImport: '** !bench/**' },
  { files: 'bench/**', mayImport: '**' },
];

interface Ban {
  readonly name: string;
  /** Tried line by line, on code without comments unless `inComments`. */
  readonly pattern: RegExp;
  readonly inComments?: boolean;
  readonly files: string;
  /** Files that may, and why. */
  readonly except: { readonly [file: string]: string };
}

const BANS: readonly Ban[] = [
  {
    name: 'reads a clock: time is an argument',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bhrtime\b|\bprocess\.uptime\b/,
    files: 'src/** !src/console/page/** actors/** test/sim/**',
    except: { 'src/system.ts': 'is the clock' },
  },
  {
    name: 'draws random numbers: randomness is an argument',
    pattern: /\bMath\.random\b|\brandom(Bytes|UUID|Int|Fill|FillSync)\b|\bgetRandomValues\b/,
    files: 'src/** !src/console/page/** actors/** test/sim/**',
    except: { 'src/system.ts': 'is the source of randomness' },
  },
  {
    name: 'sets a timer of its own: timers come from the Clock',
    // Not a Clock's method of that name: called behind a dot, declared with a typed parameter or
    // as a property.
    pattern: /(?<![.\w])set(Timeout|Interval)\b(?!\(\w+: |: \()|globalThis\.set|\bnode:timers\b/,
    files: 'src/** !src/console/page/** actors/** test/**',
    except: {
      'src/system.ts': 'is the clock',
      'test/support/runner/suite.ts': 'limits the time of a test',
      'test/support/runner/runner.ts': 'limits the time of a test file',
      'test/mutants/judges/loaded-judge.ts': 'limits the time of a mutant',
      'test/support/runner/fixtures/left-behind.fixture.ts': 'is a process that never ends',
    },
  },
  {
    name: 'has an effect: what decides only returns values',
    pattern: /(?<![.\w])((setImmediate|queueMicrotask|console|process)\b|fetch\()/,
    files: 'src/core/** actors/**',
    except: {},
  },
  {
    name: 'leaves work undone',
    pattern: /\b(TODO|FIXME|XXX)\b/,
    inComments: true,
    files: '**',
    except: {},
  },
  {
    name: 'silences the compiler',
    pattern: /@ts-(ignore|nocheck|expect-error)/,
    inComments: true,
    files: '**',
    except: {},
  },
  {
    name: 'imports what only some Node.js have: src/store/thread/sqlite.ts has it for all',
    pattern: /^import (?!type ).*'better-sqlite3'/,
    files: '**',
    except: {},
  },
  { name: 'runs one test only', pattern: /\.only\(/, files: '**', except: {} },
];

function importFaults(file: SourceFile): string[] {
  const layer = LAYERS.find(({ files }) => matches(file.path, files));
  if (!layer) return ['belongs to no layer'];
  const ownFolder = file.path.split('/').slice(0, 2).join('/');
  const rules = layer.mayImport.replace('~', ownFolder).split(' ');
  const forbidden = ['src/main.ts', ...rules.filter((rule) => rule[0] === '!').map(withoutMark)];
  return importsOf(file).flatMap(({ target, typeOnly }) => {
    const allowed = rules.some((rule) => matches(target, rule));
    if (!allowed || forbidden.some((rule) => matches(target, rule))) return [`imports ${target}`];
    return layer.typesOnly && !typeOnly ? [`imports more than types from ${target}`] : [];
  });
}

function withoutMark(rule: string): string {
  return rule.slice(1);
}

function banFaults(file: SourceFile): string[] {
  // This file names what it bans.
  if (file.path === 'test/tidy.test.ts') return [];
  const code = codeOf(file);
  return BANS.flatMap(({ name, pattern, inComments, files, except }) => {
    const rules = files.split(' ');
    const isMeant = rules.some((rule) => matches(file.path, rule));
    const isLeftOut = rules.some((rule) => rule[0] === '!' && matches(file.path, rule.slice(1)));
    if (!isMeant || isLeftOut || Object.hasOwn(except, file.path)) return [];
    const lines = (inComments ? file.text : code).split('\n');
    return lines.flatMap((line, index) => (pattern.test(line) ? [`${index + 1}: ${name}`] : []));
  });
}

function shapeFaults({ path, text }: SourceFile): string[] {
  const lines = text.trimEnd().split('\n');
  const faults = lines.flatMap((line, index) =>
    [...line].length > LINE_WIDTH_LIMIT ? [`${index + 1}: wider than ${LINE_WIDTH_LIMIT}`] : [],
  );
  if (lines.length > FILE_LINES_LIMIT) faults.push(`has more than ${FILE_LINES_LIMIT} lines`);
  if (/(^|\/)index\.ts$/.test(path)) faults.push('is a barrel');
  return faults;
}

function suiteFaults(file: SourceFile): string[] {
  if (!file.path.endsWith('.test.ts')) return [];
  const code = codeOf(file);
  const made = code.match(/^\s*const \w+ = suite\(/gm)?.length ?? 0;
  const run = code.match(/^\s*\w+\.run\(\);/gm)?.length ?? 0;
  return made === run ? [] : [`makes ${made} suites and runs ${run}`];
}

const CHECKS = { importFaults, banFaults, shapeFaults, suiteFaults };

function faultsOf(files: readonly SourceFile[], check: (file: SourceFile) => string[]): string {
  return files.flatMap((file) => check(file).map((fault) => `${file.path}: ${fault}`)).join('\n');
}

const test = suite('tidy');
const files = sourceFiles(['src', 'actors', 'test', 'bench']);

test('looked at the whole tree', () => {
  assert.ok(files.length > 20, `${files.length} files`);
  for (const folder of ['src/core/', 'actors/', 'test/']) {
    const seen = files.filter((file) => file.path.startsWith(folder));
    assert.ok(seen.length > 5, `${seen.length} files in ${folder}`);
  }
  const imports = files.flatMap(importsOf);
  assert.ok(imports.length > 2 * files.length, `${imports.length} imports`);
});

test('imports run one way', () => assert.is(faultsOf(files, importFaults), ''));
test('nothing banned is used', () => assert.is(faultsOf(files, banFaults), ''));
test('files and lines are short', () => assert.is(faultsOf(files, shapeFaults), ''));
test('every suite is run', () => assert.is(faultsOf(files, suiteFaults), ''));

const PLANTED: readonly [keyof typeof CHECKS, string, string][] = [
  ['importFaults', 'src/core/x.ts', "import { readFileSync } from 'node:fs';"],
  ['importFaults', 'src/core/x.ts', "import type { Store } from '../ports.js';"],
  ['importFaults', 'src/ports.ts', "import { compareVersions } from './core/version.js';"],
  ['importFaults', 'src/peers/x.ts', "import {\n  open,\n} from '../store/x.js';"],
  ['importFaults', 'src/store/x.ts', "import { createNode } from '../node.js';"],
  [
    'importFaults',
    'src/doors/http/x.ts',
    "const x = await import('../../../actors/ring/machine.js');",
  ],
  ['importFaults', 'src/node.ts', "import { SqliteStore } from './store/x.js';"],
  ['importFaults', 'src/system.ts', "import { createNode } from './node.js';"],
  ['importFaults', 'actors/ring/x.ts', "import { plan } from '../coordinator/read.js';"],
  ['importFaults', 'actors/ring/x.ts', "import { readFileSync } from 'node:fs';"],
  ['importFaults', 'actors/ring/x.ts', "import type { Log } from '../../src/ports.js';"],
  ['importFaults', 'actors/ring/x.ts', "import { wishes } from '../../src/node/ring/wishes.js';"],
  ['importFaults', 'src/doors/http/x.ts', "import type { Link } from '../../peers/link.js';"],
  ['importFaults', 'test/sim/x.ts', "import Database from 'better-sqlite3';"],
  ['importFaults', 'test/x.ts', "import '../src/main.js';"],
  ['importFaults', 'elsewhere/x.ts', ''],
  ['banFaults', 'src/peers/x.ts', 'const at = Date.now();'],
  ['banFaults', 'actors/ring/x.ts', 'const at = new Date();'],
  ['banFaults', 'src/doors/http/x.ts', 'const id = randomUUID();'],
  ['banFaults', 'test/sim/x.ts', 'if (Math.random() < 0.5) return;'],
  ['banFaults', 'src/doors/http/x.ts', 'setTimeout(retry, 10);'],
  ['banFaults', 'test/x.test.ts', "import { setTimeout as sleep } from 'node:timers/promises';"],
  ['banFaults', 'actors/ring/x.ts', 'console.log(ring);'],
  ['banFaults', 'bench/x.ts', '// TODO: measure'],
  ['banFaults', 'src/x.ts', '// @ts-ignore'],
  ['banFaults', 'test/x.test.ts', "test.only('this one', () => undefined);"],
  ['banFaults', 'test/x.test.ts', "import Database from 'better-sqlite3';"],
  ['shapeFaults', 'src/x.ts', 'x'.repeat(LINE_WIDTH_LIMIT + 1)],
  ['shapeFaults', 'src/x.ts', 'x\n'.repeat(FILE_LINES_LIMIT + 1)],
  ['shapeFaults', 'src/core/index.ts', ''],
  ['suiteFaults', 'test/x.test.ts', "const test = suite('x');"],
];

for (const [check, path, text] of PLANTED) {
  test(`planted in ${path}: ${text.slice(0, 60)} -> found`, () => {
    assert.is(CHECKS[check]({ path, text }).length, 1);
  });
}

test('what is allowed -> no fault', () => {
  const allowed: SourceFile[] = [
    {
      path: 'src/core/x.ts',
      text: "/* Date.now */ import { isUtf8 } from 'node:buffer'; // console",
    },
    { path: 'src/node/x.ts', text: "import { machine } from '../../actors/ring/machine.js';" },
    { path: 'actors/node/x.ts', text: "import { machine } from '../ring/machine.js';" },
    { path: 'src/store/deep/x.ts', text: "import { open } from '../x.js';" },
    { path: 'src/peers/x.ts', text: "clock.setTimeout(dial, 10);\nimport ws from 'ws';" },
    { path: 'test/sim/x.ts', text: 'setTimeout: (run, ms) => this.#after(ms, run),' },
    { path: 'src/x.ts', text: `${'x'.repeat(LINE_WIDTH_LIMIT)}\n`.repeat(FILE_LINES_LIMIT) },
    { path: 'src/store/x.ts', text: "import type { Database } from 'better-sqlite3';" },
    { path: 'test/x.test.ts', text: "const test = suite('x');\ntest.run();" },
  ];
  for (const check of Object.values(CHECKS)) assert.is(faultsOf(allowed, check), '');
});

test.run();
