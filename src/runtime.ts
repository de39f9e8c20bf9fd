/**
 * Which Node.js this needs, and which package is its SQLite there.
 *
 * better-sqlite3 13 brings its binaries along, for Node-API 10 (Node 22.14): with less, loading it
 * ends the process by a signal. For Node 20 npm installs version 12 in its place
 * (`src/store/node20`), which is compiled where no binary of it can be fetched.
 */

/** As `engines` in `package.json`: the oldest of a line. Odd lines are not supported for long. */
const OLDEST_OF_LINE: { readonly [major: number]: number } = { 20: 19, 22: 14 };
const FROM_THEN_ON = 24;
const NODE_API_OF_13 = 10;

/** Names a package for `import`. */
export function sqlitePackage(nodeApi: number): string {
  return nodeApi >= NODE_API_OF_13 ? 'better-sqlite3' : 'better-sqlite3-node20';
}

/** `version` is as in `process.versions.node`. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= FROM_THEN_ON || minor >= (OLDEST_OF_LINE[major] ?? Number.POSITIVE_INFINITY);
}

/** Why nothing can run here, in a sentence; undefined if it can. `isThere` looks for a package. */
export function problemOfRuntime(
  { node, napi }: NodeJS.ProcessVersions,
  isThere: (name: string) => boolean,
): string | undefined {
  if (!isSupported(node)) {
    return `Node.js 20.19, 22.14, 24 or later is needed, and this is ${node}`;
  }
  const needed = sqlitePackage(Number(napi));
  if (isThere(needed)) return undefined;
  const missing = `SQLite for Node.js ${node} is not installed: run npm ci again`;
  if (needed === 'better-sqlite3') return missing;
  return `${missing} (it takes a C++ compiler, make and Python 3; Node.js 22.14 takes none)`;
}
