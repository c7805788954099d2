import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttributeIds, DataType, type DataValue, LogLevel, setLogLevel } from 'node-opcua';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Boiler, startBoiler } from '../../../deploy/demo/boiler.ts';
import {
  readBoiler,
  runBoilerHmi,
  runHistorian,
  writeSetpoint,
} from '../../../deploy/demo/boiler-clients.ts';
import { browseSweep, rogueSetpoint } from '../../../deploy/demo/opcua-attack.ts';
import { boilerNode, connectOpcua, type OpcuaParty } from '../../../deploy/demo/opcua-client.ts';
import { type Identity, identityIn } from '../../../deploy/demo/opcua-identity.ts';

/** Not the addresses of the example plant, where sensors of other tests listen. */
const HOST = '127.30.3.20';
const PANEL = '127.30.2.10';
const ROGUE = '127.30.66.66';

const USER = { name: 'operator', password: 'known to the panel alone' };
const HOME = join(homedir(), '.config', 'node-opcua-default-nodejs');
const hadHome = existsSync(HOME);

let folder: string;
let boiler: Boiler;
let panel: Identity;
const ends: (() => Promise<unknown>)[] = [];

const identity = (name: string, host: string): Promise<Identity> =>
  identityIn(join(folder, name), { uri: `urn:test:${name}`, name, host });

beforeAll(async () => {
  // Refusals are what some tests are about; node-opcua warns of each.
  setLogLevel(LogLevel.Error);
  folder = await mkdtemp(join(tmpdir(), 'boiler-'));
  const controller = await identity('boiler', HOST);
  panel = await identity('panel', PANEL);
  await panel.store.trustCertificate(controller.certificate);
  await controller.store.trustCertificate(panel.certificate);
  boiler = await startBoiler({
    host: HOST,
    port: 0,
    identity: controller,
    users: new Map([[USER.name, USER.password]]),
    noise: () => 0,
  });
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

afterAll(async () => {
  await boiler?.close();
  await rm(folder, { recursive: true, force: true });
});

const party = (more: Partial<OpcuaParty> = {}): OpcuaParty => ({
  from: PANEL,
  url: boiler.url,
  serverCertificate: boiler.certificate,
  identity: panel,
  mode: 'Sign',
  user: USER,
  ...more,
});

async function connected(more: Partial<OpcuaParty> = {}) {
  const connection = await connectOpcua(party(more));
  ends.push(() => connection.close());
  return connection.session;
}

test.each(['Sign', 'SignAndEncrypt'] as const)('values are read over %s', async (mode) => {
  const values = await readBoiler(await connected({ mode }));
  expect(values.map(({ statusCode }) => statusCode.name)).toEqual(Array(5).fill('Good'));
  expect(values[4]?.value.value).toBe(boiler.pressureSetpoint());
});

test('the setpoint is written inside what the boiler can bear; what is measured is not written', async () => {
  const session = await connected();
  expect((await writeSetpoint(session, 7.5)).name).toBe('Good');
  expect((await writeSetpoint(session, 17)).name).toBe('BadOutOfRange');
  expect(boiler.pressureSetpoint()).toBe(7.5);

  const nodeId = await boilerNode(session, 'Pressure');
  const value = { value: { dataType: DataType.Double, value: 1 } };
  const status = await session.write({ nodeId, attributeId: AttributeIds.Value, value });
  expect(status.name).toBe('BadNotWritable');
});

test('the burner is restarted by its method', async () => {
  const session = await connected();
  const objectId = await boilerNode(session, '');
  const methodId = await boilerNode(session, 'RestartBurner');
  const { statusCode, outputArguments } = await session.call({ objectId, methodId });
  expect([statusCode.name, outputArguments?.[0]?.value]).toEqual(['Good', 1]);
});

test('a wrong password is refused, and so is an application that nobody trusts', async () => {
  const guess = party({ user: { name: USER.name, password: 'guessed' } });
  await expect(connectOpcua(guess)).rejects.toThrow('BadUserAccessDenied');
  const stranger = await identity('stranger', PANEL);
  const { certificate } = await identity('boiler', HOST);
  await stranger.store.trustCertificate(certificate);
  await expect(connectOpcua(party({ identity: stranger }))).rejects.toThrow();
});

test('a client speaks from the address that it is given', async () => {
  // TEST-NET-1: no machine has it, so that nobody can speak from it.
  await expect(connectOpcua(party({ from: '192.0.2.1' }))).rejects.toThrow('EADDRNOTAVAIL');
});

test('the panel and the historian work until they are stopped', async () => {
  const stop = new AbortController();
  const log: string[] = [];
  const values: DataValue[] = [];
  const enough = Promise.withResolvers<void>();
  const run = { stop: stop.signal, log: (line: string) => log.push(line) };
  const both = Promise.all([
    runBoilerHmi({ ...run, party: party(), noise: () => 0 }),
    runHistorian({
      ...run,
      party: party({ mode: 'SignAndEncrypt' }),
      told: (value) => {
        values.push(value);
        if (values.length === 8) enough.resolve();
      },
    }),
  ]);
  await enough.promise;
  stop.abort();
  await both;
  expect(log).toEqual([]);
  expect(values.every(({ statusCode }) => statusCode.isGood())).toBe(true);
});

test('a sweep asks about more nodes than any operator, without a name', async () => {
  expect(await browseSweep({ from: ROGUE, url: boiler.url })).toBeGreaterThan(1000);
});

test('a setpoint can be written without a name and without security: the boiler is careless', async () => {
  const told = await rogueSetpoint({ from: ROGUE, url: boiler.url });
  expect(told).toEqual({ bar: 15.5, status: 'Good' });
  expect(boiler.pressureSetpoint()).toBe(15.5);
});

test('everybody came from the address that was theirs', () => {
  expect([...boiler.clients()].sort()).toEqual([PANEL, ROGUE]);
});

test('nothing is kept in the home folder', () => {
  expect(existsSync(HOME)).toBe(hadHome);
});
