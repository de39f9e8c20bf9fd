/**
 * uvu, made unable to pass in silence.
 *
 * Plain uvu exits 0 after a rejection with something that is no Error, after a throwing hook, and
 * when a suite is never run, and a test may hang for ever. Here every test and hook runs under a
 * time limit that names it, whatever is thrown becomes an Error, and each suite counts for itself:
 * its counts go, one JSON line per suite, to the file that the runner names (see `runner.ts`), and
 * an `exit` listener has the last word on the exit code, so that a single file run by hand tells
 * the truth too.
 */
import { appendFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { suite as uvuSuite } from 'uvu';

/** The environment variable that names the file for the counts. */
export const REPORT_FILE_VARIABLE = 'TEST_REPORT_FILE';
/** If it is set, the process ends with the first test that fails. */
export const STOP_VARIABLE = 'TEST_STOP_AT_FAILURE';
/** If it is set, nothing is run before somebody runs what is in `heldSuites`. */
export const HOLD_VARIABLE = 'TEST_HOLD';

export interface SuiteReport {
  readonly suite: string;
  registered: number;
  passed: number;
  failed: number;
  readonly skipped: { readonly test: string; readonly reason: string }[];
}

type Body = () => unknown;

interface Hook {
  /** Once around the suite. */
  (body: Body): void;
  /** Around every test. */
  each(body: Body): void;
}

export interface Suite {
  (name: string, body: Body): void;
  /** Counts and shows a test that cannot run here, and why. */
  skip(name: string, reason: string): void;
  readonly before: Hook;
  readonly after: Hook;
  run(): void;
}

/** A suite as it was registered, to be run more than once; each part says what it threw. */
export interface HeldSuite {
  readonly suite: string;
  before(): Promise<Error[]>;
  readonly tests: { readonly name: string; run(): Promise<Error[]> }[];
  after(): Promise<Error[]>;
}

export interface SuiteOptions {
  /** For each test and each hook. */
  readonly limitMs?: number;
  /** How long the process may live on after its last test before it is told what is open. */
  readonly lingerMs?: number;
}

export const heldSuites: HeldSuite[] = [];

const unfinished = new Set<SuiteReport>();
let anyFailed = false;

export function suite(name: string, options: SuiteOptions = {}): Suite {
  const { limitMs = 30_000, lingerMs = 10_000 } = options;
  const report: SuiteReport = { suite: name, registered: 0, passed: 0, failed: 0, skipped: [] };
  const hooks = {
    before: [] as Body[],
    beforeEach: [] as Body[],
    afterEach: [] as Body[],
    after: [] as Body[],
  };
  const tests = uvuSuite(name);
  unfinished.add(report);

  /** Runs them all and returns what they threw. */
  async function attempt(what: string, bodies: readonly Body[]): Promise<Error[]> {
    const errors: Error[] = [];
    for (const body of bodies) {
      try {
        await within(limitMs, what, body);
      } catch (thrown) {
        errors.push(asError(thrown, what));
      }
    }
    return errors;
  }

  /** One test with the hooks around it. */
  async function attemptTest(testName: string, body: Body): Promise<Error[]> {
    const errors = [...beforeErrors];
    if (errors.length === 0) errors.push(...(await attempt('hook before.each', hooks.beforeEach)));
    if (errors.length === 0) errors.push(...(await attempt(`test "${testName}"`, [body])));
    errors.push(...(await attempt('hook after.each', hooks.afterEach)));
    return errors;
  }

  let beforeErrors: Error[] = [];
  const before = async () => {
    beforeErrors = await attempt('hook before', hooks.before);
    return beforeErrors;
  };
  const after = () => attempt('hook after', hooks.after);
  tests.before(async () => void (await before()));
  const held: HeldSuite = { suite: name, before, tests: [], after };
  heldSuites.push(held);

  const test = (testName: string, body: Body): void => {
    report.registered++;
    held.tests.push({ name: testName, run: () => attemptTest(testName, body) });
    tests(testName, async () => {
      const [first, ...others] = await attemptTest(testName, body);
      if (!first) {
        report.passed++;
        return;
      }
      report.failed++;
      if (process.env[STOP_VARIABLE] !== undefined) process.exit(1);
      for (const error of others) console.error(`${name}: ${testName}: also`, error);
      throw first;
    });
  };

  tests.after(async () => {
    for (const error of await after()) {
      console.error(`${name}:`, error);
      report.registered++;
      report.failed++;
    }
    unfinished.delete(report);
    publish(report);
    if (unfinished.size === 0) demandExit(lingerMs);
  });

  function hook(around: Body[], each: Body[]): Hook {
    const add = (body: Body) => void around.push(body);
    return Object.assign(add, { each: (body: Body) => void each.push(body) });
  }

  return Object.assign(test, {
    before: hook(hooks.before, hooks.beforeEach),
    after: hook(hooks.after, hooks.afterEach),
    run: () => {
      if (process.env[HOLD_VARIABLE] === undefined) tests.run();
    },
    skip(testName: string, reason: string): void {
      report.registered++;
      report.skipped.push({ test: testName, reason });
      console.log(`${name}: skipped "${testName}": ${reason}`);
      tests.skip();
    },
  });
}

async function within(limitMs: number, what: string, body: Body): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`${what} did not finish within ${limitMs} ms`));
    timer = setTimeout(late, limitMs);
  });
  try {
    await Promise.race([(async () => body())(), limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** uvu's own printing throws, and loses the failure, unless name and stack are texts. */
function asError(thrown: unknown, what: string): Error {
  if (thrown instanceof Error && typeof thrown.name === 'string' && thrown.stack) return thrown;
  return new Error(`${what} threw no proper Error but ${inspect(thrown)}`);
}

function publish(report: SuiteReport): void {
  if (report.failed > 0 || report.registered === 0) anyFailed = true;
  const file = process.env[REPORT_FILE_VARIABLE];
  if (file) appendFileSync(file, `${JSON.stringify(report)}\n`);
}

/** The timer holds nothing open itself: it fires only if something else does. */
function demandExit(lingerMs: number): void {
  const linger = () => {
    const open = process.getActiveResourcesInfo().join(', ');
    console.error(`the tests are over, but the process is kept alive by: ${open}`);
    process.exit(1);
  };
  setTimeout(linger, lingerMs).unref();
}

process.on('exit', () => {
  for (const report of unfinished) {
    console.error(`suite "${report.suite}" did not run to its end`);
    publish(report);
  }
  if (anyFailed || unfinished.size > 0) process.exitCode = 1;
});
