/** `sensor read` in this process: what it wrote, what it complained of. */
import { readCommand } from '#sensor/read/read.ts';

export interface SensorRead {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function sensorRead(args: readonly string[]): SensorRead {
  let [out, err] = ['', ''];
  const code = readCommand(args, {
    write: (text) => {
      out += text;
    },
    complain: (text) => {
      err += text;
    },
    ansi: false,
    cost: () => ({ cpuSeconds: 0, rssMib: 0 }),
    seed: 1,
    ownRules: 'rules',
  });
  return { code, out, err };
}
