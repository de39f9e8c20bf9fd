/** The command line: what is read from where, what holds otherwise, and what is refused how. */
import * as assert from 'uvu/assert';
import { helpText } from '../../src/cli/help.js';
import { flagOf, OPTION_NAMES, UsageError, variableOf } from '../../src/cli/option-table.js';
import { type CommandLine, type Options, parseOptions } from '../../src/cli/options.js';
import { suite } from '../support/runner/suite.js';

const test = suite('options');

const SECRET = 'hunter2-hunter2';
const MISSING = { code: 'ENOENT' };
const FILES: { readonly [path: string]: string } = { secret: `${SECRET}\n`, blank: ' \n' };

function parse(line: string, env: CommandLine['env'] = {}): Options {
  const options = parseAny(line, env);
  if (typeof options === 'string') throw new Error(`asked for ${options}`);
  return options;
}

function parseAny(line: string, env: CommandLine['env'] = {}): Options | 'help' | 'version' {
  const argv = line.split(' ').filter((word) => word !== '');
  return parseOptions({ argv, env, readFile });
}

function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), MISSING);
  return text;
}

function refusal(line: string, env: CommandLine['env'] = {}): string {
  try {
    parseAny(line, env);
  } catch (error) {
    assert.instance(error, UsageError);
    return (error as UsageError).message;
  }
  throw new Error(`not refused: ${line}`);
}

test('nothing given -> the defaults', () => {
  assert.equal(parse(''), {
    port: 8080,
    host: '127.0.0.1',
    advertise: { host: '127.0.0.1', port: 8080 },
    corsOrigin: undefined,
    introducers: [],
    clusterSecret: '',
    dataDir: './data/8080',
    rebuild: undefined,
    maxValueBytes: 1_048_576,
    replicas: undefined,
    writeQuorum: undefined,
    readQuorum: undefined,
    partitions: 256,
    zone: 'default',
    weight: 1,
    expect: undefined,
    joinTimeoutMs: undefined,
    requestTimeoutMs: 2000,
    slowRequestMs: 500,
    maxClockDriftMs: 500,
    evictAfterMs: 300_000,
    compareEveryMs: 60_000,
    scrubEveryMs: 604_800_000,
    tombstoneMinAgeMs: 86_400_000,
    transferBytesPerSecond: 64 * 2 ** 20,
    recordCacheBytes: 32 * 2 ** 20,
    storeCacheBytes: 16 * 2 ** 20,
    recorderBytes: 16 * 2 ** 20,
    logLevel: 'info',
    logFormat: 'pretty',
  });
});

/** [option, text, what becomes of it] */
const SETTINGS: readonly [keyof Options, string, string, unknown][] = [
  ['port', 'port', '0', 0],
  ['port', 'port', '65535', 65535],
  ['host', 'host', '[::1]', '::1'],
  ['advertise', 'advertise', 'db-1', { host: 'db-1', port: 8080 }],
  ['advertise', 'advertise', 'db-1:81', { host: 'db-1', port: 81 }],
  ['advertise', 'advertise', '[2001:db8::1]:81', { host: '2001:db8::1', port: 81 }],
  ['advertise', 'advertise', '2001:db8::1', { host: '2001:db8::1', port: 8080 }],
  [
    'corsOrigin',
    'cors-origin',
    'https://a.b, http://[::1]:3000',
    ['https://a.b', 'http://[::1]:3000'],
  ],
  ['introducers', 'join', '81,db-1:82, [::1]:83', ['127.0.0.1:81', 'db-1:82', '[::1]:83']],
  ['introducers', 'join', 'http://db-1:81/,http://127.0.0.1:82', ['db-1:81', '127.0.0.1:82']],
  ['clusterSecret', 'cluster-secret', SECRET, SECRET],
  ['clusterSecret', 'cluster-secret-file', 'secret', SECRET],
  ['dataDir', 'data-dir', '/var/lib/quorate', '/var/lib/quorate'],
  ['rebuild', 'rebuild', 'damaged-1', 'damaged-1'],
  ['maxValueBytes', 'max-value-bytes', '67108864', 64 << 20],
  ['replicas', 'replicas', '16', 16],
  ['writeQuorum', 'write-quorum', '3', 3],
  ['readQuorum', 'read-quorum', '3', 3],
  ['partitions', 'partitions', '65536', 65536],
  ['zone', 'zone', 'eu-1', 'eu-1'],
  ['weight', 'weight', '1000', 1000],
  ['requestTimeoutMs', 'request-timeout-ms', '60000', 60_000],
  ['slowRequestMs', 'slow-request-ms', '20', 20],
  ['maxClockDriftMs', 'max-clock-drift-ms', '1', 1],
  ['expect', 'expect', '3', 3],
  ['joinTimeoutMs', 'join-timeout', '90', 90_000],
  ['joinTimeoutMs', 'join-timeout', '1500ms', 1500],
  ['joinTimeoutMs', 'join-timeout', '5m', 300_000],
  ['evictAfterMs', 'evict-after-ms', '0', 0],
  ['compareEveryMs', 'compare-every-ms', '100', 100],
  ['scrubEveryMs', 'scrub-every-ms', '0', 0],
  ['tombstoneMinAgeMs', 'tombstone-min-age-ms', '0', 0],
  ['transferBytesPerSecond', 'transfer-mib-per-second', '4097', 4097 * 2 ** 20],
  ['recordCacheBytes', 'record-cache-mb', '0', 0],
  ['storeCacheBytes', 'store-cache-mb', '256', 256 * 2 ** 20],
  ['recorderBytes', 'recorder-mb', '32', 32 * 2 ** 20],
  ['logLevel', 'log-level', 'debug', 'debug'],
  ['logFormat', 'log-format', 'json', 'json'],
];

for (const [option, flag, text, value] of SETTINGS) {
  test(`${flag} ${text} -> read from flag, flag with equals sign, and environment`, () => {
    const argv = [`--${flag}`, text];
    const env = { [`QUORATE_${flag.replaceAll('-', '_').toUpperCase()}`]: text };
    for (const options of [
      parseOptions({ argv, env: {}, readFile }),
      parseOptions({ argv: [argv.join('=')], env: {}, readFile }),
      parseOptions({ argv: [], env, readFile }),
    ]) {
      assert.equal((options as Options)[option], value);
    }
  });
}

test('every option -> is in the cases above, and in the help with flag and variable', () => {
  const covered = new Set(SETTINGS.map(([, flag]) => flag));
  assert.equal([...covered].sort(), OPTION_NAMES.map(flagOf).sort());
  const help = helpText();
  for (const name of OPTION_NAMES) {
    assert.ok(help.includes(`--${flagOf(name)} <`), name);
    assert.ok(help.includes(`(${variableOf(name)}; default: `), name);
  }
  assert.ok(help.includes('(QUORATE_MAX_VALUE_BYTES; default: 1048576)'));
  for (const line of help.split('\n')) assert.ok(line.length <= 100, line);
});

test('flag and environment -> the flag holds; unset variable -> the default', () => {
  assert.is(parse('--weight 2', { QUORATE_WEIGHT: '3' }).weight, 2);
  assert.is(parse('', { QUORATE_WEIGHT: '3' }).weight, 3);
  assert.is(parse('', { QUORATE_WEIGHT: '' }).weight, 1);
  assert.is(parse('81', { QUORATE_PORT: '82' }).port, 81);
  assert.equal(parse('81 82', { QUORATE_JOIN: '83' }).introducers, ['127.0.0.1:82']);
  assert.is(parse('', { PATH: '/bin', NOT_QUORATE_AT_ALL: 'x' }).weight, 1);
});

test('what Kubernetes sets for a Service of that name -> none of our options', () => {
  const service = {
    QUORATE_SERVICE_HOST: '10.0.0.1',
    QUORATE_SERVICE_PORT: '8080',
    QUORATE_SERVICE_PORT_HTTP: '8080',
    QUORATE_PORT: 'tcp://10.0.0.1:8080',
    QUORATE_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
    QUORATE_PORT_8080_TCP_PROTO: 'tcp',
    QUORATE_PORT_8080_TCP_PORT: '8080',
    QUORATE_PORT_8080_TCP_ADDR: '10.0.0.1',
    QUORATE_PEERS_SERVICE_HOST: '10.0.0.2',
    QUORATE_PEERS_PORT: 'udp://10.0.0.2:1',
  };
  assert.equal(parse('', service), parse(''));
  assert.is(parse('', { ...service, QUORATE_WEIGHT: '2' }).weight, 2);
});

test('a word in other letters -> the same word', () => {
  assert.is(parse('--log-level INFO').logLevel, 'info');
  assert.is(parse('', { QUORATE_LOG_FORMAT: 'Json' }).logFormat, 'json');
});

test('port and introducer alone -> as in the seed', () => {
  const options = parse('8081 8080');
  assert.is(options.port, 8081);
  assert.equal(options.introducers, ['127.0.0.1:8080']);
  assert.is(options.dataDir, './data/8081');
});

test('any free port -> what depends on it waits for it', () => {
  assert.equal(parse('0').advertise, { host: '127.0.0.1', port: 0 });
  assert.equal(parse('0 --advertise db-1:80').advertise, { host: 'db-1', port: 80 });
});

test('introducers from everywhere -> one list, each once', () => {
  const { introducers } = parse('81 82,db-1:1 --join 83 --join=82,db-1:1');
  assert.equal(introducers, ['127.0.0.1:83', '127.0.0.1:82', 'db-1:1']);
});

test('the list holds the node itself -> left out; nobody else -> refused', () => {
  assert.equal(parse('81 80,81,82').introducers, ['127.0.0.1:80', '127.0.0.1:82']);
  assert.equal(parse('81 a:1,b:1 --advertise a:1').introducers, ['b:1']);
  assert.match(refusal('81 81'), /^A node cannot join by itself/);
});

test('an introducer that is a port alone -> on the address this node listens on', () => {
  const secret = '--cluster-secret-file secret';
  assert.equal(parse(`81 80 --host 10.0.0.1 ${secret}`).introducers, ['10.0.0.1:80']);
  assert.equal(parse(`81 80 --host 0.0.0.0 --advertise db-1 ${secret}`).introducers, [
    '127.0.0.1:80',
  ]);
});

test('quorums without replicas -> taken, since the ring may know of so many', () => {
  assert.is(parse('--replicas 3 --write-quorum 3 --read-quorum 1').readQuorum, 1);
  assert.is(parse('--write-quorum 4').writeQuorum, 4);
  assert.is(parse('--read-quorum 1').readQuorum, 1);
  assert.is(parse('--replicas 3 --read-quorum 1').writeQuorum, undefined);
});

test('help as a word -> help', () => {
  assert.is(parseAny('help'), 'help');
});

test('help, version -> win over everything else', () => {
  assert.is(parseAny('--help'), 'help');
  assert.is(parseAny('81 -h --port nonsense', { QUORATE_NONSENSE: 'x' }), 'help');
  assert.is(parseAny('--version --nonsense'), 'version');
});

/** [command line, environment, what the refusal says] */
const REFUSED: readonly [string, CommandLine['env'], RegExp][] = [
  ['--prot 81', {}, /^There is no option --prot; did you mean --port\?$/],
  ['--data x', {}, /no option --data; did you mean --data-dir\?/],
  ['-port 81', {}, /no option -port; did you mean --port\?/],
  ['--dataDir x', {}, /did you mean --data-dir\?/],
  ['--xylophone', {}, /no option --xylophone; --help lists/],
  ['', { QUORATE_REPLICA: '3' }, /variable QUORATE_REPLICA; did you mean QUORATE_REPLICAS\?$/],
  ['', { QUORATE_XYLOPHONE: '3' }, /no environment variable QUORATE_XYLOPHONE; --help lists/],
  ['--port', {}, /^--port needs a value: --port=port\.$/],
  ['--zone --weight 1', {}, /^--zone needs a value/],
  ['--zone=', {}, /^--zone needs a value that is not empty\.$/],
  ['--weight 1 --weight 1', {}, /^--weight is given twice\.$/],
  ['81 --port 81', {}, /^--port is given twice\.$/],
  ['81 82 83', {}, /^Only a port and an introducer may stand without a flag\.$/],
  ['65536', {}, /^the port: "65536" is not a port \(0 to 65535\)\.$/],
  ['8o8o', {}, /"8o8o" is not a port/],
  ['-- -1', {}, /"-1" is not a port/],
  ['', { QUORATE_PORT: 'tcp' }, /^QUORATE_PORT: "tcp" is not a port/],
  ['', { QUORATE_SERVICES_HOST: '10.0.0.1' }, /no environment variable QUORATE_SERVICES_HOST/],
  ['X', { npm_config_data_dir: 'true' }, /^npm kept --data-dir for itself: put -- before the/],
  ['8081 8080', { npm_config_zone: 'a' }, /\(npm start -- --zone \.\.\.\)\.$/],
  ['81 0', {}, /^the introducer: "0" is not a port, host:port, or a list of them\.$/],
  ['81 host', {}, /"host" is not a port, host:port, or a list/],
  ['81 80,,82', {}, /is not a port, host:port/],
  ['--join ::1:80', {}, /is not a port, host:port/],
  ['--join https://db-1:80', {}, /is not a port, host:port/],
  ['127.0.0.1:8081 8080', {}, /^127\.0\.0\.1:8081 is more than a port: 8081 --host 127\.0\.0\.1 /],
  ['-p 81', {}, /no option -p; did you mean --port\?/],
  ['--seeds 81', {}, /did you mean --join\?/],
  ['--host 8080', {}, /^--host: "8080" is not a host name or an IP address\.$/],
  ['--host a:80', {}, /"a:80" is not a host name/],
  ['--advertise 8080', {}, /"8080" is not a host or host:port/],
  ['--advertise db-1:0', {}, /"db-1:0" is not a host or host:port/],
  ['--replicas 0', {}, /^--replicas: "0" is not a number from 1 to 16\.$/],
  ['--replicas 17', {}, /is not a number from 1 to 16/],
  ['--replicas 2.5', {}, /is not a number/],
  ['--replicas 0x3', {}, /is not a number/],
  ['--replicas 1e1', {}, /is not a number/],
  ['--weight=-1', {}, /"-1" is not a number from 1 to 1000/],
  ['--partitions 100', {}, /^--partitions: "100" is not a power of two up to 65536\.$/],
  ['--partitions 131072', {}, /is not a power of two up to 65536/],
  ['--partitions 0', {}, /is not a power of two/],
  ['--max-value-bytes 67108865', {}, /is not a number from 1 to 67108864/],
  ['--request-timeout-ms 60001', {}, /is not a number from 1 to 60000/],
  [`--zone ${'z'.repeat(101)}`, {}, /is not a name of up to 100 letters/],
  ['--log-level loud', {}, /^--log-level: "loud" is not one of debug, info, warn, error\.$/],
  ['--replicas 3 --write-quorum 4', {}, /^A write quorum of 4 cannot be had of 3 replicas\.$/],
  ['--replicas 1 --read-quorum 2', {}, /^A read quorum of 2 cannot be had of 1 replica\.$/],
  ['--replicas 3 --write-quorum 1', {}, /^Two writes could miss each other: of 3 replicas/],
  ['--replicas 3 --write-quorum 2 --read-quorum 1', {}, /^Reads could miss what was written/],
  ['--cors-origin *', {}, /^--cors-origin: "\*" is not an origin \(https:/],
  ['--cors-origin app.example', {}, /"app.example" is not an origin/],
  ['--cors-origin https://a.b/', {}, /is not an origin/],
  ['--cors-origin https://a.b,null', {}, /is not an origin/],
  ['--cors-origin ftp://a.b', {}, /is not an origin/],
  ['--host 0.0.0.0', {}, /^To listen on 0\.0\.0\.0, .* a node needs a cluster secret/],
  ['--host 10.0.0.1', {}, /needs a cluster secret/],
  ['--host db-1', {}, /needs a cluster secret/],
  ['--host 127.evil.example', {}, /needs a cluster secret/],
  [`--host :: --cluster-secret ${SECRET}`, {}, /must say where peers reach it \(--advertise\)/],
  [`--cluster-secret ${SECRET} --cluster-secret-file secret`, {}, /secret is given twice/],
  ['--cluster-secret-file none', {}, /^The cluster secret cannot be read: no such file: none\.$/],
  ['--cluster-secret-file blank', {}, /^The cluster secret file blank is empty\.$/],
  ['', { QUORATE_CLUSTER_SECRET: SECRET, QUORATE_CLUSTER_SECRET_FILE: 'secret' }, /given twice/],
  [`--cluster-secrets ${SECRET}`, {}, /did you mean --cluster-secret\?/],
  [`--cluster-secrets=${SECRET}`, {}, /did you mean --cluster-secret\?/],
  ['', { QUORATE_CLUSTER_SECRETS: SECRET }, /did you mean QUORATE_CLUSTER_SECRET\?/],
];

for (const [line, env, sentence] of REFUSED) {
  test(`refused: ${line} ${Object.keys(env).join(' ')}`, () => {
    const message = refusal(line, env);
    assert.match(message, sentence);
    assert.not.match(message, SECRET);
    assert.not.match(message, '\n');
  });
}

test('loopback in any form -> needs no secret', () => {
  for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '::1', '[::1]']) {
    assert.is(parse(`--host ${host}`).clusterSecret, '');
  }
});

test.run();
