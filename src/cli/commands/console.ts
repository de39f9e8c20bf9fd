/**
 * The console without a cluster: `npm run console -- run.json`. Serves the page and one recording
 * to the browsers of this machine, until Ctrl-C.
 *
 * Exit codes: 0 it was stopped; 1 the recording or the port cannot be used; 2 a command line that
 * makes no sense.
 */
import '../preflight.js';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { consoleFile, consoleHeaders } from '../../doors/console/files.js';
import { InvalidRecording, parseRecording } from '../../events/recording.js';
import { systemClock } from '../../system.js';
import { isLoopback, parseAddress, parseHost, parsePort } from '../address.js';
import { calledAs } from '../called-as.js';
import { onStopSignals } from '../stop-signals.js';

const HOST = '127.0.0.1';
const USAGE = `usage: ${calledAs('npm run console --', 'console')} file [--port n]

Shows a recording, of a cluster or of the simulator, in the console; no node is needed. The page is
for browsers of this machine. Port 9080 unless said; 0 takes any that is free.`;

const { path, port } = asked();
const recording = read(path);
const page = pageFor(basename(path));

const server = createServer(serve);
server.on('error', (error) => end(1, `port ${port} cannot be used: ${error.message}`));
server.listen(port, HOST, () => {
  const { port: taken } = server.address() as AddressInfo;
  console.log(`${basename(path)} is at http://${HOST}:${taken}/ (Ctrl-C ends this)`);
});
onStopSignals(systemClock, () => {
  server.close();
  server.closeAllConnections();
});

function asked(): { path: string; port: number } {
  try {
    const options = {
      port: { type: 'string', default: '9080' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const port = parsePort(values.port);
    const [path, ...rest] = positionals;
    if (path !== undefined && rest.length === 0 && port !== undefined) return { path, port };
  } catch (error) {
    console.error((error as Error).message);
  }
  return end(2, USAGE);
}

function read(path: string): Buffer {
  try {
    const bytes = readFileSync(path);
    parseRecording(bytes.toString('utf8'));
    return bytes;
  } catch (error) {
    if (error instanceof InvalidRecording) return end(1, `${path}: ${error.message}`);
    return end(1, `${path} cannot be read: ${(error as Error).message}`);
  }
}

/** The page, which is told what to open. */
function pageFor(name: string): { type: string; bytes: Buffer } {
  const file = consoleFile('page.html');
  if (!file) return end(1, 'the console was not built; `npm run build` does that');
  const escaped = name.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const meta = `<meta name="recording" content="${escaped}" />`;
  const html = file.bytes.toString('utf8').replace('<title>', () => `${meta}\n    <title>`);
  return { type: file.type, bytes: Buffer.from(html) };
}

function serve({ method, url = '/', headers }: IncomingMessage, response: ServerResponse): void {
  const refuse = (status: number, why: string) => response.writeHead(status).end(`${why}\n`);
  // A page from elsewhere whose name was made to lead here is not to read the recording.
  if (!isOwn(headers.host ?? '')) return void refuse(403, 'this is for this machine alone');
  if (method !== 'GET') return void refuse(405, 'there is only GET');
  const [path = ''] = url.split('?');
  const file =
    path === '/recording' ? { type: 'application/json', bytes: recording } : pageOf(path);
  if (!file) return void refuse(404, 'there is nothing here');
  response.writeHead(200, consoleHeaders(file)).end(file.bytes);
}

function pageOf(path: string): { type: string; bytes: Buffer } | undefined {
  if (path === '/') return page;
  return path.startsWith('/console/') ? consoleFile(path.slice('/console/'.length)) : undefined;
}

function isOwn(authority: string): boolean {
  const host = parseAddress(authority)?.host ?? parseHost(authority);
  return host !== undefined && isLoopback(host);
}

function end(code: number, why: string): never {
  console.error(code === 2 ? why : `console: ${why}`);
  process.exit(code);
}
