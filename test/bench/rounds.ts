/** What the benches have in common: programs that run in turn, and what they cost. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type ChildCost, costOf } from './child-cost.ts';

export interface Round {
  readonly ours: ChildCost;
  readonly tshark: ChildCost;
}

export interface BenchResult {
  readonly markdown: string;
  readonly passed: boolean;
}

/** Runs a program with its output in a file. */
export function run(output: string, command: string, args: readonly string[]): ChildCost {
  const file = openSync(output, 'w');
  try {
    return costOf(command, args, file);
  } finally {
    closeSync(file);
  }
}

export function versions(): string {
  const [tshark = ''] = execFileSync('tshark', ['--version'], { encoding: 'utf8' }).split('\n');
  return `${tshark}; Node ${process.version}`;
}

export const seconds = ({ cpuSeconds }: ChildCost): string => cpuSeconds.toFixed(2);

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
