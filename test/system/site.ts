/**
 * A whole site for a system test: a PLC on a real Modbus stack, a broker and a sensor as processes of
 * their own, all on loopback addresses of the example plant, on free ports, in a folder of its own.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { micros } from '#sensor/model/time.ts';
import { brokerAnswers, signIn } from '../../deploy/demo/broker-api.ts';
import { type Child, runToEnd, startChild } from '../../deploy/demo/child.ts';
import { type FirmwareFiles, makeFirmware } from '../../deploy/demo/firmware.ts';
import { BOILER, GATE, PLANT_PREFIX, PLC } from '../../deploy/demo/plan.ts';
import { type Plc, startPlc } from '../../deploy/demo/plc.ts';
import { Person } from './person.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const MAIN = join(ROOT, 'main.ts');

export interface Site {
  readonly folder: string;
  readonly plc: Plc;
  readonly plcPort: number;
  /** Where the policy has the boiler, and the sensor listens for it; nobody answers until `boiler.ts` starts one. */
  readonly boilerPort: number;
  /** Origin of the loopback listener: `http://localhost:PORT`. */
  readonly origin: string;
  readonly policyFile: string;
  /** Path of the broker's audit folder. */
  readonly auditFolder: string;
  readonly secondPlace: string;
  readonly firmware: FirmwareFiles;
  as(person: string): Promise<Person>;
  /** Ends the broker and starts it again on the same folder. */
  restartBroker(): Promise<void>;
  end(): Promise<void>;
}

/** A port that was free a moment ago, on `host`. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  const { promise, resolve: listening } = Promise.withResolvers<void>();
  server.listen(0, host, listening);
  await promise;
  const address = server.address();
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Calls `check` until it gives a value; throws with `what` after `withinMs`. */
export async function until<T>(
  what: string,
  withinMs: number,
  check: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    const value = await check();
    if (value !== undefined) return value;
    await sleep(100);
  }
  throw new Error(`${what}: not within ${withinMs} ms`);
}

/** The example policy with its servers on other ports, so that tests do not meet a running demo. */
function policyFor(plcPort: number, boilerPort: number): string {
  const text = readFileSync(join(ROOT, 'policies/example-plant.yaml'), 'utf8');
  return text
    .replaceAll(`port: ${PLC.port}`, `port: ${plcPort}`)
    .replaceAll(`port: ${BOILER.port}`, `port: ${boilerPort}`);
}

async function start(
  folder: string,
  children: Child[],
  { hears, also, policyChange = 'file' }: SiteOptions,
): Promise<Site> {
  const plcPort = await freePort(PLC.host);
  const boilerPort = await freePort(BOILER.host);
  const plc = await startPlc({ ...PLC, port: plcPort, now: Date.now, noise: () => 0 });
  const policyFile = join(folder, 'plant.yaml');
  writeFileSync(policyFile, policyFor(plcPort, boilerPort));
  const secondPlace = join(folder, 'second-place');
  mkdirSync(secondPlace);
  const firmware: FirmwareFiles = {
    trust: join(folder, 'trust'),
    good: join(folder, 'acme-press-2.4.2.tar'),
    tampered: join(folder, 'acme-press-2.4.2-tampered.tar'),
  };
  makeFirmware(firmware, micros(Date.now() * 1000));
  const local = async () => ({ host: '127.0.0.1', port: await freePort('127.0.0.1') });
  const listen = {
    loopback: await local(),
    web: await local(),
    gate: await local(),
    sensors: await local(),
  };
  const brokerFile = join(folder, 'broker.yaml');
  writeFileSync(
    brokerFile,
    stringify({
      data: join(folder, 'broker'),
      policy: policyFile,
      rules: join(ROOT, 'rules'),
      listen,
      gate: { address: GATE.host },
      sign_in: { demo: true },
      firmware: { trust: firmware.trust },
      checkpoint_copy: secondPlace,
      policy_change: policyChange,
    }),
  );
  const origin = `http://localhost:${listen.loopback.port}`;
  let broker: Child | undefined;
  const startBroker = async (): Promise<void> => {
    broker = startChild(
      'broker',
      [MAIN, 'broker', '--config', brokerFile],
      join(folder, 'broker.log'),
    );
    let gone = false;
    void broker.ended.then(() => {
      gone = true;
    });
    if (!(await brokerAnswers(origin, 60_000, () => gone))) {
      throw new Error(`the broker does not answer:\n${broker.lastLines()}`);
    }
  };
  await startBroker();
  let sensor: Child | undefined;
  if (hears) {
    const sensorFile = join(folder, 'sensor.yaml');
    const heard = [plcPort, boilerPort, ...(also === undefined ? [] : [also])];
    writeFileSync(
      sensorFile,
      stringify({
        name: 'test-sensor',
        data: join(folder, 'sensor'),
        capture: {
          interface: 'lo',
          filter: `net ${PLANT_PREFIX} and (${heard.map((port) => `tcp port ${port}`).join(' or ')})`,
        },
        inventory: { every: '1s' },
      }),
    );
    const admin = await signIn(origin, 'ada');
    const token = await admin.enrolmentToken('test-sensor', [PLANT_PREFIX]);
    const enrolled = await runToEnd([MAIN, 'sensor', 'enrol', token, '--config', sensorFile]);
    if (enrolled.code !== 0) throw new Error(`enrolment failed:\n${enrolled.output}`);
    sensor = startChild(
      'sensor',
      [MAIN, 'sensor', 'run', '--config', sensorFile],
      join(folder, 'sensor.log'),
    );
    children.push(sensor);
    const own = sensor;
    await until('the sensor reports', 30_000, async () => {
      const [first] = await admin.sensors();
      return first?.lastSeen;
    }).catch((cause: unknown) => {
      throw new Error(`the sensor is silent:\n${own.lastLines()}`, { cause });
    });
  }
  return {
    folder,
    plc,
    plcPort,
    boilerPort,
    origin,
    policyFile,
    auditFolder: join(folder, 'broker', 'audit'),
    secondPlace,
    firmware,
    as: (person) => Person.signIn(origin, person),
    restartBroker: async () => {
      await broker?.end();
      await startBroker();
    },
    end: async () => {
      await sensor?.end();
      await broker?.end();
      await plc.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface SiteOptions {
  /** With a sensor on live capture, which needs the right to capture. */
  readonly hears: boolean;
  /** A TCP port that it hears beside those of the plant's servers. */
  readonly also?: number;
  /** Absent: an edit of the policy file is in force at once. */
  readonly policyChange?: 'two-people' | 'file';
}

export async function startSite(options: SiteOptions): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-site-'));
  const children: Child[] = [];
  try {
    return await start(folder, children, options);
  } catch (error) {
    for (const child of children) await child.end();
    throw error;
  }
}
