/** `lockkeeper demo`: starts the example plant, the broker and the sensor as processes of their own, and says how to use them. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { optionFault } from '#sensor/model/complaint.ts';
import { micros } from '#sensor/model/time.ts';
import { processStatus, rightToCapture } from '../doctor/machine.ts';
import { probe } from '../doctor/network.ts';
import { ATTACKS } from './attack.ts';
import { brokerAnswers, signIn } from './broker-api.ts';
import { type Child, startChild } from './child.ts';
import { enrol } from './enrol.ts';
import { type DemoFiles, type Hearing, layOut, MAIN } from './files.ts';
import { makeFirmware } from './firmware.ts';
import { listens } from './listens.ts';
import { BOILER, BROKER, LISTENERS } from './plan.ts';
import { welcome } from './welcome.ts';

const USAGE = `usage: lockkeeper demo [--data DIR] [--replay]
       lockkeeper demo attack [${[...ATTACKS.keys()].join('|')}]

  --data DIR   where everything is kept (default ./data/demo)
  --replay     let the sensor replay the shipped capture instead of listening
`;

const ORIGIN = `http://localhost:${BROKER.loopback.port}`;

/** A start that takes longer is a fault; the whole is ready within 60 s on a small machine. */
const START_WITHIN_MS = 60_000;

async function attack(name: string | undefined): Promise<number> {
  const chosen = name === undefined ? [...ATTACKS.values()] : [ATTACKS.get(name)];
  for (const one of chosen) {
    if (one === undefined) {
      process.stderr.write(`no attack \`${name}\`\n${USAGE}`);
      return 2;
    }
    process.stdout.write(`${one.name}: ${one.does}\n`);
    try {
      process.stdout.write(`  ${await one.run()}\n`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(
        `  the example plant does not answer (${why}); start it with: npm start\n`,
      );
      return 1;
    }
  }
  process.stdout.write(`alerts: http://console.localhost:${BROKER.loopback.port}/console/\n`);
  return 0;
}

/** The first listener that cannot be opened, in words; undefined if all can. */
async function blockedPort(): Promise<string | undefined> {
  for (const listener of LISTENERS) {
    const code = await probe(listener);
    if (code === 'EADDRINUSE') {
      return `port ${listener.port} on ${listener.host} (${listener.name}) is in use; see who has it: ss -ltnp 'sport = :${listener.port}'`;
    }
    if (code !== undefined) return `${listener.host}:${listener.port} (${listener.name}): ${code}`;
  }
  return undefined;
}

/** Starts all parts in order; each failure names the part and shows the end of its log. */
async function bringUp(files: DemoFiles, children: Child[]): Promise<void> {
  const start = (name: string, args: readonly string[]): Child => {
    const child = startChild(name, args, join(files.logs, `${name}.log`));
    children.push(child);
    return child;
  };
  const fail = (child: Child, what: string): Error =>
    new Error(`${child.name} ${what}; the end of ${child.log}:\n${child.lastLines()}`);

  start('plant', [join(import.meta.dirname, 'plant.ts')]);
  const opcua = start('opcua-plant', [
    join(import.meta.dirname, 'opcua-plant.ts'),
    join(files.folder, 'opcua-plant'),
  ]);
  const broker = start('broker', [MAIN, 'broker', '--config', files.brokerConfig]);
  let gone = false;
  void broker.ended.then(() => {
    gone = true;
  });
  if (!(await brokerAnswers(ORIGIN, START_WITHIN_MS, () => gone))) {
    throw fail(broker, gone ? 'ended' : 'does not answer');
  }
  if (!(await listens(BOILER, START_WITHIN_MS))) throw fail(opcua, 'does not listen');
  const admin = await signIn(ORIGIN, 'ada');
  await enrol(files, admin);
  start('sensor', [MAIN, 'sensor', 'run', '--config', files.sensorConfig]);
}

async function demo(data: string, hearing: Hearing, mayCapture: boolean): Promise<number> {
  const startedAt = performance.now();
  const blocked = await blockedPort();
  if (blocked !== undefined) {
    process.stderr.write(`lockkeeper demo: ${blocked}\n`);
    return 2;
  }
  const files = layOut(data, hearing);
  makeFirmware(files.firmware, micros(Date.now() * 1000));
  const children: Child[] = [];
  const { promise: asked, resolve: ask } = Promise.withResolvers<'asked'>();
  process.on('SIGINT', () => ask('asked'));
  process.on('SIGTERM', () => ask('asked'));
  let code = 0;
  try {
    await bringUp(files, children);
    process.stdout.write(
      welcome(files, hearing, mayCapture, (performance.now() - startedAt) / 1000),
    );
    const first = await Promise.race([
      asked,
      ...children.map(async (child) => {
        await child.ended;
        return child;
      }),
    ]);
    if (first !== 'asked') {
      process.stderr.write(
        `${first.name} ended by itself; the end of ${first.log}:\n${first.lastLines()}\n`,
      );
      code = 3;
    }
  } catch (error) {
    process.stderr.write(
      `lockkeeper demo: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    code = 3;
  }
  process.stdout.write('stopping\n');
  // The sensor first, so that what it has seen still reaches the broker; the plant last.
  for (const child of children.reverse()) await child.end();
  process.stdout.write(`stopped; everything is kept in ${files.folder}\n`);
  return code;
}

export async function main(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    process.stderr.write(`lockkeeper demo: ${optionFault(error)}\n\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (positionals[0] === 'attack' && positionals.length <= 2) return attack(positionals[1]);
  if (positionals.length > 0) {
    process.stderr.write(`lockkeeper demo: no \`${positionals.join(' ')}\`\n${USAGE}`);
    return 2;
  }
  const may = rightToCapture(process.env['PATH'] ?? '', processStatus()).verdict === 'ok';
  const hearing: Hearing = may && values.replay !== true ? 'live' : 'replay';
  return demo(values.data ?? './data/demo', hearing, may);
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      replay: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}
