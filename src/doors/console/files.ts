/** The files of the console, in memory: read when the first is asked for. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `npm run build` makes, beside the compiled doors. */
const FOLDER = new URL('../../../console/', import.meta.url);

const TYPES: { readonly [name: string]: string } = {
  'page.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

export interface ConsoleFile {
  readonly type: string;
  /** Of its entity tag what stands between the quotes. */
  readonly tag: string;
  readonly bytes: Buffer;
  readonly packed: { readonly br: Buffer; readonly gzip: Buffer };
}

/** Nothing of the page may come from elsewhere, and nothing go elsewhere. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

const read = new Map<string, ConsoleFile>();

/** Undefined if there is none of that name, or the console was not built. */
export function consoleFile(name: string): ConsoleFile | undefined {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined) return undefined;
  let file = read.get(name);
  if (!file) {
    const path = fileURLToPath(new URL(name, FOLDER));
    if (!existsSync(path)) return undefined;
    const bytes = readFileSync(path);
    const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    const packed = { br: readFileSync(`${path}.br`), gzip: readFileSync(`${path}.gz`) };
    file = { type, tag, bytes, packed };
    read.set(name, file);
  }
  return file;
}

/** Names and values in turn. */
export function consoleHeaders({ type }: Pick<ConsoleFile, 'type'>): string[] {
  return [
    ...['Content-Type', type, 'Content-Security-Policy', POLICY],
    // It changes with the program; to ask whether it has costs next to nothing.
    ...['Cache-Control', 'no-cache', 'X-Content-Type-Options', 'nosniff'],
    ...['Referrer-Policy', 'no-referrer'],
  ];
}
