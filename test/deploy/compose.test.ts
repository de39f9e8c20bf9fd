/** What `docker compose` starts: as its own schema says, and as the program takes it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { parseOptions } from '../../src/cli/options.js';
import { missing } from '../support/data/obstacle.js';
import { suite } from '../support/runner/suite.js';

const test = suite('compose');

const FILE = 'deploy/compose.yaml';
const FOLDER = dirname(FILE);
const NODES = ['one', 'two', 'three'];

interface Service {
  readonly environment?: { readonly [name: string]: string };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

interface Compose {
  readonly services: { readonly [name: string]: Service };
  readonly volumes: { readonly [name: string]: null };
}

const compose = read(FILE) as Compose;
const nodes = NODES.map((name) => compose.services[name] ?? {});

function read(path: string): unknown {
  return parse(readFileSync(path, 'utf8'), { merge: true });
}

/** A client that reads such files, engine or not; the older one knows no names. */
function client(): { command: readonly string[]; text: string } | undefined {
  const text = readFileSync(FILE, 'utf8');
  if (spawnSync('docker', ['compose', 'version']).status === 0) {
    return { command: ['docker', 'compose'], text };
  }
  if (missing('docker-compose')) return undefined;
  return { command: ['docker-compose'], text: text.replace(/^name:.*\n/m, '') };
}

/** The secret, and no `.env`. */
function readFile(path: string): string {
  if (path === '/run/quorate/secret') return 'a secret';
  throw Object.assign(new Error(path), { code: 'ENOENT' });
}

const found = client();
if (found) {
  test('the client of Docker takes it', () => {
    const [program = '', ...words] = found.command;
    const args = [...words, '--project-directory', FOLDER, '-f', '-', 'config', '--quiet'];
    const { status, stderr } = spawnSync(program, args, { input: found.text, encoding: 'utf8' });
    assert.is(status, 0, stderr);
    const wrong = { input: found.text.replace('services:', 'servces:'), encoding: 'utf8' } as const;
    assert.is.not(spawnSync(program, args, wrong).status, 0, 'a mistake is found');
  });
} else {
  test.skip('the client of Docker takes it', 'there is neither docker compose nor docker-compose');
}

test('each node -> the program takes its settings, and they are one cluster', () => {
  const seen = nodes.map(({ environment: env = {} }) => {
    const options = parseOptions({ argv: [], env, readFile });
    assert.type(options, 'object');
    return options as Exclude<typeof options, string>;
  });
  const own = NODES.map((host) => ({ host, port: 8080 }));
  assert.equal(
    seen.map(({ advertise }) => advertise),
    own,
  );
  for (const [index, { introducers, expect, clusterSecret }] of seen.entries()) {
    const others = NODES.toSpliced(index, 1);
    assert.equal(
      introducers,
      others.map((host) => `${host}:8080`),
    );
    assert.is(expect, NODES.length);
    assert.is(clusterSecret, 'a secret');
  }
});

test('what is mounted is there, and nothing is open to other machines', () => {
  let files = 0;
  for (const [name, { ports = [], volumes = [] }] of Object.entries(compose.services)) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/, name);
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) {
        assert.ok(existsSync(join(FOLDER, source)), `${name}: ${source}`);
        files++;
      } else assert.ok(source in compose.volumes, `${name}: ${source}`);
    }
  }
  assert.is(files, 5);
});

test('Prometheus looks at the nodes, and Grafana at Prometheus', () => {
  const [group] = read('deploy/compose/nodes.yml') as { targets: string[] }[];
  assert.equal(
    group?.targets,
    NODES.map((name) => `${name}:8080`),
  );
  const { datasources } = read('deploy/grafana/datasource.yaml') as {
    datasources: { url: string }[];
  };
  assert.is(datasources[0]?.url, 'http://prometheus:9090');
  assert.ok('prometheus' in compose.services);
});

test.run();
