/** The page as the door sends it: whole, packed, and on no other site's behalf. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import type { HttpDoor } from '../../src/doors/http/server.js';
import { HttpClient } from '../support/http/http-client.js';
import { suite } from '../support/runner/suite.js';
import { memberOf, openDoor, ringOf, StubBackend } from './stub-backend.js';

const test = suite('door of the console');
let door: HttpDoor;
let client: HttpClient;

test.before(async () => {
  const opened = await openDoor(new StubBackend(ringOf([memberOf(1)])));
  door = opened.door;
  client = new HttpClient(opened.port);
});

test.after(async () => {
  client.close();
  await door.drain();
});

const FILES = ['/', '/console/page.js', '/console/page.css', '/console/icon.svg'];

test('the page, and all it names -> 200, each with its policy', async () => {
  const page = await client.get('/');
  const named = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  assert.equal(named.sort(), FILES.slice(1).sort());
  for (const path of FILES) {
    const { status, headers } = await client.get(path);
    assert.is(status, 200, path);
    assert.match(String(headers['content-security-policy']), "default-src 'none'");
    assert.match(String(headers['content-security-policy']), "frame-ancestors 'none'");
    assert.is(headers['x-content-type-options'], 'nosniff');
  }
});

test('nothing of it is of another site', async () => {
  for (const path of FILES.slice(0, 3)) {
    const { text } = await client.get(path);
    const elsewhere = text.match(/https?:\/\/(?!www\.w3\.org)[\w.-]+/g) ?? [];
    assert.equal(elsewhere, [], path);
  }
});

test('packed where the client can unpack -> the same bytes, below 300 kB in all', async () => {
  let sent = 0;
  for (const path of FILES) {
    const plain = await client.get(path);
    for (const [coding, unpack] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const packed = await client.get(path, { 'Accept-Encoding': coding });
      assert.is(packed.headers['content-encoding'], coding);
      assert.is(unpack(packed.body).toString(), plain.text);
      if (coding === 'gzip') sent += packed.body.length;
    }
  }
  assert.ok(sent < 300_000, `${sent} bytes`);
});

test('known already -> 304', async () => {
  for (const path of FILES) {
    const etag = (await client.get(path)).headers.etag ?? '';
    assert.match(etag, /^"[\w-]{22}"$/);
    assert.is((await client.get(path, { 'If-None-Match': etag })).status, 304);
    assert.is((await client.get(path, { 'If-None-Match': '"other"' })).status, 200);
  }
});

test('anything else -> 404; another method -> 405', async () => {
  for (const path of ['/console/', '/console/page.html.br', '/console/../page.js', '/console/x']) {
    assert.is((await client.get(path)).status, 404, path);
  }
  assert.is((await client.send('POST', '/')).status, 405);
  assert.is((await client.send('DELETE', '/console/page.js')).status, 405);
  assert.is((await client.get('/?x=1')).status, 400);
});

test.run();
