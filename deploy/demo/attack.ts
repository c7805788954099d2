/**
 * What `lockkeeper demo attack` plays against the example plant, with real clients.
 *
 * Every attack speaks only to the addresses of plan.ts, which are loopback; there is no way to name
 * another target.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectFrom, disconnect } from './client.ts';
import { BOILER_URL, HMI, PLC, ROGUE } from './plan.ts';

export interface Attack {
  readonly name: string;
  /** What it does, and which rule is to notice it. */
  readonly does: string;
  readonly run: () => Promise<string>;
}

/** A host of no zone writes the pump's setpoint: no conduit lets it. */
async function rogueWrite(): Promise<string> {
  const client = await connectFrom(ROGUE.host, PLC);
  try {
    await client.writeRegisters(100, [1500]);
    return `${ROGUE.host} wrote 1500 to holding register 100 of plc-12`;
  } finally {
    await disconnect(client);
  }
}

/** Function codes that a scanner tries; those that would change something are left out. */
const SCANNED = Array.from({ length: 127 }, (_, i) => i + 1).filter(
  (code) => ![5, 6, 15, 16, 21, 22, 23].includes(code),
);

/** Asks for every function code once, as a scanner does, and counts what answers. */
async function scan(): Promise<string> {
  const socket = connect({ host: PLC.host, port: PLC.port, localAddress: ROGUE.host });
  let answers = 0;
  socket.on('data', () => {
    answers += 1;
  });
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('error', reject);
  await opened;
  for (const code of SCANNED) {
    const request = Buffer.from([0, code, 0, 0, 0, 6, PLC.unit, code, 0, 0, 0, 1]);
    socket.write(request);
    await sleep(15);
  }
  await sleep(300);
  socket.destroy();
  return `${ROGUE.host} tried ${SCANNED.length} function codes on plc-12, ${answers} answers`;
}

/** The HMI's own address writes an allowed register far faster than any operator. */
async function writeBurst(): Promise<string> {
  const client = await connectFrom(HMI.host, PLC);
  const count = 150;
  try {
    for (let i = 0; i < count; i += 1) {
      await client.writeRegister(100, 1100 + (i % 2) * 200);
      await sleep(10);
    }
  } finally {
    await disconnect(client);
  }
  return `${HMI.host} wrote holding register 100 of plc-12 ${count} times`;
}

/** The OPC UA stack is heavy: it is loaded by the attacks that speak it. */
const boilerAttacks = () => import('./opcua-attack.ts');
const TARGET = { from: ROGUE.host, url: BOILER_URL };

async function browse(): Promise<string> {
  const { browseSweep } = await boilerAttacks();
  return `${ROGUE.host} asked about ${await browseSweep(TARGET)} nodes of boiler-1`;
}

async function setpoint(): Promise<string> {
  const { rogueSetpoint } = await boilerAttacks();
  const { bar, status } = await rogueSetpoint(TARGET);
  return `${ROGUE.host} wrote ${bar} bar to the pressure setpoint of boiler-1: ${status}`;
}

export const ATTACKS: ReadonlyMap<string, Attack> = new Map(
  [
    { name: 'rogue-write', does: 'a host of no zone writes a setpoint', run: rogueWrite },
    { name: 'scan', does: 'a host tries every function code', run: scan },
    {
      name: 'write-burst',
      does: 'the HMI address writes a setpoint 150 times in seconds',
      run: writeBurst,
    },
    {
      name: 'opcua-browse',
      does: 'a host of no zone walks the address space of the boiler',
      run: browse,
    },
    {
      name: 'opcua-write',
      does: 'a host of no zone writes a setpoint, without a name and without security',
      run: setpoint,
    },
  ].map((attack) => [attack.name, attack]),
);
