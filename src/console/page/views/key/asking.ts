/** What was asked for a key last, and what came of it. Kept while one looks at other views. */
import { signal } from '@preact/signals';
import type { RequestStep } from '../../../../core/requests.js';
import { type Action, httpRequest, type KeyRequest } from '../../../model/key-request.js';

import { type Answer, ask, get, jsonOf } from '../../source/ask.js';
import { go, say } from '../../state.js';

export interface Owner {
  readonly id: string;
  readonly address: string;
  /** It is fetching the partition, and will own it. */
  readonly coming: boolean;
  readonly answer: string;
  readonly version?: string;
  /** Seconds. */
  readonly ttl?: number;
}

export interface Location {
  readonly key: string;
  readonly partition: number;
  readonly epoch: number;
  readonly owners: readonly Owner[];
}

export interface Explained {
  readonly level: string | number;
  readonly reached?: string;
  readonly tookMs: number;
  readonly steps: readonly RequestStep[];
}

export const request = signal<KeyRequest>({
  action: 'get',
  key: 'greeting',
  level: 'quorum',
  value: 'hello',
  contentType: 'text/plain',
  ttl: '',
  ifMatch: '',
});
export const answer = signal<Answer | undefined>(undefined);
export const explained = signal<Explained | undefined>(undefined);
export const located = signal<Location | undefined>(undefined);
export const isAsking = signal(false);

export function change(some: Partial<KeyRequest>): void {
  request.value = { ...request.value, ...some };
}

/**
 * Does it, and looks where the key lies. What is explained carries no value: a value is read a
 * second time, right behind.
 */
export async function act(action: Action): Promise<void> {
  if (/^\.{1,2}$/.test(request.value.key)) {
    return say('No browser can send . or .. as a path; curl can, by the command below');
  }
  change({ action });
  isAsking.value = true;
  const asked = request.value;
  go({ view: 'key', rest: [asked.key] });
  const first = await ask(httpRequest(asked, true));
  explained.value = explanationIn(first);
  const isRead = action === 'get';
  answer.value = isRead ? await ask(httpRequest(asked, false)) : first;
  await locate(asked.key);
  isAsking.value = false;
}

/** A refusal carries it as well. */
function explanationIn(given: Answer): Explained | undefined {
  const json = jsonOf<Explained & { explanation?: Explained }>(given);
  const found = json?.explanation ?? json;
  return found?.steps ? found : undefined;
}

export async function locate(key: string): Promise<void> {
  if (key === '') return;
  const found = await get(`/admin/locate?key=${encodeURIComponent(key)}`);
  located.value = found.status === 200 ? jsonOf<Location>(found) : undefined;
}
