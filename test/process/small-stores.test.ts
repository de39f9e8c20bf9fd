/** Every line of `docs/from-small-stores.md`, run with the real curl at a real node. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertPrinted, tableLines } from '../support/documented.js';
import { Child } from '../support/processes/child.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const test = suite('small stores');
const USUAL = '127.0.0.1:8080';
const LINES = tableLines(readFileSync('docs/from-small-stores.md', 'utf8'));
const hasCurl = spawnSync('curl', ['--version']).status === 0;
let cluster: ProcessCluster | undefined;

test('the document has lines of all stores', () => {
  assert.ok(LINES.length > 25, `${LINES.length} lines`);
});

if (hasCurl) {
  test.before(async () => {
    cluster = await ProcessCluster.start(1);
  });
} else {
  test.skip('what the document says', 'there is no curl here');
}

test.after(async () => {
  await cluster?.close();
});

for (const { command, status, answer } of hasCurl ? LINES : []) {
  test(`${command} -> ${status} ${answer}`, async () => {
    const { address } = cluster!.nodes[0]!;
    const line = command.replace('curl ', "curl -sS -w '%{stderr}%{http_code}' ");
    const shell = new Child('sh', ['-c', line.replaceAll(USUAL, address)]);
    assert.is((await shell.exited).code, 0, shell.stderr);
    assert.is(shell.stderr, String(status));
    assertPrinted(shell.stdout, answer.replaceAll(USUAL, address), command);
  });
}

test.run();
