/** Prometheus itself, where it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { HttpClient } from '../http/http-client.js';
import { Child } from './child.js';
import { freePorts } from './ports.js';

const CONFIG_FILE = 'deploy/prometheus.yml';
/** How often it scrapes here. */
const SCRAPE_INTERVAL = '1s';

export interface Result {
  readonly metric: { readonly [label: string]: string };
  readonly value: readonly [at: number, value: string];
}

/** What `promtool check metrics` has to say: nothing, if all is well. */
export function lint(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text });
  return status === 0 ? `${stdout}${stderr}` : `exit code ${status}: ${stdout}${stderr}`;
}

export class Prometheus {
  readonly #child: Child;
  readonly #client: HttpClient;
  readonly #folder: string;

  private constructor(child: Child, client: HttpClient, folder: string) {
    this.#child = child;
    this.#client = client;
    this.#folder = folder;
  }

  /** Scrapes nodes on these ports, each second, and otherwise as `deploy/prometheus.yml` says. */
  static async start(ports: readonly number[]): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'quorate-prometheus-'));
    const shipped = await readFile(CONFIG_FILE, 'utf8');
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, shipped.replace(/(scrape_interval:) .*/, `$1 ${SCRAPE_INTERVAL}`));
    const targets = ports.map((port) => `127.0.0.1:${port}`);
    // YAML has JSON within.
    await writeFile(join(folder, 'nodes.yml'), JSON.stringify([{ targets }]));
    const port = await freePorts(1);
    const child = new Child('prometheus', [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const prometheus = new Prometheus(child, new HttpClient(port), folder);
    try {
      await eventually(async () => (await prometheus.#client.get('/-/ready')).status === 200);
      return prometheus;
    } catch (error) {
      await prometheus.close();
      throw new Error(`Prometheus does not start: ${child.stderr}`, { cause: error });
    }
  }

  /** What an expression comes to now. Throws if it is none. */
  async query(expression: string): Promise<readonly Result[]> {
    const answer = await this.#client.get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { status, error, data } = JSON.parse(answer.text) as {
      status: string;
      error?: string;
      data: { result: readonly Result[] };
    };
    if (status !== 'success') throw new Error(`${expression}: ${error}`);
    return data.result;
  }

  /** Of an expression that comes to one number; NaN if it comes to nothing yet. */
  async number(expression: string): Promise<number> {
    const [first] = await this.query(expression);
    return Number(first?.value[1] ?? Number.NaN);
  }

  async close(): Promise<void> {
    this.#client.close();
    this.#child.signal('SIGKILL');
    await this.#child.exited;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
