import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type WebSocket from 'ws';
import { ControlLink } from '#broker/connect/control-link.ts';
import type { ControlAnswer, ControlMessage } from '#broker/model/connect.ts';

/** When a certificate is renewed over a link that loses answers: the gate is a script, the clock is the test's. */

const MINUTE = 60_000;
/** The gate pings more often than a link may be silent. */
const PING_MS = 15_000;
const CERTIFICATE_MS = 15 * MINUTE;

interface Socket extends EventEmitter {
  readyState: number;
}

let began: number;
let sockets: Socket[];
let asked: { readonly atMs: number; readonly publicKey: string }[];
let renewed: string[];
let link: ControlLink;

const now = (): number => performance.now() - began;
const iso = (ms: number): string => new Date(ms).toISOString();

function open(): WebSocket {
  const socket = Object.assign(new EventEmitter(), {
    readyState: 1,
    send: (text: string) => {
      const answer = JSON.parse(text) as ControlAnswer;
      if (answer.kind === 'renew') asked.push({ atMs: now(), publicKey: answer.publicKey });
    },
    close: () => undefined,
    terminate: () => lose(),
  });
  sockets.push(socket);
  return socket as unknown as WebSocket;
}

function current(): Socket {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error('no socket');
  return socket;
}

function lose(): void {
  const socket = current();
  socket.readyState = 3;
  socket.emit('close');
}

const say = (message: Partial<ControlMessage>): unknown =>
  current().emit('message', Buffer.from(JSON.stringify(message)));

/** The gate's first word on a link, with the end of the newest certificate that it issued. */
function begin(certificateUntil: number): void {
  current().emit('open');
  say({ kind: 'status', now: iso(now()), certificateUntil: iso(certificateUntil) });
}

function pass(ms: number): void {
  for (let left = ms; left > 0; left -= PING_MS) {
    vi.advanceTimersByTime(Math.min(left, PING_MS));
    current().emit('ping');
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  began = performance.now();
  sockets = [];
  asked = [];
  renewed = [];
  link = new ControlLink({
    open,
    certificateUntil: iso(CERTIFICATE_MS),
    hear: () => undefined,
    renewed: (certificate) => renewed.push(certificate),
    link: () => undefined,
    over: () => undefined,
  });
});
afterEach(() => {
  lose();
  link.end();
  vi.useRealTimers();
});

test('a renewal whose answer was lost with the link is asked again, with the same key, once it is back', () => {
  begin(CERTIFICATE_MS);
  pass(10 * MINUTE);
  expect(asked.map(({ atMs }) => atMs)).toEqual([10 * MINUTE]);
  lose();
  vi.advanceTimersByTime(500);
  begin(10 * MINUTE + CERTIFICATE_MS);
  expect(asked.map(({ atMs }) => atMs)).toEqual([10 * MINUTE, 10 * MINUTE + 500]);
  expect(new Set(asked.map(({ publicKey }) => publicKey)).size).toBe(1);

  const certificateUntil = iso(now() + CERTIFICATE_MS);
  say({ kind: 'renewed', certificate: 'next', certificateUntil });
  expect(renewed).toEqual(['next']);
  pass(9 * MINUTE);
  expect(asked).toHaveLength(2);
  pass(MINUTE);
  expect(asked.at(-1)?.atMs).toBe(20 * MINUTE + 500);
  expect(asked.at(-1)?.publicKey).not.toBe(asked[0]?.publicKey);
});

test('a renewal that became due while the link was down is asked for once it is back', () => {
  begin(CERTIFICATE_MS);
  pass(10 * MINUTE - 100);
  lose();
  vi.advanceTimersByTime(500);
  expect(asked).toEqual([]);
  begin(CERTIFICATE_MS);
  expect(asked.map(({ atMs }) => atMs)).toEqual([10 * MINUTE + 400]);
});

test('is planned by the certificate that is held, whatever is said of the newest', () => {
  begin(10 * CERTIFICATE_MS);
  pass(10 * MINUTE);
  expect(asked.map(({ atMs }) => atMs)).toEqual([10 * MINUTE]);
});

test('is asked again and again before the certificate ends, where nothing is answered', () => {
  begin(CERTIFICATE_MS);
  pass(12 * MINUTE);
  say({ kind: 'status', now: iso(now()), certificateUntil: iso(25 * MINUTE) });
  pass(3 * MINUTE - 1);
  const late = asked.filter(({ atMs }) => atMs > 12 * MINUTE);
  expect(late.length).toBeGreaterThan(3);
  expect(new Set(asked.map(({ publicKey }) => publicKey)).size).toBe(1);
});
