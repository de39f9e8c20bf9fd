/** Frames in one piece are those of the library. */
import * as assert from 'uvu/assert';
import * as ws from 'ws';
import { SMALL_FRAME_BYTES, smallFrame } from '../../../../src/core/wire/frames/small-frame.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('small frame');

/** Not in the types of the library. */
const { Sender } = ws as unknown as {
  Sender: { frame(payload: Buffer, options: object): Buffer[] };
};

for (const isMasked of [true, false]) {
  test(`any length, ${isMasked ? 'masked' : 'not masked'} -> as the library frames it`, () => {
    for (const length of [1, 125, 126, 127, 300, SMALL_FRAME_BYTES]) {
      const payload = Buffer.alloc(length, 0xa5);
      const options = { fin: true, opcode: 2, mask: isMasked, rsv1: false, readOnly: true };
      const generateMask = (mask: Buffer) => mask.fill(0);
      const framed = Sender.frame(payload, { ...options, generateMask });
      assert.equal(smallFrame(payload, isMasked), Buffer.concat(framed));
    }
  });
}

test.run();
