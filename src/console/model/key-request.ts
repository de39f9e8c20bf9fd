/** A request for a key as one puts it together on the page, and as a command to repeat it. */

export const LEVELS = ['quorum', 'one', 'all', 'linearizable', 'any'] as const;
export type LevelName = (typeof LEVELS)[number];
export const ACTIONS = ['get', 'put', 'touch', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

export interface KeyRequest {
  readonly action: Action;
  readonly key: string;
  readonly level: LevelName;
  /** Of what is put. */
  readonly value: string;
  readonly contentType: string;
  /** Seconds; empty for ever. */
  readonly ttl: string;
  /** An entity tag as it is, `*`, or empty. */
  readonly ifMatch: string;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
}

const METHODS: { readonly [A in Action]: string } = {
  get: 'GET',
  put: 'PUT',
  touch: 'POST',
  delete: 'DELETE',
};

/** `explain`: ask what happened instead of the value. */
export function httpRequest(request: KeyRequest, explain: boolean): HttpRequest {
  const { action, key, level, value, contentType, ttl, ifMatch } = request;
  const query = new URLSearchParams();
  if (level !== 'quorum' && action !== 'touch') query.set('consistency', level);
  if (ttl !== '' && (action === 'put' || action === 'touch')) query.set('ttl', ttl);
  if (explain) query.set('explain', '1');
  const isPut = action === 'put';
  const tail = query.size > 0 ? `?${query}` : '';
  return {
    method: METHODS[action],
    target: `/kv/${pathOf(key)}${tail}`,
    headers: {
      ...(isPut && contentType !== '' && { 'Content-Type': contentType }),
      ...(ifMatch !== '' && action !== 'get' && { 'If-Match': ifMatch }),
    },
    ...(isPut && { body: value }),
  };
}

/**
 * Slashes too: browsers rewrite `.` and `..` between slashes before they send a path. A key that is
 * one of these alone no browser can send; whoever needs it takes another client.
 */
function pathOf(key: string): string {
  return encodeURIComponent(key);
}

/** The same as a command for a shell. `origin`: `http://host:port`. */
export function curlOf({ method, target, headers, body }: HttpRequest, origin: string): string {
  const words = ['curl'];
  if (method !== 'GET') words.push('-X', method);
  for (const [name, value] of Object.entries(headers))
    words.push('-H', quoted(`${name}: ${value}`));
  if (body !== undefined) words.push('--data-binary', quoted(body));
  return [...words, quoted(origin + target)].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
