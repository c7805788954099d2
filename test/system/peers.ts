/** Vendors' tools that are not ours: pymodbus and mbpoll (libmodbus), as processes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const hasPeers = existsSync('/usr/bin/mbpoll') && existsSync('/usr/bin/tshark');

export interface Step {
  readonly step: string;
  readonly registers?: readonly number[] | null;
  readonly exception?: number;
}

/** Runs a tool without blocking this process, in which the PLC lives; gives what it printed. */
function output(program: string, args: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  // A refused operation is an exit code of its own to some tools; what they print tells.
  execFile(program, args, { timeout: 30_000 }, (_error, stdout, stderr) => {
    resolve(`${stdout}${stderr}`);
  });
  return promise;
}

/** Does `steps` over one connection; see pymodbus-session.py. */
export async function pymodbus(
  at: { host: string; port: number },
  ...steps: readonly string[]
): Promise<Step[]> {
  const script = join(import.meta.dirname, '../peers/pymodbus-session.py');
  const printed = await output('/usr/bin/python3', [script, at.host, `${at.port}`, '1', ...steps]);
  return printed
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Step);
}

/** One poll or write of holding registers; `first` is 1-based, as mbpoll counts. Gives all it printed. */
export function mbpoll(
  at: { host: string; port: number },
  first: number,
  ...values: readonly number[]
): Promise<string> {
  const args = ['-m', 'tcp', '-a', '1', '-p', `${at.port}`, '-1', '-t', '4', '-r', `${first}`];
  return output('mbpoll', [...args, at.host, ...values.map(String)]);
}
