/** What the page offers is what the doors serve: all of it, and nothing else. */
import * as assert from 'uvu/assert';
import { API } from '../../../src/console/model/api-requests.js';
import { KV_METHODS, KV_PREFIX } from '../../../src/doors/kv/kv.js';
import { ROUTES } from '../../../src/doors/routes.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('requests that the page offers');
const requests = API.flatMap((group) => group.requests);

test('every path of the doors is offered', () => {
  const offered = new Set(requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`));
  const missing = [...ROUTES].flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  // The page itself.
  assert.equal(
    missing.filter((each) => !offered.has(each)),
    ['GET /'],
  );
  for (const method of KV_METHODS.split(', ')) assert.ok(offered.has(`${method} /kv/{key}`));
});

test('each example is of its path, and served', () => {
  for (const { method, path, example } of requests) {
    const [at] = example.split('?');
    if (path.startsWith(KV_PREFIX)) assert.ok(at?.startsWith(KV_PREFIX), example);
    else {
      assert.is(at, path.split('?')[0]);
      assert.ok(Object.hasOwn(ROUTES.get(at ?? '') ?? {}, method), `${method} ${path}`);
    }
  }
});

test.run();
