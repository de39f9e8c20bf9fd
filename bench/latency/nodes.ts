/** Which nodes are driven: those that run already, on the ports of a range. */
import { refuse } from '../../test/support/command-line.js';

/** The variables by which others choose the range as well. */
const START = 'PORT_RANGE_START';
const END = 'PORT_RANGE_END';
const MOST_PORTS = 1000;
const ANSWERS_WITHIN_MS = 2000;

/** The ports of the range; ends the process if it makes no sense. */
export function portsOf(env: NodeJS.ProcessEnv): number[] {
  const [first, last] = [portOf(START, env[START] || '8080'), portOf(END, env[END] || '8084')];
  if (last < first) refuse(`${START} is ${first}, and ${END} before it: ${last}`);
  if (last - first >= MOST_PORTS) refuse(`from ${START} to ${END} there are too many ports`);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function portOf(variable: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : refuse(`${variable}: "${text}" is not a port`);
}

export interface Nodes {
  /** Where they are: `http://127.0.0.1:8080`. */
  readonly urls: readonly string[];
  /** Ports on which none serves, and why. */
  readonly without: readonly { readonly port: number; readonly why: string }[];
}

/** Asks at every port whether a node serves there. */
export async function findNodes(ports: readonly number[]): Promise<Nodes> {
  const asked = await Promise.all(
    ports.map(async (port) => {
      const url = `http://127.0.0.1:${port}`;
      return { port, url, why: await whyNot(url) };
    }),
  );
  return {
    urls: asked.flatMap(({ url, why }) => (why === undefined ? [url] : [])),
    without: asked.flatMap(({ port, why }) => (why === undefined ? [] : [{ port, why }])),
  };
}

/** Undefined if a node serves there. */
async function whyNot(url: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const answer = await fetch(`${url}/health/ready`, { signal });
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    return answer.headers.has('x-quorate-node') ? 'not ready' : 'no node of Quorate';
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return name === 'TimeoutError' ? 'no answer' : (cause?.code ?? name);
  }
}
