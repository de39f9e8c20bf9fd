/** `npm run console`: the page and a recording, without a node. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { writeRecording } from '../../../src/events/recording.js';
import { HttpClient } from '../../support/http/http-client.js';
import { Child, runToEnd } from '../../support/processes/child.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('console');
const SCRIPT = 'src/cli/commands/console.js';
const FRAME = JSON.stringify({ type: 'node.serving', node: 'a'.repeat(16), at: 1000, seq: 1 });
const RECORDING = writeRecording({ madeAt: 1000, minutes: 1, away: [] }, [FRAME]);

let folder = '';

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'console-'));
});
test.after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('a recording -> the page that opens it, and what it opens; Ctrl-C -> exit 0', async () => {
  const path = file('a "b" & <c>.json', RECORDING);
  const child = Child.ofScript(SCRIPT, [path, '--port', '0']);
  const [, port] = await child.said(/^a "b" & <c>\.json is at http:\/\/127\.0\.0\.1:(\d+)\/ /m);
  const client = new HttpClient(Number(port));
  const page = await client.get('/');
  assert.is(page.status, 200);
  assert.match(page.text, '<meta name="recording" content="a &quot;b&quot; &amp; &lt;c>.json" />');
  assert.match(page.headers['content-security-policy'] ?? '', "default-src 'none'");
  const script = /src="(\/console\/[^"]+)"/.exec(page.text)![1]!;
  assert.match((await client.get(script)).headers['content-type'] ?? '', 'text/javascript');
  assert.is((await client.get('/recording')).text, RECORDING);
  for (const nothing of ['/console/', '/console/..%2Fmain.js', '/kv/x', '/admin/events']) {
    assert.is((await client.get(nothing)).status, 404, nothing);
  }
  assert.is((await client.put('/recording', 'x')).status, 405);
  client.close();
  child.signal('SIGINT');
  assert.equal(await child.exited, { code: 0, signal: null });
});

test('the page of another site, led here by its name -> refused', async () => {
  const child = Child.ofScript(SCRIPT, [file('run.json', RECORDING), '--port', '0']);
  const [, port] = await child.said(/:(\d+)\//);
  const client = new HttpClient(Number(port));
  for (const [host, status] of [
    ['elsewhere.example', 403],
    [`elsewhere.example:${port}`, 403],
    [`localhost:${port}`, 200],
    [`127.0.0.1:${port}`, 200],
  ] as const) {
    assert.is((await client.get('/recording', { host })).status, status, host);
  }
  client.close();
  child.signal('SIGTERM');
  assert.equal(await child.exited, { code: 0, signal: null });
});

test('a file that is no recording, or none at all -> one sentence, exit 1', async () => {
  for (const [path, why] of [
    [file('text.json', 'words'), /^console: .*text\.json: .*it is not JSON\.$/m],
    [file('other.json', '{}'), /^console: .*JSON, but no recording of Quorate\.$/m],
    [join(folder, 'none.json'), /^console: .*none\.json cannot be read: ENOENT/m],
  ] as const) {
    const { code, stderr, stdout } = await runToEnd(SCRIPT, [path, '--port', '0']);
    assert.equal([code, stdout], [1, '']);
    assert.match(stderr, why);
  }
});

test('a port that is taken -> one sentence, exit 1', async () => {
  const path = file('again.json', RECORDING);
  const first = Child.ofScript(SCRIPT, [path, '--port', '0']);
  const [, port = ''] = await first.said(/:(\d+)\//);
  const { code, stderr } = await runToEnd(SCRIPT, [path, '--port', port]);
  assert.is(code, 1);
  assert.match(stderr, new RegExp(`^console: port ${port} cannot be used: .*EADDRINUSE`));
  first.signal('SIGINT');
  await first.exited;
});

test('a command line that makes no sense -> usage, exit 2; --help -> exit 0', async () => {
  const lines = ['', 'a b', 'a --port', 'a --port x', 'a --prot 1'];
  const ends = lines.map((line) => runToEnd(SCRIPT, line.split(' ').filter(Boolean)));
  for (const [index, { code, stderr }] of (await Promise.all(ends)).entries()) {
    assert.is(code, 2, lines[index]);
    assert.match(stderr, /^usage: npm run console/m);
  }
  const help = await runToEnd(SCRIPT, ['--help']);
  assert.equal([help.code, help.stderr], [0, '']);
});

test.run();
