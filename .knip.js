/**
 * Dead code (`npm run dead`): what nobody imports, exports that only their own file uses, and, with
 * --production, what only tests use. Types may be exported for what they say about a signature.
 */
const isProduction = process.argv.includes('--production');

export default {
  // `!` marks what production consists of.
  entry: [
    'src/main.ts!',
    'src/cli/commands/*.ts!',
    // Threads, which are started by their path.
    'src/store/thread/worker.ts!',
    'src/workers/build-tree.ts!',
    // What anybody folds the events of a cluster with.
    'src/events/{reduce,recording}.ts!',
    // The page of the console, and what bundles it.
    'src/console/page/main.tsx!',
    'src/console/page/style/page.css!',
    'src/console/build/main.ts',
    'test/run.ts',
    'test/**/*.test.ts',
    // `npm run charts` draws what these describe.
    'src/charts/{graph,drawn}.ts!',
    'test/docs/main.ts',
    'test/docs/charts/main.ts',
    'test/docs/pictures/main.ts',
    'test/support/runner/fixtures/*.ts',
    'test/support/processes/shifted-clock.ts',
    'test/drill/*.ts',
    'test/mutants/main.ts',
    'test/mutants/judges/loaded-tests.ts',
    'test/sim/{main,worker}.ts',
    'test/store/store-process.ts',
    'test/store/thread/log/checkpoints-process.ts',
    'bench/run.ts',
    'bench/floor/{node,store}.ts',
    'bench/guard/run.ts',
    'bench/repair/run.ts',
    'bench/scale/run.ts',
    'bench/backup/run.ts',
    'bench/membership/{run,worker}.ts',
    'bench/events/{run,watchers}.ts',
    'bench/latency/run.ts',
    'bench/list/run.ts',
    'bench/client/run.ts',
    'bench/console/run.ts',
  ],
  project: ['src/**/*.{ts,tsx}!', 'actors/**/*.ts!', 'test/**/*.ts', 'bench/**/*.ts'],
  ignoreBinaries: ['promtool', 'setpriv', 'ss', 'systemd-analyze', 'umount', 'unshare'],
  // A limit or a rule that a test looks at is used by its own file, too.
  ignoreExportsUsedInFile: isProduction || { interface: true, type: true },
};
