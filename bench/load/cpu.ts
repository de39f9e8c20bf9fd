/** The processor time that processes, and all of the machine, have used, as Linux counts it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MICROS_PER_TICK = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
/** Where utime and stime stand behind the name, which may hold anything (proc(5)). */
const [UTIME, STIME] = [11, 12];
/** Of what the first line of /proc/stat counts: idle, and waiting for a disk. */
const [IDLE, IOWAIT] = [3, 4];
/** Guests, whose time is counted as that of users, too. */
const [GUEST, GUEST_NICE] = [8, 9];

/** Of all their threads, user and system, since they began: microseconds. */
export function cpuMicros(pids: readonly number[]): number {
  return pids.map(ticksOf).reduce((sum, ticks) => sum + ticks, 0) * MICROS_PER_TICK;
}

/** That anybody has used since the machine has started, all cores together: microseconds. */
export function machineMicros(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = line.trim().split(/\s+/).slice(1).map(Number);
  const isBusy = (index: number) => ![IDLE, IOWAIT, GUEST, GUEST_NICE].includes(index);
  return ticks.filter((_, index) => isBusy(index)).reduce((a, b) => a + b, 0) * MICROS_PER_TICK;
}

/** Memory that processes hold, bytes; see proc(5), `VmRSS`. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[UTIME]) + Number(fields[STIME]);
}
