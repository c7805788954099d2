/** `lockkeeper sensor run` and `lockkeeper sensor enrol`: what the command line says, made into parts. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadPlant } from '#policies/load.ts';
import { startLiveCapture } from '#sensor/capture/live.ts';
import type { PlantLoader } from '#sensor/judge/judging.ts';
import { enrol } from '#sensor/link/enrol.ts';
import { readIdentity, writeIdentity } from '#sensor/link/identity.ts';
import { optionFault } from '#sensor/model/complaint.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { loadSensorConfig, type SensorConfig } from './config.ts';
import { type RunNews, type RunParts, runSensor } from './run.ts';

const RUN_USAGE = `usage: lockkeeper sensor run --config F

Watches a network as the config file says, until it is stopped. Never sends anything into it.
`;

const ENROL_USAGE = `usage: lockkeeper sensor enrol TOKEN --config F

Makes the sensor known to its broker, once. An admin makes the token in the console, under Sensors.
With - as TOKEN it is read from standard input, so that no list of processes shows it.
`;

/** What these commands need of the process around them. */
export type CommandIo = Pick<RunParts, 'clock' | 'wait' | 'random' | 'seed' | 'stop'> & {
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
  /** All of standard input. */
  readonly input: () => Promise<string>;
  readonly news: (news: RunNews) => void;
  /** Folder of the rules that come with the product. */
  readonly ownRules: string;
};

/** Exit code: 0 = stopped as asked, 2 = config, start or usage, 3 = the capture broke down. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const asked = readArgs(args, 0, RUN_USAGE, io);
  if (typeof asked === 'number') return asked;
  return told(io, 'run', async () => {
    const { clock, wait, random, seed, news, stop } = io;
    const parts = { config: asked.config, clock, wait, random, seed, news, stop };
    return (await runSensor({ ...parts, loadPlant: loadOrSay, startLive: startLiveCapture }))
      ? 0
      : 3;
  });
}

/** Exit code: 0 = enrolled, 1 = refused, 2 = config or usage. */
export async function enrolCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const asked = readArgs(args, 1, ENROL_USAGE, io);
  if (typeof asked === 'number') return asked;
  const { config, positionals } = asked;
  return told(io, 'enrol', async () => {
    const before = readIdentity(config.data);
    if (before !== undefined) {
      const text = `this sensor is enrolled already as ${before.sensor}; to enrol it anew, move \`${config.data}/identity.json\` away`;
      throw new SensorError('enrolment', text);
    }
    const [given = ''] = positionals;
    const token = given === '-' ? (await io.input()).trim() : given;
    const identity = await enrol(token, config.name);
    writeIdentity(config.data, identity);
    io.write(`enrolled as ${identity.sensor} at ${identity.url}\n`);
    return 0;
  });
}

const CODES: Readonly<Partial<Record<SensorError['code'], number>>> = { enrolment: 1 };

/** What could not start is said in one sentence; what is our fault is not caught here. */
async function told(io: CommandIo, command: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SensorError)) throw error;
    io.complain(`lockkeeper sensor ${command}: ${error.message}\n`);
    return CODES[error.code] ?? 2;
  }
}

interface Asked {
  readonly config: SensorConfig;
  readonly positionals: readonly string[];
}

function readArgs(
  args: readonly string[],
  count: number,
  usage: string,
  io: CommandIo,
): Asked | number {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    io.complain(`${optionFault(error)}\n\n${usage}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    io.write(usage);
    return 0;
  }
  if (values.config === undefined || positionals.length !== count) {
    io.complain(usage);
    return 2;
  }
  const config = readConfig(values.config, io.ownRules);
  if (Array.isArray(config)) {
    io.complain(`${config.map((fault) => `${values.config}: ${fault}`).join('\n')}\n`);
    return 2;
  }
  return { config: config as SensorConfig, positionals };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
}

function readConfig(path: string, ownRules: string): SensorConfig | string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return [`cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
  const loaded = loadSensorConfig(text, dirname(resolve(path)), ownRules);
  return loaded.kind === 'ok' ? loaded.config : [...loaded.faults];
}

/** The plant, or the first fault of its policy. */
export const loadOrSay: PlantLoader = (text, file) => {
  const loaded = loadPlant(text, file);
  if (loaded.kind === 'plant') return loaded.plant;
  const [{ line, column, message }] = loaded.faults;
  return `${file}:${line}:${column}: ${message} (${loaded.faults.length} faults; lockkeeper policy lint shows all)`;
};
