/** An asset that takes connections and then stands still, and what it finds when it goes on. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import { measureFrame, pduOf } from '#sensor/decode/modbus/frame.ts';
import { micros } from '#sensor/model/time.ts';
import { PLC_ADDRESS } from '../../support/counting-plc.ts';
import {
  type GateSite,
  type LocalPort,
  openGateSite,
  openLocalPort,
  openVendor,
} from '../../support/gate-site.ts';

/** Shorter than a test, longer than all that happens before on a busy machine. */
const ANSWER_WITHIN_MS = 4_000;
/** Shorter by far, and longer than a round trip on a busy machine. */
const LAST_ANSWER_WITHIN_MS = 1_500;

/** Takes connections; reads and answers nothing until it goes on. */
async function openStalledPlc() {
  const sockets: Socket[] = [];
  const got: Buffer[] = [];
  let stalled = true;
  let lost = 0;
  const read = (socket: Socket): void => {
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; ) {
        const length = measureFrame(bytes, at, bytes.length);
        if (length <= 0) throw new Error('no frame');
        const adu = bytes.subarray(at, at + length);
        got.push(pduOf(adu));
        const [functionCode] = pduOf(adu);
        const answer = functionCode === 3 ? Buffer.from([3, 2, 0, 42]) : pduOf(adu);
        socket.write(emitAdu(adu.readUInt16BE(0), 1, answer));
        at += length;
      }
    });
    socket.resume();
  };
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('close', () => lost++);
    sockets.push(socket);
    if (!stalled) read(socket);
  });
  server.listen(0, PLC_ADDRESS);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lost: () => lost,
    /** Of what it got once it went on. */
    writes: () =>
      got.filter(([functionCode]) => functionCode === 6).map((pdu) => pdu.readUInt16BE(3)),
    goOn() {
      stalled = false;
      for (const socket of sockets) read(socket);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

let plc: Awaited<ReturnType<typeof openStalledPlc>>;
let at: GateSite;
let vendor: Awaited<ReturnType<typeof openVendor>>;
let local: LocalPort;
const tools: Socket[] = [];

beforeEach(async () => {
  plc = await openStalledPlc();
  at = await openGateSite(plc.port, {
    answerWithinMs: ANSWER_WITHIN_MS,
    lastAnswerWithinMs: LAST_ANSWER_WITHIN_MS,
  });
  vendor = await openVendor(at);
  local = await openLocalPort(at.port, vendor.credentials);
});
afterEach(async () => {
  for (const tool of tools.splice(0)) tool.destroy();
  local.close();
  await at.close();
  plc.close();
});

async function tool(): Promise<Socket> {
  const socket = connect(local.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  tools.push(socket);
  return socket;
}

const write = (value: number): Buffer =>
  emitAdu(value, 1, Buffer.from([6, 0, 100, value >> 8, value & 0xff]));
const read = (): Buffer => emitAdu(9_000, 1, Buffer.from([3, 0, 0, 0, 1]));

/** `function code:exception` of the answer, or `closed`. */
async function ask(socket: Socket, request: Buffer): Promise<string> {
  if (socket.destroyed) return 'closed';
  socket.write(request);
  const answer = await Promise.race([
    once(socket, 'data').then(([bytes]) => bytes as Buffer),
    once(socket, 'close').then(() => undefined),
  ]);
  return answer === undefined ? 'closed' : `${answer[7]}:${answer[8]}`;
}

async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A write is sent as soon as its intent is durable, and nobody reads it who could tell. */
async function underWay(): Promise<void> {
  await until(() => existsSync(recording()) && /"intent"/.test(readFileSync(recording(), 'utf8')));
  await new Promise((resolve) => setTimeout(resolve, 300));
}

const recording = (): string => join(at.recordings, vendor.session.id, '000000.ndjson');
const stateOf = async () => (await at.context.store.sessions.get(vendor.session.id))?.state;
const told = async () =>
  (await at.gate.operations(vendor.session.id, -1, 500)).map(({ text }) => text);

test('gets after notAfter at most the one write that it was sent before', async () => {
  at.site.now = micros(at.grant.notAfter - 1);
  for (let value = 1; value <= 4; value++) {
    const socket = await tool();
    expect(await ask(socket, write(value))).toBe(value === 1 ? '134:11' : '134:6');
    if (value === 1) await once(socket, 'close');
    expect(await ask(socket, write(value + 100))).toBe(value === 1 ? 'closed' : '134:6');
  }
  at.site.now = at.grant.notAfter;
  await until(async () => (await stateOf()) === 'grace');
  plc.goOn();
  const reader = await tool();
  expect(await ask(reader, read())).toBe('3:2');
  expect(await ask(reader, write(7))).toBe('134:1');
  expect([[], [1]]).toContainEqual(plc.writes());
});

test.each([
  ['the grace begins', 'notAfter'],
  ['the grant is over', 'graceUntil'],
] as const)(
  'loses, when %s, a connection on which it owes the answer to a write',
  async (_, clock) => {
    at.site.now = micros(at.grant.notAfter - 1);
    const socket = await tool();
    const start = performance.now();
    const answer = ask(socket, write(5));
    await underWay();
    at.site.now = at.grant[clock];
    expect(await answer).toBe('134:11');
    expect(performance.now() - start).toBeLessThan(ANSWER_WITHIN_MS);
    plc.goOn();
    await until(() => plc.lost() === 1);
    await until(async () => (await told()).length === 1);
    expect(await told()).toEqual([
      'write 5 to holding register 100 (40101) of unit 1: sent, and the asset did not answer; nobody knows whether it was done',
    ]);
    expect(readFileSync(recording(), 'utf8')).toMatch(
      /"plc-12 did not answer a write, so its connection was reset; nobody knows/,
    );
  },
);

test('that answers a write a moment after notAfter is believed, and the tool reads on', async () => {
  at.site.now = micros(at.grant.notAfter - 1);
  const socket = await tool();
  const answer = ask(socket, write(5));
  await underWay();
  at.site.now = at.grant.notAfter;
  await until(async () => (await stateOf()) === 'grace');
  plc.goOn();
  expect(await answer).toBe('6:0');
  expect(await ask(socket, write(6))).toBe('134:1');
  expect(await ask(socket, read())).toBe('3:2');
  expect(plc.writes()).toEqual([5]);
  expect((await told())[0]).toBe('wrote 5 to holding register 100 (40101) of unit 1');
});

test('is written to by one session at a time, also once that one has ended', async () => {
  const { entry } = at.grant;
  const { plant } = at.site;
  const before = plant?.access.get(entry);
  if (plant === undefined || before === undefined) throw new Error('the plant has the entry');
  const limits = { ...before.limits, sessions: 2 };
  // The version stays: the grant is bound to it.
  at.site.plant = {
    ...plant,
    access: new Map([...plant.access, [entry, { ...before, limits }]]),
  };
  const second = await openVendor(at);
  const theirs = await openLocalPort(at.port, second.credentials);
  const other = connect(theirs.port, '127.0.0.1');
  other.on('error', () => undefined);
  await once(other, 'connect');
  tools.push(other);
  const answer = ask(await tool(), write(1));
  await underWay();
  expect(await ask(other, write(2))).toBe('134:6');
  await at.gate.endSession(vendor.session.id, 'ended-by-operator');
  expect(await answer).toBe('closed');
  expect(await ask(other, write(3))).toBe('134:6');
  plc.goOn();
  expect(await ask(other, read())).toBe('3:2');
  expect(await ask(other, write(4))).toBe('6:0');
  expect(plc.writes().filter((value) => value !== 1)).toEqual([4]);
  theirs.close();
});

test('is written to again once it has answered a read', async () => {
  expect(await ask(await tool(), write(1))).toBe('134:11');
  plc.goOn();
  const socket = await tool();
  expect(await ask(socket, write(2))).toBe('134:6');
  expect(await ask(socket, read())).toBe('3:2');
  expect(await ask(socket, write(3))).toBe('6:0');
  expect(plc.writes().filter((value) => value !== 1)).toEqual([3]);
});
