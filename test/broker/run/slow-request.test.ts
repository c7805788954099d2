import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Hono } from 'hono';
import { afterEach, expect, test } from 'vitest';
import { listen } from '#broker/run/listen.ts';

/** How long a request may take to come. */

/** ms; short enough to be waited for. */
const SHORT = 300;
/** ms that no slow machine uses up. */
const LONG = 120_000;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A listener on which `POST /upload` is an upload, and that answers `answerAfter` ms after all came. */
async function open(times: { request: number; uploadPause: number }, answerAfter = 0) {
  const app = new Hono();
  app.all('*', async (c) => {
    const { length } = await c.req.text();
    await pause(answerAfter);
    return c.text(`came: ${length}`);
  });
  const listener = await listen('web', { host: '127.0.0.1', port: 0 }, () => app, {
    isUpload: (method, path) => method === 'POST' && path === '/upload',
    times,
  });
  closers.push(() => listener.close());
  return listener.address.port;
}

interface Client {
  readonly socket: Socket;
  /** All that comes back until the other side closes. */
  readonly answer: Promise<string>;
}

/** Sends the head of a request for `POST /path` or the like, with a body of `length` bytes. */
async function begin(port: number, asked: string, length: number): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  closers.push(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  // A reset is followed by `close` too.
  socket.on('error', () => undefined);
  const answer = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, 'connect');
  socket.write(
    `${asked} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`,
  );
  return { socket, answer };
}

test.for([
  ['a request that stays away in part', 'POST /change', { request: SHORT, uploadPause: LONG }],
  ['an upload that pauses too long', 'POST /upload', { request: LONG, uploadPause: SHORT }],
  ['an upload with a query too', 'POST /upload?name=a', { request: LONG, uploadPause: SHORT }],
] as const)('%s is ended without an answer', async ([, asked, times]) => {
  const { socket, answer } = await begin(await open(times), asked, 10);
  socket.write('half.');
  expect(await answer).toBe('');
});

test('an upload may take longer than another request, as long as it goes on', async () => {
  const { socket, answer } = await begin(
    await open({ request: SHORT, uploadPause: LONG }),
    'POST /upload',
    10,
  );
  for (let sent = 0; sent < 10; sent += 1) {
    socket.write('x');
    await pause(SHORT / 5);
  }
  expect(await answer).toMatch(/came: 10$/);
});

test('what came whole is answered, however long that takes', async () => {
  const port = await open({ request: 2_000, uploadPause: 2_000 }, 4_500);
  const [live, ...clients] = await Promise.all([
    begin(port, 'GET /live', 0),
    begin(port, 'POST /change', 10),
    begin(port, 'POST /upload', 10),
  ]);
  for (const { socket } of clients) socket.write('x'.repeat(10));
  for (const { answer } of clients) expect(await answer).toMatch(/came: 10$/);
  expect(await live.answer).toMatch(/came: 0$/);
});
