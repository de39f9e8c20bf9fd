/**
 * Builds the page (`npm run build`): one script, one style sheet and what stands beside them, in
 * `dist/console`, packed ahead so that a node only sends them.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const FROM = join(ROOT, 'src/console/page');
const TO = join(ROOT, 'dist/console');

rmSync(TO, { recursive: true, force: true });
mkdirSync(TO, { recursive: true });
await build({
  entryPoints: [join(FROM, 'main.tsx'), join(FROM, 'style/page.css')],
  entryNames: 'page',
  outdir: TO,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
});
for (const name of ['page.html', 'icon.svg']) copyFileSync(join(FROM, name), join(TO, name));
for (const name of readdirSync(TO)) {
  const bytes = readFileSync(join(TO, name));
  writeFileSync(join(TO, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(TO, `${name}.br`), brotliCompressSync(bytes));
}
