/** Asks the node that serves this page: what the views do beside looking. */
import type { HttpRequest } from '../../model/key-request.js';

export interface Answer {
  /** 0 if there was none. */
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bytes: Uint8Array;
  readonly tookMs: number;
}

export async function ask({ method, target, headers, body }: HttpRequest): Promise<Answer> {
  const startedAt = performance.now();
  try {
    const answer = await fetch(target, {
      method,
      headers: { ...headers },
      ...(body !== undefined && { body }),
      cache: 'no-store',
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const { status, statusText } = answer;
    const tookMs = performance.now() - startedAt;
    return { status, statusText, headers: [...answer.headers], bytes, tookMs };
  } catch (error) {
    const statusText = error instanceof Error ? error.message : String(error);
    const tookMs = performance.now() - startedAt;
    return { status: 0, statusText, headers: [], bytes: new Uint8Array(), tookMs };
  }
}

export async function get(target: string): Promise<Answer> {
  return ask({ method: 'GET', target, headers: {} });
}

/** What an answer says as JSON; undefined if it is none. */
export function jsonOf<T>({ bytes }: Answer): T | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch {
    return undefined;
  }
}

/** In one sentence why it was not done. */
export function refusalOf(answer: Answer): string {
  if (answer.status === 0) return `The node does not answer (${answer.statusText}).`;
  const problem = jsonOf<{ detail?: string; code?: string }>(answer);
  return problem?.detail
    ? `${problem.detail} (${problem.code})`
    : `${answer.status} ${answer.statusText}`;
}
