/** What the page offers is what the doors serve: all of it, and nothing else. */
import * as assert from 'uvu/assert';
import { API } from '../../../src/console/model/api-requests.js';
import { S_KEY } from '../../../src/doors/dialects/s-key.js';
import { KV_METHODS, KV_PREFIX } from '../../../src/doors/kv/kv.js';
import { KEYS, OPERATORS } from '../../../src/doors/routes.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('requests that the page offers');
const requests = API.flatMap((group) => group.requests);

/** Of bytes that no page shows or has. */
const OF_PROGRAMS = ['POST /admin/backup', 'POST /admin/restore'];

test('every path for operators is offered, and all that can be done to a key', () => {
  const offered = new Set(requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`));
  const served = Object.entries({ ...OPERATORS, ...KEYS }).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  assert.equal(
    served.filter((each) => !offered.has(each)),
    OF_PROGRAMS,
  );
  for (const method of KV_METHODS.split(', ')) assert.ok(offered.has(`${method} /kv/{key}`));
});

test('each example is of its path', () => {
  for (const { path, example } of requests) {
    const [at] = example.split('?');
    if (path.startsWith(KV_PREFIX)) assert.ok(at?.startsWith(KV_PREFIX), example);
    else assert.is(at, path.split('?')[0]);
  }
});

test('each is served: by the operators’ doors, or by those of S0', () => {
  const rows: { readonly [path: string]: object } = { ...OPERATORS, ...KEYS, ...S_KEY };
  for (const { method, path } of requests.filter((each) => !each.path.startsWith(KV_PREFIX))) {
    const asServed = method === 'HEAD' ? 'GET' : method;
    assert.ok(Object.hasOwn(rows[path.split('?')[0] ?? ''] ?? {}, asServed), `${method} ${path}`);
  }
});

test.run();
