/** How large what peers send may be: builds that talk to each other have to agree. */
import * as assert from 'uvu/assert';
import * as limits from '../../../src/core/wire/limits.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('limits');

test('every limit -> what it has always been: a smaller one refuses what others send', () => {
  assert.equal(
    { ...limits },
    {
      VALUE_BYTES_LIMIT: 67_108_864,
      FRAME_BYTES_LIMIT: 68_157_440,
      MESSAGE_BYTES_LIMIT: 67_633_152,
      MAX_RING_BYTES: 16_777_216,
      PAGE_ROWS_LIMIT: 4096,
      SCAN_ROWS_LIMIT: 1000,
      RECORDS_LIMIT: 1000,
      ROSTER_LIMIT: 2000,
      RUMOURS_LIMIT: 64,
      ACCUSERS_LIMIT: 8,
    },
  );
});

test.run();
