import * as assert from 'uvu/assert';
import { curlOf, httpRequest, type KeyRequest } from '../../../src/console/model/key-request.js';
import { decodeKey } from '../../../src/core/data/key.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('requests for keys from the page');

function asked(some: Partial<KeyRequest>): KeyRequest {
  const nothing = { value: 'v', contentType: 'text/plain', ttl: '', ifMatch: '' };
  return { action: 'get', key: 'k', level: 'quorum', ...nothing, ...some };
}

test('a key -> a path that leads back to it, and that a browser leaves alone', () => {
  for (const key of ['a/b', 'a/../b', './..', 'ü %2F+?#', '🔑']) {
    const { target } = httpRequest(asked({ key }), false);
    assert.is(new URL(target, 'http://h').pathname, target, key);
    const decoded = decodeKey(target.slice('/kv/'.length));
    assert.is(String(decoded), key);
  }
});

test('a put -> its body, type, time and condition', () => {
  const put = asked({ action: 'put', level: 'all', ttl: '9', ifMatch: '*' });
  assert.equal(httpRequest(put, true), {
    method: 'PUT',
    target: '/kv/k?consistency=all&ttl=9&explain=1',
    headers: { 'Content-Type': 'text/plain', 'If-Match': '*' },
    body: 'v',
  });
});

test('a touch -> no body and no level; a get -> no condition', () => {
  const touch = httpRequest(asked({ action: 'touch', level: 'all', ttl: '9' }), false);
  assert.equal(touch, { method: 'POST', target: '/kv/k?ttl=9', headers: {} });
  assert.equal(httpRequest(asked({ ifMatch: '*' }), false).headers, {});
});

test('as a command -> quoted for a shell', () => {
  const command = curlOf(httpRequest(asked({ action: 'put', value: "it's" }), false), 'http://h:1');
  const type = "-H 'Content-Type: text/plain'";
  assert.is(command, `curl -X PUT ${type} --data-binary 'it'\\''s' 'http://h:1/kv/k'`);
});

test.run();
