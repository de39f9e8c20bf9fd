/** What every error of the HTTP door has to look like. */
import * as assert from 'uvu/assert';
import { type Answer, codeOf } from './http-client.js';

/** A problem with this status and code: one sentence for people, and no stack trace. */
export function assertProblem(answer: Answer, status: number, code: string): void {
  assert.is(answer.status, status, answer.text);
  assert.is(answer.headers['content-type'], 'application/problem+json');
  assert.is(codeOf(answer), code, answer.text);
  const { detail } = JSON.parse(answer.text);
  assert.type(detail, 'string');
  assert.not.match(answer.text, /\n\s+at /);
}
