/** The work that is counted: always the same, alone and many at a time. */
import { keyText, valueText } from '../work.js';

const OPERATIONS = 200;
const VALUE_BYTES = 100;
const TOGETHER = 50;

/** `swap`: a put on the condition that nothing has changed since. */
export type Step =
  | {
      readonly kind: 'put' | 'swap' | 'get' | 'delete';
      readonly key: string;
      readonly value: string;
    }
  | { readonly kind: 'list'; readonly limit: number };

export interface Workload {
  readonly steps: readonly Step[];
  /** Steps under way at a time. */
  readonly together: number;
}

function each(kind: 'put' | 'swap' | 'get' | 'delete'): Step[] {
  return Array.from({ length: OPERATIONS }, (_, index) => {
    const key = keyText(index);
    return { kind, key, value: valueText(index, VALUE_BYTES) };
  });
}

/** In this order: each finds what those before it have left. */
export const WORKLOADS: { readonly [name: string]: Workload } = {
  PUT: { steps: each('put'), together: 1 },
  GET: { steps: each('get'), together: 1 },
  'PUT if unchanged': { steps: each('swap'), together: 1 },
  'PUT, 50 at a time': { steps: each('put'), together: TOGETHER },
  'GET, 50 at a time': { steps: each('get'), together: TOGETHER },
  'page of 100 keys': { steps: Array(20).fill({ kind: 'list', limit: 100 }), together: 1 },
  'batch of 100 PUTs': { steps: each('put'), together: 100 },
  DELETE: { steps: each('delete'), together: 1 },
};
