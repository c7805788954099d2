import { once } from 'node:events';
import { connect } from 'node:net';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLive } from '#broker/api/live.ts';
import { type Listener, listen } from '#broker/run/listen.ts';

/** What a client can do below HTTP, on a real socket. */

const live = createLive();
let listener: Listener;
const asked: string[] = [];

beforeAll(async () => {
  const app = new Hono();
  app.get('/live', () => {
    const client = { person: 'anna', stands: () => true, sees: () => true };
    return new Response(live.subscribe(client) ?? null, {
      headers: { 'content-type': 'text/event-stream' },
    });
  });
  app.all('*', async (c) => {
    asked.push(`${c.req.method} ${new URL(c.req.url).pathname} ${await c.req.text()}`);
    return c.text('ok');
  });
  listener = await listen('web', { host: '127.0.0.1', port: 0 }, () => app);
});
afterAll(() => listener.close());

/** Sends bytes and gives what comes back until the other side closes. */
function raw(text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(listener.address.port, '127.0.0.1', () => socket.end(text));
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.on('error', () => resolve(answer));
  socket.on('close', () => resolve(answer));
  return promise;
}

test.for([
  [
    'Content-Length and Transfer-Encoding',
    'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
  ],
  [
    'two Content-Lengths',
    'Content-Length: 0\r\nContent-Length: 30\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
  ],
  ['a Content-Length that is no number', 'Content-Length: 0x0\r\n\r\n'],
  ['a folded header', 'X-A: b\r\n c: d\r\n\r\n'],
  ['a space before the colon', 'Content-Length : 3\r\n\r\nabc'],
  ['a chunk size with a sign', 'Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n'],
  ['a bare line feed', 'X-A: b\n\n'],
  ['a NUL in a header', 'X-A: b\u0000c\r\n\r\n'],
  ['headers beyond the bound', `X-A: ${'a'.repeat(20_000)}\r\n\r\n`],
] as const)('%s is refused, and nothing rides behind it', async ([, rest]) => {
  asked.length = 0;
  const answer = await raw(`POST /first HTTP/1.1\r\nHost: localhost\r\n${rest}`);
  expect(answer).toMatch(/^HTTP\/1\.1 4(00|13|31) /);
  expect(asked.filter((line) => line.includes('smuggled'))).toEqual([]);
});

test('without a Host there is no answer but 400', async () => {
  expect(await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test('CONNECT opens no tunnel', async () => {
  const answer = await raw('CONNECT 127.20.1.12:5020 HTTP/1.1\r\nHost: 127.20.1.12:5020\r\n\r\n');
  expect(answer).not.toMatch(/^HTTP\/1\.1 2/);
});

test('an upgrade is no way around the routes', async () => {
  const answer = await raw(
    'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  expect(answer).not.toMatch(/^HTTP\/1\.1 101/);
});

test('a live stream arrives as it is told, and ends when the listener closes', async () => {
  const response = await fetch(`http://127.0.0.1:${listener.address.port}/live`);
  const body: ReadableStream<Uint8Array> | null = response.body;
  const reader = body?.getReader();
  if (reader === undefined) throw new Error('no body');
  await reader.read();
  live.publish({ event: 'request', data: { id: 'req_1', state: 'pending' } }, {});
  const { value } = await reader.read();
  expect(Buffer.from(value ?? []).toString()).toContain('event: request');
  live.close();
  expect((await reader.read()).done).toBe(true);
});

test('one address cannot take every place, and a place that is left is free again', async () => {
  const { port } = listener.address;
  const sockets = Array.from({ length: 256 }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  expect(await raw('GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('');
  const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  other.end('GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const [answer] = (await once(other, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
  for (const socket of sockets) socket.destroy();
  const free = 'GET /free HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  await expect.poll(() => raw(free)).toMatch(/^HTTP\/1\.1 200 /);
});
