/**
 * A network of Linux network namespaces on this machine, in which links can be cut.
 *
 * Each host is a namespace that a process holds open; a cable (veth pair) joins it to a switch
 * (bridge) in a namespace of its own, and another cable joins the tests. So nothing has to be
 * tidied up: namespaces, cables and switch go with the processes, whatever ends the tests.
 *
 * A link is cut in one direction by teaching the sender a wrong hardware address of the receiver:
 * what it sends arrives nowhere, and nobody is told, as behind a cable that was pulled elsewhere.
 *
 * Rejected alternatives: dropping rules (nft) and queueing disciplines (netem). Both need a package
 * or a kernel module more.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { Child } from './child.js';
import type { Place } from './node-process.js';

const NOBODY = '02:00:00:00:00:00';
/** Of the addresses set aside for tests of network devices (RFC 2544). */
const SUBNET = `198.18.${process.pid % 256}`;
const CABLE_HERE = `quorate${process.pid}`;

const PROBE =
  'ip link add name b type bridge && ip link add name v type veth peer name w && ' +
  `ip link set v up && ip neigh replace ${SUBNET}.1 lladdr ${NOBODY} nud permanent dev v`;

/** Why there can be no such network here, if that is so. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const probe = spawnSync('unshare', ['--net', 'nsenter', '--version'], { encoding: 'utf8' });
  const made = probe.status === 0 ? spawnSync('unshare', ['--net', 'sh', '-c', PROBE]) : probe;
  if (made.status === 0) return undefined;
  return `no network namespaces: ${made.error?.message ?? made.stderr.toString().trim()}`;
}

export class Network {
  readonly hosts: readonly Place[];
  readonly #holders: readonly Child[];
  readonly #cuts: { readonly from: Place; readonly to: Place }[] = [];

  private constructor(holders: readonly Child[], hosts: readonly Place[]) {
    this.#holders = holders;
    this.hosts = hosts;
  }

  /** Hosts that all reach each other, and that the tests reach. */
  static async create(count: number): Promise<Network> {
    const holders = Array.from({ length: count + 1 }, holdNamespace);
    await Promise.all(holders.map((holder) => holder.said(/ready/)));
    const [hub, ...others] = holders as [Child, ...Child[]];
    const onHub = within(hub);
    run(onHub, 'ip link add name switch type bridge');
    run(onHub, 'ip link set switch up');
    const plug = (port: string, name: string, pid: number) => {
      run(onHub, `ip link add name ${port} type veth peer name ${name} netns ${pid}`);
      run(onHub, `ip link set ${port} master switch up`);
    };
    plug('tests', CABLE_HERE, process.pid);
    run([], `ip address add ${SUBNET}.254/24 dev ${CABLE_HERE}`);
    run([], `ip link set ${CABLE_HERE} up`);
    const hosts = others.map((holder, i): Place => {
      const host = `${SUBNET}.${i + 1}`;
      const wrapper = within(holder);
      plug(`host${i + 1}`, 'cable', holder.pid);
      run(wrapper, 'ip link set lo up');
      run(wrapper, `ip address add ${host}/24 dev cable`);
      run(wrapper, 'ip link set cable up');
      return { host, wrapper };
    });
    return new Network(holders, hosts);
  }

  /** What `from` sends to `to` is lost from now on; not what comes the other way. */
  cut(from: Place, to: Place): void {
    run(from.wrapper, `ip neigh replace ${to.host} lladdr ${NOBODY} nud permanent dev cable`);
    this.#cuts.push({ from, to });
  }

  /** Cuts a host off from all the others, but not from the tests. */
  isolate(host: Place): void {
    for (const other of this.hosts) {
      if (other === host) continue;
      this.cut(host, other);
      this.cut(other, host);
    }
  }

  heal(): void {
    for (const { from, to } of this.#cuts.splice(0)) {
      run(from.wrapper, `ip neigh del ${to.host} dev cable`);
    }
  }

  async close(): Promise<void> {
    for (const holder of this.#holders) holder.signal('SIGKILL');
    await Promise.all(this.#holders.map(({ exited }) => exited));
  }
}

function holdNamespace(): Child {
  return new Child('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep infinity']);
}

function within({ pid }: Child): readonly string[] {
  return ['nsenter', '--target', String(pid), '--net'];
}

function run(wrapper: readonly string[], command: string): void {
  const [program, ...words] = [...wrapper, ...command.split(' ')];
  execFileSync(program!, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
