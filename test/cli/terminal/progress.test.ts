import * as assert from 'uvu/assert';
import { Progress } from '../../../src/cli/terminal/progress.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('terminal: progress');

function shown(isTTY: boolean): string {
  let text = '';
  const write = (part: string | Uint8Array) => {
    text += part;
  };
  const progress = new Progress({ write, isTTY, columns: 40 });
  progress.show(1, 4, 'partitions');
  progress.show(1, 4, 'partitions');
  progress.show(4, 4, 'waits for \u001b[2J');
  progress.show(0, 0, 'waits');
  progress.end();
  return text;
}

test('nobody draws over a pipe: a line for each change', () => {
  assert.is(shown(false), '1/4 partitions\n4/4 waits for \\u001b[2J\nwaits\n');
});

test('on a terminal a bar in one line, which goes when it is done', () => {
  const again = '\r\u001b[K';
  const [full, none] = ['█', '░'];
  const bars = [
    `${full.repeat(6)}${none.repeat(18)} 1/4 partitions`,
    `${full.repeat(24)} 4/4 waits for`,
  ];
  assert.is(shown(true), `${again}${bars[0]}${again}${bars[1]} ${again}waits${again}`);
});

test.run();
