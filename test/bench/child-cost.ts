import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Clock ticks of /proc in one second: USER_HZ is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ChildCost {
  /** User and system time of the child and its children, s. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Runs a program to its end, its stdout going to the open file `stdout`; throws where it fails. */
export function costOf(command: string, args: readonly string[], stdout: number): ChildCost {
  const before = childrenCpu();
  const started = performance.now();
  const { status, error, stderr } = spawnSync(command, args, { stdio: ['ignore', stdout, 'pipe'] });
  const wallSeconds = (performance.now() - started) / 1000;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`\`${command}\` ended with ${status}: ${stderr.toString()}`);
  return { cpuSeconds: childrenCpu() - before, wallSeconds };
}

/** CPU time of all children that have ended, s. Fields 16 and 17 of proc_pid_stat(5). */
function childrenCpu(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
