/** What a node can be asked, with an example of each that can be tried. */

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly what: string;
  /** Path and query of the example. `{self}` stands for the id of the node that is asked. */
  readonly example: string;
  readonly body?: string;
  readonly headers?: { readonly [name: string]: string };
  /** It changes members, or never ends: it is shown, and tried elsewhere. */
  readonly instead?: string;
}

export interface ApiGroup {
  readonly name: string;
  readonly requests: readonly ApiRequest[];
}

const TEXT = { 'Content-Type': 'text/plain' };
const LINES = { 'Content-Type': 'application/x-ndjson' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

export const API: readonly ApiGroup[] = [
  {
    name: 'Keys',
    requests: [
      {
        method: 'PUT',
        path: '/kv/{key}',
        what: 'Stores the body. ?ttl=seconds lets it expire; If-Match makes it conditional.',
        example: '/kv/greeting?ttl=600',
        headers: TEXT,
        body: 'hello',
      },
      {
        method: 'GET',
        path: '/kv/{key}',
        what: 'The value, its type and its ETag. ?consistency= names the level.',
        example: '/kv/greeting',
      },
      {
        method: 'GET',
        path: '/kv/{key}?explain=1',
        what: 'Whom the request asked, and what each answered after how long.',
        example: '/kv/greeting?explain=1',
      },
      {
        method: 'HEAD',
        path: '/kv/{key}',
        what: 'As GET, without the value.',
        example: '/kv/greeting',
      },
      {
        method: 'POST',
        path: '/kv/{key}?ttl=',
        what: 'The value lives for so long from now; it stays as it is.',
        example: '/kv/greeting?ttl=3600',
      },
      {
        method: 'DELETE',
        path: '/kv/{key}',
        what: 'There is no value any more.',
        example: '/kv/greeting',
      },
      {
        method: 'OPTIONS',
        path: '/kv/{key}',
        what: 'What can be done to a key.',
        example: '/kv/greeting',
      },
    ],
  },
  {
    name: 'Many keys',
    requests: [
      {
        method: 'GET',
        path: '/kv?prefix=',
        what: 'Keys in byte order, a page at a time; &values=1 with their values.',
        example: '/kv?prefix=&limit=20',
      },
      {
        method: 'GET',
        path: '/kv?count=1',
        what: 'How many keys there are, of a prefix or in all.',
        example: '/kv?count=1&prefix=g',
      },
      {
        method: 'HEAD',
        path: '/kv?prefix=',
        what: 'The same count, in a header.',
        example: '/kv?prefix=g',
      },
      {
        method: 'DELETE',
        path: '/kv?prefix=&confirm=',
        what: 'Deletes the keys that begin so, a thousand at a time.',
        example: '/kv?prefix=greeting&confirm=greeting',
        instead: 'There is no way back: it is left to a command line.',
      },
      {
        method: 'POST',
        path: '/kv/batch',
        what: 'Many reads and writes in one request, a line of JSON each.',
        example: '/kv/batch',
        headers: LINES,
        body: '{"op":"put","key":"greeting","value":"hello"}\n{"op":"get","key":"greeting"}',
      },
    ],
  },
  {
    name: 'How it is',
    requests: [
      {
        method: 'GET',
        path: '/health/cluster',
        what: 'The verdict on the cluster, and what to do.',
        example: '/health/cluster',
      },
      {
        method: 'GET',
        path: '/health/live',
        what: 'The process turns.',
        example: '/health/live',
      },
      {
        method: 'GET',
        path: '/health/ready',
        what: 'It takes requests; for load balancers.',
        example: '/health/ready',
      },
      {
        method: 'GET',
        path: '/admin/status',
        what: 'Members, changes, transfers, hints, disk.',
        example: '/admin/status',
      },
      {
        method: 'GET',
        path: '/admin/ring',
        what: 'Members, and the owners of every partition.',
        example: '/admin/ring',
      },
      {
        method: 'GET',
        path: '/admin/locate?key=',
        what: 'The owners of a key, and the version each holds right now.',
        example: '/admin/locate?key=greeting',
      },
      { method: 'GET', path: '/metrics', what: 'For Prometheus.', example: '/metrics' },
    ],
  },
  {
    name: 'What happens',
    requests: [
      {
        method: 'GET',
        path: '/admin/events',
        what: 'What happens, as it happens: Server-Sent Events, or a WebSocket.',
        example: '/admin/events?types=member.,ring.&nodes=all',
        instead: 'It never ends; this page is drawn from it.',
      },
      {
        method: 'GET',
        path: '/admin/recording?minutes=',
        what: 'What happened last, as a file for a bug report.',
        example: '/admin/recording?minutes=1',
      },
    ],
  },
  {
    name: 'Changes',
    requests: [
      {
        method: 'GET',
        path: '/admin/ring?plan=',
        what: 'What a change of members would do: join, leave, remove, replace.',
        example: '/admin/ring?plan=join&count=1',
      },
      {
        method: 'POST',
        path: '/admin/leave?id=',
        what: 'A member hands over what it owns, then leaves for good.',
        example: '/admin/leave?id={self}',
        instead: 'The view Changes does this, with a plan before.',
      },
      {
        method: 'POST',
        path: '/admin/epoch',
        what: 'The next epoch with the same members: the way out when most clocks were wrong.',
        example: '/admin/epoch',
        instead: 'Only for that; see “Clocks” in the README.',
      },
      {
        method: 'POST',
        path: '/admin/scrub?paused=',
        what: 'Holds the reading of all rows, which looks for damage, or lets it go on.',
        example: '/admin/scrub?paused=true',
      },
      {
        method: 'POST',
        path: '/admin/remove?id=',
        what: 'A dead member is removed now.',
        example: '/admin/remove?id={self}',
        instead: 'The view Changes does this, with a plan before.',
      },
    ],
  },
  {
    name: 'The first API',
    requests: [
      {
        method: 'POST',
        path: '/s/key',
        what: 'Stores a value, as JSON.',
        example: '/s/key',
        headers: JSON_TYPE,
        body: '{"key":"greeting","value":"hello"}',
      },
      {
        method: 'GET',
        path: '/s/key?key=',
        what: 'The value, as JSON.',
        example: '/s/key?key=greeting',
      },
      {
        method: 'DELETE',
        path: '/s/key?key=',
        what: 'There is no value any more.',
        example: '/s/key?key=greeting',
      },
    ],
  },
];
