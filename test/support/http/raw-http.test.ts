/** Answers in whatever pieces they come. */
import * as assert from 'uvu/assert';
import { suite } from '../runner/suite.js';
import { AnswerReader, requestBytes } from './raw-http.js';

const test = suite('raw-http');

const PROBLEM = '{"code":"overloaded","status":503}';
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n';
/** As they come, one after the other on one connection. */
const ANSWERS: readonly [text: string, status: number, code: string | undefined][] = [
  ['HTTP/1.1 204 No Content\r\nETag: "x"\r\n\r\n', 204, undefined],
  ['HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"code":"of_a_value"}', 200, undefined],
  [`HTTP/1.1 503 No\r\nContent-Length: ${PROBLEM.length}\r\n\r\n${PROBLEM}`, 503, 'overloaded'],
  [`HTTP/1.1 200 OK\r\n${CHUNKED}`, 200, undefined],
  ['HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 404, undefined],
];

for (const size of [1, 2, 7, 64, 1000]) {
  test(`answers in pieces of ${size} bytes -> each ends once, with its status and code`, () => {
    const reader = new AnswerReader();
    const shared = Buffer.alloc(size);
    for (const [text, status, code] of ANSWERS) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += size) {
        // As a socket with a buffer of its own does it: the next piece takes the same place.
        const length = bytes.copy(shared, 0, at);
        const isLast = at + size >= bytes.length;
        const read = reader.read(shared.subarray(0, length));
        assert.is(read, isLast ? status : undefined, `${text} at ${at}`);
      }
      assert.is(reader.code, code);
    }
  });
}

test('a request -> its bytes, with the length of a body that is there', () => {
  const head = 'HTTP/1.1\r\nHost: localhost\r\n';
  assert.is(requestBytes('GET', '/x').toString(), `GET /x ${head}\r\n`);
  const put = `PUT /x ${head}Content-Length: 2\r\n\r\né`;
  assert.is(requestBytes('PUT', '/x', 'é').toString(), put);
});

test.run();
