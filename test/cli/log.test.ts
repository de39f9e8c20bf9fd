/** Lines of the log: for people, for machines, and with words of strangers in them. */
import * as assert from 'uvu/assert';
import { createLog } from '../../src/cli/log.js';
import { printable } from '../../src/cli/printable.js';
import { ManualClock } from '../peers/manual-clock.js';
import { suite } from '../support/runner/suite.js';

const test = suite('log');
const AT = Date.UTC(2026, 10, 29, 8, 5, 3, 7);
const HOSTILE = 'a\u001b[2J\u009b\r\nfake line\u202e\u2028 "x" \\ é🔑';

function linesOf(format: 'pretty' | 'json') {
  const lines: string[] = [];
  const clock = Object.assign(new ManualClock(), { now: () => AT });
  const log = createLog({ level: 'info', format, clock, write: (line) => lines.push(line) });
  return { lines, log };
}

test('pretty -> the date, the level, the event and its fields; below the level nothing', () => {
  const { lines, log } = linesOf('pretty');
  log('warn', 'peer.down', { id: 'a', n: 3, none: undefined, reason: 'it broke', path: '/a' });
  log('debug', 'unheard');
  const fields = 'id=a n=3 reason="it broke" path=/a';
  assert.equal(lines, [`2026-11-29 08:05:03.007 warn  peer.down ${fields}\n`]);
});

test('what strangers say -> one line, and nothing that a terminal would obey', () => {
  for (const format of ['pretty', 'json'] as const) {
    const { lines, log } = linesOf(format);
    log('info', 'said', { reason: HOSTILE });
    const [line = ''] = lines;
    assert.match(line, /^[^\p{Cc}\p{Cf}\u2028]+\n$/u);
    const [, text] = /reason"?[=:](".*")\}?\n/.exec(line)!;
    assert.is(JSON.parse(text!), HOSTILE, 'it can be read back');
  }
});

test('characters of two units -> both are written', () => {
  assert.is(printable('\u{e0001}é🔑'), '\\udb40\\udc01é🔑');
});

test.run();
