import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import jsmodbus from 'jsmodbus';
import modbusSerial from 'modbus-serial';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endSessionBy } from '#broker/actions/end-session.ts';
import { placeLock } from '#broker/actions/place-lock.ts';
import { endStranded } from '#broker/actions/review-sessions.ts';
import { MAX_TUNNELS } from '#broker/gate/gate.ts';
import type { Manifest } from '#broker/gate/manifest.ts';
import { recoverRecordings } from '#broker/gate/recover-recordings.ts';
import { newAuthority } from '#broker/identity/authority.ts';
import type { SessionId } from '#broker/model/ids.ts';
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import { micros } from '#sensor/model/time.ts';
import { type CountingPlc, PLC_ADDRESS, startCountingPlc } from '../../support/counting-plc.ts';
import {
  type Credentials,
  certificateFor,
  type GateSite,
  type LocalPort,
  openControl,
  openGateSite,
  openLocalPort,
  openSocket,
  openVendor,
  plantAt,
  tryOpen,
} from '../../support/gate-site.ts';

type Vendor = Awaited<ReturnType<typeof openVendor>>;

let plc: CountingPlc;
let at: GateSite;
let vendor: Vendor;
let local: LocalPort;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  plc = await startCountingPlc();
  at = await openGateSite(plc.port, { answerWithinMs: 1_500 });
  vendor = await openVendor(at);
  local = await openLocalPort(at.port, vendor.credentials);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  local.close();
  await at.close();
  await plc.close();
});

async function tool(port = local.port) {
  const client = new modbusSerial.default();
  client.setTimeout(5_000);
  client.on('error', () => undefined);
  await client.connectTCP('127.0.0.1', { port });
  client.setID(1);
  closers.push(() => client.close(() => undefined));
  return client;
}

/** The Modbus exception code that a call of a tool fails with, or what else became of it. */
async function exceptionOf(call: Promise<unknown>): Promise<number | string> {
  try {
    await call;
    return 'success';
  } catch (error) {
    const { modbusCode, message } = error as { modbusCode?: number; message?: string };
    return modbusCode ?? message ?? 'failure';
  }
}

/** As `exceptionOf`; a tool whose connection is cut waits for its timeout, and this does not. */
const outcomeOf = (
  client: Awaited<ReturnType<typeof tool>>,
  call: Promise<unknown>,
): Promise<number | string> =>
  Promise.race([
    exceptionOf(call),
    new Promise<string>((resolve) => client.on('close', () => resolve('cut'))),
  ]);

async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<number> {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > withinMs) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
}

const stored = async () => {
  const session = await at.context.store.sessions.get(vendor.session.id);
  if (session === undefined) throw new Error('no session');
  return session;
};
const ended = () => until(async () => (await stored()).state === 'ended');
const sealed = () => until(async () => (await stored()).recording !== undefined);
const operations = () => at.gate.operations(vendor.session.id, -1, 500);
const folder = () => join(at.recordings, vendor.session.id);

describe('a vendor’s tool', () => {
  test('reads and writes inside the grant', async () => {
    const client = await tool();
    expect((await client.readHoldingRegisters(10, 3)).data).toEqual([10, 11, 12]);
    await client.writeRegister(100, 1500);
    await client.writeRegisters(101, [7, 8]);
    expect((await client.readHoldingRegisters(100, 3)).data).toEqual([1500, 7, 8]);
    expect(plc.writes).toEqual([
      { address: 100, value: 1500 },
      { address: 101, value: 7 },
      { address: 102, value: 8 },
    ]);
  });

  test('is refused outside of it with a normal exception, and goes on', async () => {
    const client = await tool();
    expect(await exceptionOf(client.writeCoil(0, true))).toBe(1);
    expect(await exceptionOf(client.writeRegister(110, 1))).toBe(2);
    expect(await exceptionOf(client.readHoldingRegisters(190, 20))).toBe(2);
    expect(await exceptionOf(client.writeRegister(100, 1501))).toBe(3);
    client.setID(9);
    expect(await exceptionOf(client.readHoldingRegisters(0, 1))).toBe(2);
    client.setID(1);
    expect((await client.readHoldingRegisters(0, 1)).data).toEqual([0]);
    expect(plc.writes).toEqual([]);
  });

  test('may pipeline on another stack', async () => {
    const socket = new Socket();
    const client = new jsmodbus.client.TCP(socket, 1, 3_000);
    socket.connect({ host: '127.0.0.1', port: local.port });
    await once(socket, 'connect');
    closers.push(() => socket.destroy());
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => client.readHoldingRegisters(i, 2)),
    );
    expect(answers.map(({ response }) => response.body.valuesAsArray)).toEqual(
      answers.map((_, i) => [i, i + 1]),
    );
    const refused = await exceptionOf(
      client
        .writeSingleRegister(150, 3)
        .catch((failure: { response: { body: { code: number } } }) => {
          throw Object.assign(new Error(), { modbusCode: failure.response.body.code });
        }),
    );
    expect(refused).toBe(2);
    await client.writeSingleRegister(105, 3);
    expect(plc.writes).toEqual([{ address: 105, value: 3 }]);
  });

  test('sees the asset’s own exceptions', async () => {
    const client = await tool();
    const far = plantAt(plc.port);
    expect(far.assets.get('plc-12')?.modbus?.port).toBe(plc.port);
    plc.registers.length = 5;
    expect(await exceptionOf(client.readHoldingRegisters(4, 2))).toBe(2);
    expect((await client.readHoldingRegisters(4, 1)).data).toEqual([4]);
  });

  test('that sends no Modbus is disconnected and the asset hears nothing of it', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    const socket = connect(local.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await once(socket, 'close');
    expect((await control.hear('notice')).text).toMatch(/your tool sent what is no proper Modbus/);
    await until(() => plc.connections() === 0);
  });

  test('may send byte by byte', async () => {
    const socket = connect(local.port, '127.0.0.1');
    socket.setNoDelay(true);
    closers.push(() => socket.destroy());
    const request = emitAdu(0x0102, 1, Buffer.from([3, 0, 20, 0, 2]));
    for (const byte of request) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer).toEqual(emitAdu(0x0102, 1, Buffer.from([3, 4, 0, 20, 0, 21])));
  });
});

describe('the recording', () => {
  test('lists exactly the writes that the asset counted, with what stood there before', async () => {
    const client = await tool();
    await client.readHoldingRegisters(100, 2);
    at.site.now = micros(at.site.now + 3_000_000);
    await client.writeRegister(100, 1500);
    await exceptionOf(client.writeRegister(100, 1501));
    await client.writeRegisters(100, [1, 2, 3]);
    await until(async () => (await operations()).length === 4);
    const told = await operations();
    expect(told.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
    expect(told.map(({ text }) => text)).toEqual([
      'read holding registers 100-101 (40101-40102) of unit 1',
      'wrote 1500 to holding register 100 (40101) of unit 1, was 100 (3 s ago)',
      expect.stringMatching(
        /^refused: write 1501 to holding register 100 \(40101\) of unit 1 \(exception 3\): because \S/,
      ),
      'wrote 1, 2, 3 to holding registers 100-102 (40101-40103) of unit 1, was 1500, 101, unknown (3 s ago)',
    ]);
    const written = told
      .filter(({ decision, outcome }) => decision === 'allowed' && outcome === 'success')
      .flatMap((operation) => operation.new ?? []);
    expect(written).toEqual(plc.writes);
    expect(at.published.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
    expect(at.published).toEqual(told);
    expect(await at.gate.operations(vendor.session.id, 1, 1)).toEqual([told[2]]);
  });

  test('of a write stands in the store’s history, where the join looks for it', async () => {
    const client = await tool();
    await client.writeRegister(100, 5);
    const emissions = await at.context.store.history.unseen(micros(at.site.now + 1), 10);
    expect(emissions).toMatchObject([
      { session: vendor.session.id, asset: 'plc-12', unit: 1, functionCode: 6, pdu: '0600640005' },
    ]);
    expect(emissions[0]?.key).toMatch(/^127\.20\.10\.1:\d+>127\.20\.1\.12:\d+#1$/);
  });

  test('is sealed at the end: manifest, hashes, and its own hash in the session', async () => {
    const client = await tool();
    await client.readHoldingRegisters(0, 1);
    await client.writeRegister(100, 5);
    await exceptionOf(client.writeRegister(200, 5));
    await at.gate.endSession(vendor.session.id, 'ended-by-operator');
    const manifest = readFileSync(join(folder(), 'manifest.json'));
    const { segments, ...said } = JSON.parse(manifest.toString()) as Manifest;
    expect(said).toMatchObject({
      session: vendor.session.id,
      complete: true,
      operations: 3,
      counts: { allowed: 2, refused: 1, writes: 1 },
    });
    const [segment] = segments;
    const bytes = readFileSync(join(folder(), segment?.file ?? ''));
    expect(segment).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await stored()).toMatchObject({
      state: 'ended',
      recording: createHash('sha256').update(manifest).digest('hex'),
      counts: { allowed: 2, refused: 1, writes: 1 },
    });
  });

  test('tells a flood of refusals in one line a second, and counts each', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    const client = await tool();
    for (let i = 0; i < 50; i++) expect(await exceptionOf(client.writeCoil(0, true))).toBe(1);
    expect(at.gate.counts(vendor.session.id)).toEqual({ allowed: 0, refused: 20, writes: 0 });
    at.site.now = micros(at.site.now + 999_999);
    await client.readHoldingRegisters(0, 1);
    at.site.now = micros(at.site.now + 1);
    expect((await control.hear('notice')).text).toBe(
      '30 more requests were refused within one second',
    );
    expect(await exceptionOf(client.writeCoil(0, true))).toBe(1);
    await until(async () => (await operations()).length === 22);
    expect(at.published.filter(({ decision }) => decision === 'refused')).toHaveLength(21);
    const counts = { allowed: 1, refused: 51, writes: 0 };
    expect(at.gate.counts(vendor.session.id)).toEqual(counts);
    await at.gate.endSession(vendor.session.id, 'idle');
    expect(await stored()).toMatchObject({ counts });
    await rm(join(folder(), 'manifest.json'));
    const [recovered] = await recoverRecordings(
      at.recordings,
      at.site.now,
      async () => false,
      () => undefined,
    );
    expect(recovered?.counts).toEqual(counts);
    expect(at.gate.counts(vendor.session.id)).toBeUndefined();
  });

  test('that a crash left open is sealed as incomplete, and what nobody knows is told so', async () => {
    const client = await tool();
    await client.writeRegister(100, 5);
    await until(async () => (await operations()).length === 1);
    const crashed = 'ses_aaaaaaaaaaaaaaaaaaaaaaaa' as SessionId;
    const from = join(folder(), '000000.ndjson');
    const lines = readFileSync(from, 'utf8').trim().split('\n');
    await mkdir(join(at.recordings, crashed));
    const left = join(at.recordings, crashed, '000000.ndjson');
    const intent = lines.find((line) => line.includes('"intent"')) ?? '';
    await writeFile(
      left,
      `${lines.join('\n')}\n${intent.replace('"sequence":0', '"sequence":1')}\n`,
    );
    await appendFile(left, '{"type":"operation","seq');
    await mkdir(join(at.recordings, 'ses_bbbbbbbbbbbbbbbbbbbbbbbb', '000000.ndjson'), {
      recursive: true,
    });
    const faults: string[] = [];
    const isKnown = async (id: SessionId) => id === vendor.session.id;
    const recovered = await recoverRecordings(at.recordings, at.site.now, isKnown, (what) =>
      faults.push(what),
    );
    const one = recovered.find(({ session }) => session === crashed);
    expect(one?.counts).toEqual({ allowed: 2, refused: 0, writes: 2 });
    const manifest = JSON.parse(
      readFileSync(join(at.recordings, crashed, 'manifest.json'), 'utf8'),
    ) as Manifest;
    expect(manifest).toMatchObject({ complete: false, operations: 2 });
    expect((await at.gate.operations(crashed, -1, 10)).map(({ text }) => text)).toEqual([
      'wrote 5 to holding register 100 (40101) of unit 1',
      'write 5 to holding register 100 (40101) of unit 1; nobody knows what came of it',
    ]);
    expect(faults).toEqual(['the recording of ses_bbbbbbbbbbbbbbbbbbbbbbbb cannot be sealed']);
  });
});

test('a recording that somebody changed no longer fits the seal that the store has', async () => {
  const client = await tool();
  await client.writeRegister(100, 7);
  const { session } = vendor;
  expect(await at.gate.seal(session)).toBeUndefined();
  await at.gate.endSession(session.id, 'idle');
  expect(await at.gate.seal(await stored())).toMatchObject({ kind: 'fits' });
  const path = join(folder(), '000000.ndjson');
  await writeFile(path, readFileSync(path, 'utf8').replaceAll('wrote 7', 'wrote 1'));
  expect((await operations()).map(({ text }) => text)).toEqual([
    'wrote 1 to holding register 100 (40101) of unit 1',
  ]);
  const why = 'is not as it was sealed: `000000.ndjson` was changed';
  expect(await at.gate.seal(await stored())).toEqual({ kind: 'broken', why });
  await rm(folder(), { recursive: true });
  expect(await at.gate.seal(await stored())).toEqual({ kind: 'broken', why: 'is missing' });
});

describe('after a crash', () => {
  test('a recording that was sealed keeps its seal, though its end was never stored', async () => {
    const client = await tool();
    await client.writeRegister(100, 5);
    await exceptionOf(client.writeRegister(200, 5));
    at.context.store.commit = () => Promise.reject(new Error('disk full'));
    await at.gate.endSession(vendor.session.id, 'idle');
    const manifest = readFileSync(join(folder(), 'manifest.json'));
    await endStranded(at.site.context);
    const again = await openGateSite(plc.port, { after: at });
    closers.push(() => again.close());
    const sealed = {
      state: 'ended',
      endReason: 'broker-stopped',
      recording: createHash('sha256').update(manifest).digest('hex'),
      counts: { allowed: 1, refused: 1, writes: 1 },
    };
    expect(await stored()).toMatchObject(sealed);
    expect((await stored()).incomplete).toBeUndefined();
    expect((await at.site.leaves()).at(-1)?.detail).toMatchObject({
      sealed: true,
      recording: sealed.recording,
    });
    const size = await at.site.context.store.audit.size();
    const third = await openGateSite(plc.port, { after: at });
    closers.push(() => third.close());
    expect(await at.site.context.store.audit.size()).toBe(size);
    expect([...again.faults, ...third.faults]).toEqual([]);
  });

  test('a manifest that nobody can read is told, and stays as it is', async () => {
    await mkdir(folder(), { recursive: true });
    await writeFile(join(folder(), 'manifest.json'), '{"counts":{}}');
    const again = await openGateSite(plc.port, { after: at });
    closers.push(() => again.close());
    expect(again.faults).toEqual([
      expect.stringMatching(/^the recording of ses_\w+ cannot be sealed: .*is no manifest/),
    ]);
    expect(readFileSync(join(folder(), 'manifest.json'), 'utf8')).toBe('{"counts":{}}');
  });
});

describe('a recording that cannot be written', () => {
  test.each([
    ['stop-writes', 6, 'success', false],
    ['continue', 'success', 'success', false],
    ['stop-session', 6, 'no-more', true],
  ] as const)('under %s: a write gives %s, a read %s', async (mode, writes, reads, ends) => {
    const blocked = join(at.recordings, '..', 'no-folder');
    await writeFile(blocked, '');
    const other = await openGateSite(plc.port, { recordings: blocked });
    closers.push(() => other.close());
    const plant = plantAt(plc.port);
    other.site.plant = {
      ...plant,
      conduits: plant.conduits.map((conduit) => ({ ...conduit, onRecordingFailure: mode })),
    };
    const guest = await openVendor(other);
    const port = await openLocalPort(other.port, guest.credentials);
    closers.push(() => port.close());
    const client = await tool(port.port);
    expect(await exceptionOf(client.writeRegister(100, 5))).toBe(writes);
    const read = await outcomeOf(client, client.readHoldingRegisters(0, 1));
    if (ends) {
      await until(
        async () =>
          (await other.context.store.sessions.get(guest.session.id))?.endReason ===
          'recording-failed',
      );
    } else expect(read).toBe(reads);
    expect(plc.writes).toHaveLength(mode === 'continue' ? 1 : 0);
    // What was held back is waited for by nobody.
    const { history } = other.context.store;
    const waiting = async () => (await history.unseen(micros(other.site.now + 1), 10)).length;
    await until(async () => (await waiting()) === plc.writes.length);
    expect(other.faults[0]).toMatch(/^session ses_\w+ is not recorded whole: /);
    const { id } = guest.session;
    const alerts = async () => (await other.context.store.alerts.list({}, { limit: 9 })).items;
    await until(async () => (await alerts()).length > 0);
    await other.gate.endSession(id, 'idle');
    const because = 'ENOTDIR: not a directory, mkdir';
    expect((await other.context.store.sessions.get(id))?.incomplete).toContain(because);
    expect((await alerts()).map(({ count, document }) => [count, document.message])).toEqual([
      [1, expect.stringContaining(`${id} of vera (acme) on plc-12 is not recorded whole: `)],
    ]);
    const leaves = await other.site.leaves();
    expect(leaves.filter(({ action }) => action === 'record-session')).toMatchObject([
      { actor: 'gate', subject: id, outcome: 'failed' },
    ]);
  });

  test('is alarmed at the end of the session where the store did not take it before', async () => {
    const { store } = at.context;
    const [commit, append] = [store.commit, store.history.appendEmissions];
    store.commit = () => Promise.reject(new Error('disk full'));
    store.history.appendEmissions = () => Promise.reject(new Error('disk full'));
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    const client = await tool();
    expect(await exceptionOf(client.writeRegister(100, 5))).toBe(6);
    expect((await control.hear('notice')).text).toMatch(/not recorded whole/);
    Object.assign(store, { commit });
    Object.assign(store.history, { appendEmissions: append });
    await at.gate.endSession(vendor.session.id, 'idle');
    expect(await stored()).toMatchObject({ state: 'ended', incomplete: 'disk full' });
    expect((await store.alerts.list({}, { limit: 9 })).items).toHaveLength(1);
  });
});

describe('the clocks', () => {
  test('stop a stream of writes exactly, let reads go on, then close', async () => {
    const client = await tool();
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    let answered: number | string = 'success';
    for (let value = 0; answered === 'success'; value++) {
      if (value === 50) at.site.now = micros(at.grant.notAfter - 1);
      if (value === 51) at.site.now = at.grant.notAfter;
      answered = await exceptionOf(client.writeRegister(100, value));
    }
    expect(answered).toBe(1);
    expect(plc.writes).toHaveLength(51);
    expect(await exceptionOf(client.writeRegister(100, 1))).toBe(1);
    expect((await client.readHoldingRegisters(100, 1)).data).toEqual([50]);
    await until(async () => (await stored()).state === 'grace');
    await until(() => control.heard.some((m) => m.kind === 'status' && m.state === 'grace'));
    at.site.now = at.grant.graceUntil;
    expect(await exceptionOf(client.readHoldingRegisters(100, 1))).toBe(11);
    await ended();
    expect(await stored()).toMatchObject({ endReason: 'deadline' });
    expect((await control.hear('ended')).text).toBe('the time of the grant is over');
    expect(plc.writes).toHaveLength(51);
    await until(() => plc.connections() === 0);
  });

  test('end a silent session that is idle', async () => {
    const client = await tool();
    await client.readHoldingRegisters(0, 1);
    at.site.now = micros(at.site.now + at.grant.idleTimeout - 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await stored()).state).toBe('active');
    at.site.now = micros(at.site.now + 1);
    await ended();
    expect((await stored()).endReason).toBe('idle');
  });

  test('end a session that asks only for what is refused as idle', async () => {
    const client = await tool();
    await client.readHoldingRegisters(0, 1);
    at.site.now = micros(at.site.now + at.grant.idleTimeout - 1);
    expect(await exceptionOf(client.writeCoil(0, true))).toBe(1);
    at.site.now = micros(at.site.now + 1);
    await ended();
    expect((await stored()).endReason).toBe('idle');
  });

  test('that are set back neither lengthen a session nor bring writes back', async () => {
    const client = await tool();
    await client.writeRegister(100, 1);
    at.site.now = at.grant.notAfter;
    expect(await exceptionOf(client.writeRegister(100, 2))).toBe(1);
    at.site.now = at.grant.notBefore;
    expect(await exceptionOf(client.writeRegister(100, 3))).toBe(1);
    expect(plc.writes).toHaveLength(1);
  });
});

describe('an end', () => {
  test('by an operator cuts both sides within a second, and blocks reconnecting', async () => {
    const client = await tool();
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    await client.readHoldingRegisters(0, 1);
    const closed = new Promise((resolve) => client.on('close', () => resolve(undefined)));
    const start = performance.now();
    const asked = { actor: 'otto', id: vendor.session.id, reason: 'enough', block: true };
    expect((await endSessionBy(at.context, asked)).kind).toBe('done');
    await closed;
    await until(() => plc.connections() === 0);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(await control.hear('ended')).toMatchObject({
      reason: 'ended-by-approver',
      text: 'an approver of the plant ended it: enough',
    });
    await sealed();
    const open = openSocket(at.port, vendor.credentials);
    expect(await tryOpen(open('/tunnel'))).toMatch(/^403 .*the session has ended/);
    expect(await tryOpen(open('/control'))).toMatch(/^403 .*the session has ended/);
    await expect(openVendor(at)).rejects.toThrow('locked');
  });

  test('by the vendor ends it and answers one more request', async () => {
    const client = await tool();
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    control.socket.send(JSON.stringify({ kind: 'end' }));
    await control.hear('ended');
    expect(await exceptionOf(client.readHoldingRegisters(0, 1))).toBe(11);
    await sealed();
    expect((await stored()).endReason).toBe('ended-by-vendor');
  });

  test('comes with a lock, at the next request', async () => {
    const client = await tool();
    await client.readHoldingRegisters(0, 1);
    const target = { kind: 'vendor', vendor: 'acme' } as const;
    const placed = await placeLock(at.context, { actor: 'otto', target, reason: 'storm' });
    expect(placed.kind).toBe('done');
    expect(await outcomeOf(client, client.writeRegister(100, 1))).not.toBe('success');
    await ended();
    expect((await stored()).endReason).toBe('locked');
    expect(plc.writes).toEqual([]);
  });
});

test('a session whose end cannot be stored stays ended, and is stored when it can be', async () => {
  await (await tool()).readHoldingRegisters(0, 1);
  const { store } = at.context;
  const commit = store.commit.bind(store);
  store.commit = () => Promise.reject(new Error('disk full'));
  await at.gate.endSession(vendor.session.id, 'idle');
  expect(at.faults).toEqual([expect.stringMatching(/^ending session ses_\w+: Error: disk full$/)]);
  expect((await stored()).state).toBe('active');
  const open = openSocket(at.port, vendor.credentials);
  expect(await tryOpen(open('/tunnel'))).toMatch(/^403 .*the session has ended/);
  expect(await tryOpen(open('/control'))).toMatch(/^403 .*the session has ended/);
  store.commit = commit;
  await ended();
  expect(await stored()).toMatchObject({ endReason: 'idle', state: 'ended' });
});

test('a session whose recording is sealed has ended, whatever the store says', async () => {
  await mkdir(folder(), { recursive: true });
  await writeFile(join(folder(), 'manifest.json'), '{}');
  const open = openSocket(at.port, vendor.credentials);
  expect(await tryOpen(open('/tunnel'))).toMatch(/^403 .*the session has ended/);
});

describe('a change of policy in mid-session', () => {
  test('bites on the next request, and what it still allows goes on', async () => {
    const client = await tool();
    await client.writeRegister(100, 1);
    const plant = plantAt(plc.port, { version: 'policy-2' });
    at.site.plant = {
      ...plant,
      conduits: plant.conduits.map((conduit) => ({
        ...conduit,
        allow: conduit.allow.filter(({ operations }) => !operations.includes('write')),
      })),
    };
    expect(await exceptionOf(client.writeRegister(100, 2))).toBe(1);
    expect((await client.readHoldingRegisters(100, 1)).data).toEqual([1]);
    expect(plc.writes).toHaveLength(1);
  });

  test('is told to the vendor, with what is left, and written down', async () => {
    const control = openControl(at.port, vendor.credentials);
    const { allowed } = await control.hear('status');
    const plant = plantAt(plc.port, { version: 'policy-2' });
    at.site.plant = {
      ...plant,
      conduits: plant.conduits.map((conduit) => ({
        ...conduit,
        allow: conduit.allow.filter(({ operations }) => !operations.includes('write')),
      })),
    };
    const statuses = () =>
      control.heard.flatMap((message) => (message.kind === 'status' ? [message.allowed] : []));
    await until(() => statuses().length > 1);
    const left = allowed.filter((each) => !each.startsWith('write'));
    expect(left).not.toEqual(allowed);
    expect(statuses()).toEqual([allowed, left]);
    const refused = control.hear('refused');
    await exceptionOf((await tool()).writeRegister(100, 2));
    expect((await refused).allowed).toEqual(left);
    await until(async () => {
      const names = await readdir(folder());
      const files = await Promise.all(names.map((name) => readFile(join(folder(), name), 'utf8')));
      return files.join().includes('the policy changed; from now on allowed: read');
    });
  });

  test('that leaves what the grant allows as it was is not told', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    at.site.plant = plantAt(plc.port, { version: 'policy-2' });
    const client = await tool();
    await exceptionOf(client.writeRegisters(109, [1, 2]));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(control.heard.filter(({ kind }) => kind === 'status')).toHaveLength(1);
  });

  test.each([
    ['the person', { people: new Map() }, 'role-lost'],
    ['the entry', { access: new Map() }, 'policy-changed'],
  ] as const)(
    'that takes away %s lets nothing pass any more and ends it',
    async (_, change, why) => {
      const client = await tool();
      const control = openControl(at.port, vendor.credentials);
      await control.hear('status');
      await client.writeRegister(100, 1);
      at.site.plant = plantAt(plc.port, { version: 'policy-2', ...change });
      expect(await outcomeOf(client, client.writeRegister(100, 2))).not.toBe('success');
      await ended();
      expect((await stored()).endReason).toBe(why);
      expect(plc.writes).toHaveLength(1);
      // Only the end is told, not that nothing is allowed before it.
      expect(control.heard.filter(({ kind }) => kind === 'status')).toHaveLength(1);
    },
  );

  test('ends a silent session too', async () => {
    await (await tool()).readHoldingRegisters(0, 1);
    at.site.plant = undefined;
    expect(await ended()).toBeLessThan(1_000);
    expect((await stored()).endReason).toBe('policy-changed');
  });

  test('that moves the asset closes connections to its old address', async () => {
    const client = await tool();
    await client.readHoldingRegisters(0, 1);
    at.site.plant = plantAt(plc.port + 1);
    expect(await outcomeOf(client, client.writeRegister(100, 2))).not.toBe('success');
    await until(() => plc.connections() === 0);
    expect(plc.writes).toEqual([]);
    expect((await stored()).state).toBe('active');
  });
});

describe('the door', () => {
  test.each<[string, () => { key?: string; cert?: string }]>([
    ['no certificate', () => ({})],
    [
      'a certificate of another authority',
      () =>
        certificateFor(
          vendor.session.id,
          newAuthority('session', 'test session', micros(Date.now() * 1000), randomBytes),
        ),
    ],
    [
      'an expired certificate',
      () => certificateFor(vendor.session.id, undefined, micros(Date.now() * 1000 - 3_600_000_000)),
    ],
  ])('does not open TLS to %s', async (_, credentials) => {
    const { key, cert } = credentials();
    const shown = { ...(key && { key }), ...(cert && { cert }) };
    expect(await tryOpen(openSocket(at.port, shown)('/tunnel'))).toMatch(/ALERT|ECONNRESET/);
  });

  test.each<[string, () => { key: string; cert: string }, RegExp]>([
    [
      'another certificate of the same session',
      () => certificateFor(vendor.session.id),
      /not the one of the session/,
    ],
    [
      'a session that does not exist',
      () => certificateFor('ses_ffffffffffffffffffffffff'),
      /no such session/,
    ],
    [
      'a certificate that names no session',
      () => certificateFor('gr_ffffffffffffffffffffffff'),
      /does not count/,
    ],
  ])('does not open to %s', async (_, credentials, because) => {
    expect(await tryOpen(openSocket(at.port, credentials())('/tunnel'))).toMatch(because);
  });

  test('tells whom it turned away, once for each session and reason', async () => {
    const { id } = vendor.session;
    const turnedAway = async () =>
      (await at.site.leaves())
        .filter(({ action }) => action === 'enter-gate')
        .map(({ subject, outcome, detail }) => [subject, outcome, detail['message']]);
    const stolen = certificateFor(id);
    for (const door of ['/tunnel', '/control', '/tunnel']) {
      expect(await tryOpen(openSocket(at.port, stolen)(door))).toMatch(/^403/);
    }
    const other = [id, 'denied', 'the certificate is not the one of the session'];
    await until(async () => (await turnedAway()).length === 1);
    expect(await turnedAway()).toEqual([other]);
    await at.gate.endSession(id, 'ended-by-operator');
    expect(await tryOpen(openSocket(at.port, vendor.credentials)('/control'))).toMatch(/^403/);
    await until(async () => (await turnedAway()).length === 2);
    expect(await turnedAway()).toEqual([other, [id, 'denied', 'the session has ended']]);
  });

  test('leads to two places and is not for browsers', async () => {
    const open = openSocket(at.port, vendor.credentials);
    for (const path of ['/', '/tunnel/', '/tunnel?x', '/Tunnel', '/api/sessions', '//tunnel']) {
      expect(await tryOpen(open(path))).toMatch(/^403/);
    }
    const { default: WebSocket } = await import('ws');
    const browser = new WebSocket(`wss://127.0.0.1:${at.port}/tunnel`, {
      ...vendor.credentials,
      rejectUnauthorized: false,
      origin: 'https://evil.example',
    });
    expect(await tryOpen(browser)).toMatch(/^403/);
  });

  test('speaks no TLS before 1.3', async () => {
    const { connect: tlsConnect } = await import('node:tls');
    const socket = tlsConnect({
      ...vendor.credentials,
      host: '127.0.0.1',
      port: at.port,
      maxVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    });
    const [error] = (await once(socket, 'error')) as [Error & { code: string }];
    expect(error.code).toMatch(/PROTOCOL|ALERT|ECONNRESET/);
  });

  test('lets in a bounded number of connections of one session', async () => {
    const tools = [];
    for (let i = 0; i < MAX_TUNNELS; i++) tools.push(await tool());
    for (const client of tools) await client.readHoldingRegisters(0, 1);
    const answer = await tryOpen(openSocket(at.port, vendor.credentials)('/tunnel'));
    expect(answer).toMatch(/^403 .*are all that is allowed/);
  });

  test('lets in no more of them when they come all at once', async () => {
    // All wait for the session to be loaded, and then find nobody inside yet.
    const { sessions } = at.context.store;
    const all = MAX_TUNNELS * 2;
    const get: typeof sessions.get = async (id) => {
      await until(() => at.knocks() === all, 20_000);
      return sessions.get(id);
    };
    Object.assign(at.context.store, { sessions: { ...sessions, get } });
    const come = Array.from({ length: all }, () =>
      openSocket(at.port, vendor.credentials)('/tunnel'),
    );
    for (const socket of come) {
      socket.on('error', () => undefined);
      closers.push(() => socket.terminate());
    }
    await until(() => come.filter(({ readyState }) => readyState === 3).length === MAX_TUNNELS);
    await until(() => plc.connections() === MAX_TUNNELS);
  });

  test('closes on whoever says nothing, and still opens to others', async () => {
    const slow = connect(at.port, '127.0.0.1');
    slow.on('error', () => undefined);
    const closed = once(slow, 'close');
    const start = performance.now();
    expect((await (await tool()).readHoldingRegisters(0, 1)).data).toEqual([0]);
    await closed;
    expect(performance.now() - start).toBeLessThan(9_000);
  });
});

describe('the control channel', () => {
  test('says what is allowed, and explains each refusal', async () => {
    const control = openControl(at.port, vendor.credentials);
    const status = await control.hear('status');
    expect(status).toMatchObject({ state: 'active', asset: 'plc-12', session: vendor.session.id });
    expect(status.allowed).toHaveLength(2);
    const client = await tool();
    await exceptionOf(client.writeRegisters(109, [1, 2]));
    const refused = await control.hear('refused');
    expect(refused).toMatchObject({
      asked: 'write 1, 2 to holding registers 109-110 (40110-40111) of unit 1',
      answered: 'exception 2 (illegal-data-address)',
      allowed: status.allowed,
    });
    expect(refused.because).toMatch(/lets only write holding register/);
    expect(refused.because).not.toMatch(/not:|109-110/);
  });

  test('renews the certificate: the old one opens until the new one is used, and nothing any more after that', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    const client = await tool();
    await client.readHoldingRegisters(0, 1);
    const next = certificateFor(vendor.session.id);
    control.socket.send(JSON.stringify({ kind: 'renew', publicKey: next.publicKey }));
    const renewed = await control.hear('renewed');
    const fresh = { key: next.key, cert: renewed.certificate };
    const old = openSocket(at.port, vendor.credentials);
    // Whoever has not heard of the new one comes with the old, however often.
    for (const path of ['/tunnel', '/control', '/tunnel']) {
      expect(await tryOpen(old(path))).toBe('open');
    }
    expect(await tryOpen(openSocket(at.port, fresh)('/tunnel'))).toBe('open');
    for (const path of ['/tunnel', '/control']) {
      expect(await tryOpen(old(path))).toMatch(/^403/);
    }
    expect((await client.readHoldingRegisters(0, 1)).data).toEqual([0]);
    expect((await stored()).state).toBe('active');
  });

  test('renews it again where the vendor heard nothing of that: each that may have arrived opens', async () => {
    const renewedFrom = async (credentials: Credentials): Promise<Credentials> => {
      const { key, publicKey } = certificateFor(vendor.session.id);
      const control = openControl(at.port, credentials);
      await control.hear('status');
      control.socket.send(JSON.stringify({ kind: 'renew', publicKey }));
      const { certificate } = await control.hear('renewed');
      control.socket.terminate();
      return { key, cert: certificate };
    };
    const opens = async (credentials: Credentials): Promise<string> =>
      (await tryOpen(openSocket(at.port, credentials)('/tunnel'))).slice(0, 4);
    const lost = [];
    for (let i = 0; i < 3; i += 1) lost.push(await renewedFrom(vendor.credentials));
    const [first, second, third] = lost;
    if (first === undefined || second === undefined || third === undefined) throw new Error('none');
    expect(await opens(vendor.credentials)).toBe('open');
    // The second arrived: what is older is over, and the third may have arrived too.
    expect(await opens(second)).toBe('open');
    for (const older of [vendor.credentials, first]) expect(await opens(older)).toBe('403 ');
    expect([await opens(second), await opens(third)]).toEqual(['open', 'open']);
    expect(await opens(second)).toBe('403 ');
    expect((await stored()).state).toBe('active');
  });

  test('cuts a session at the end of its certificate, though its tool is at work', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    const client = await tool();
    await client.readHoldingRegisters(0, 1);
    const { publicKey } = certificateFor(vendor.session.id);
    control.socket.send(JSON.stringify({ kind: 'renew', publicKey }));
    await control.hear('renewed');
    const { certificateUntil } = await stored();
    for (const before of [8 * 60_000_000, 1]) {
      at.site.now = micros(certificateUntil - before);
      expect((await client.readHoldingRegisters(0, 1)).data).toEqual([0]);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await stored()).state).toBe('active');
    at.site.now = certificateUntil;
    await ended();
    expect((await stored()).endReason).toBe('renewal-failed');
  });

  test('ends a session whose renewal is refused', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    control.socket.send(JSON.stringify({ kind: 'renew', publicKey: 'no key' }));
    expect((await control.hear('ended')).reason).toBe('renewal-failed');
    await sealed();
    expect((await stored()).endReason).toBe('renewal-failed');
  });

  test.each([
    '',
    '[]',
    '{"kind":"kill"}',
    '{"kind":"renew"}',
    '{"kind":"renew","publicKey":7}',
    'x',
  ])('is closed on %j', async (text) => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    control.socket.send(text);
    await once(control.socket, 'close');
    expect((await stored()).state).toBe('active');
  });

  test('is closed on more than it may carry', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    control.socket.send('x'.repeat(10_000));
    await once(control.socket, 'close');
  });
});

describe('an asset', () => {
  /** Stands in for the PLC: answers each connection as `behave` says. */
  async function hostile(behave: (socket: Socket, request: Buffer) => void): Promise<void> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (request: Buffer) => behave(socket, request));
    });
    server.listen(0, PLC_ADDRESS);
    await once(server, 'listening');
    closers.push(() => server.close());
    at.site.plant = plantAt((server.address() as AddressInfo).port);
  }
  const good = (request: Buffer): Buffer =>
    emitAdu(request.readUInt16BE(0), 1, Buffer.from([3, 2, 0, 42]));

  test('that answers byte by byte is understood', async () => {
    await hostile((socket, request) => {
      for (const byte of good(request)) socket.write(Buffer.from([byte]));
    });
    expect((await (await tool()).readHoldingRegisters(0, 1)).data).toEqual([42]);
  });

  test.each<[string, (socket: Socket, request: Buffer) => void]>([
    [
      'answers with another id',
      (socket) => socket.write(emitAdu(999, 1, Buffer.from([3, 2, 0, 1]))),
    ],
    [
      'answers too long',
      (socket, r) => socket.write(emitAdu(r.readUInt16BE(0), 1, Buffer.from([3, 4, 0, 1, 0, 2]))),
    ],
    ['sends a giant', (socket) => socket.write(Buffer.alloc(300_000, 0xff))],
    ['closes', (socket) => socket.end()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['never answers', () => undefined],
  ])('that %s costs the tool exception 11', async (_, behave) => {
    await hostile(behave);
    expect(await exceptionOf((await tool()).readHoldingRegisters(0, 1))).toBe(11);
  });

  test('that answers twice is disconnected, and the tool may come again', async () => {
    await hostile((socket, request) => socket.write(Buffer.concat([good(request), good(request)])));
    const client = await tool();
    const closed = new Promise((resolve) => client.on('close', () => resolve(undefined)));
    expect((await client.readHoldingRegisters(0, 1)).data).toEqual([42]);
    await closed;
    expect((await (await tool()).readHoldingRegisters(0, 1)).data).toEqual([42]);
  });

  test('that is not there ends the tool’s connection, and the vendor is told why', async () => {
    const control = openControl(at.port, vendor.credentials);
    await control.hear('status');
    at.site.plant = plantAt(1);
    const socket = connect(local.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'close');
    await until(() =>
      control.heard.some((m) => m.kind === 'notice' && m.text.includes('ECONNREFUSED')),
    );
  });

  test('is reached only from an address that the policy gives to gates', async () => {
    at.site.plant = plantAt(plc.port, { gates: ['127.20.10.2'] });
    expect(await tryOpen(openSocket(at.port, vendor.credentials)('/tunnel'))).toMatch(
      /this gate is not one of the policy/,
    );
  });
});

test.skipIf(!existsSync('/usr/bin/mbpoll'))('mbpoll (libmodbus) works through it', async () => {
  const run = promisify(execFile);
  const args = ['-m', 'tcp', '-p', `${local.port}`, '-a', '1', '-0', '-1', '-q'];
  const { stdout } = await run('/usr/bin/mbpoll', [...args, '-r', '10', '-c', '2', '127.0.0.1']);
  expect(stdout).toMatch(/\[10\]:\s+10\s+\[11\]:\s+11/);
  await run('/usr/bin/mbpoll', [...args, '-r', '100', '127.0.0.1', '77']);
  expect(plc.writes).toEqual([{ address: 100, value: 77 }]);
  const refused = run('/usr/bin/mbpoll', [...args, '-r', '150', '127.0.0.1', '77']);
  await expect(refused).rejects.toThrow(/Illegal data address/);
});

test('a write that was held back at the last moment leaves no emission that a sensor should have heard', async () => {
  const client = await tool();
  const { history } = at.context.store;
  const append = history.appendEmissions.bind(history);
  // The clock runs out while the intent is being made durable.
  history.appendEmissions = async (items) => {
    await append(items);
    at.site.now = at.grant.notAfter;
  };
  expect(await exceptionOf(client.writeRegister(100, 1))).toBe(1);
  history.appendEmissions = append;
  expect(plc.writes).toEqual([]);
  await until(async () => (await history.unseen(micros(at.site.now + 1), 10)).length === 0);
  await until(async () => (await operations()).length === 1);
  expect((await operations())[0]).toMatchObject({ decision: 'refused', outcome: 'not-sent' });
});
