import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { createApp } from '#broker/api/app.ts';
import { createQuarantine } from '#broker/api/quarantine.ts';
import { listen } from '#broker/run/listen.ts';
import { keepTrust } from '#sbom/trust-keeper.ts';
import { aVendor, openReleaseSite, type ReleaseSite, type Vendor } from './release-site.ts';
import { ORIGIN } from './site.ts';

/** A browser hears an answer only once it has sent its file: what is not taken is read to its end too. */

/** More than the HTTP server itself throws away behind an answer. */
const LARGE = 80 * 1024 * 1024;

let vendor: Vendor;
let site: ReleaseSite;
const closers: (() => unknown)[] = [];
beforeAll(() => {
  vendor = aVendor();
});
afterAll(() => vendor.remove());
beforeEach(async () => {
  site = await openReleaseSite(vendor);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await site.close();
});

async function connectTo(app: ReturnType<typeof createApp>): Promise<Socket> {
  const listener = await listen('web', { host: '127.0.0.1', port: 0 }, () => app, {
    isUpload: () => true,
  });
  closers.push(() => listener.close());
  const socket = connect(listener.address.port, '127.0.0.1');
  closers.push(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends all of `body` before it reads anything, as browsers do, and gives the answer. */
async function upload(app: ReturnType<typeof createApp>, person: string, body: Buffer) {
  const socket = await connectTo(app);
  const { cookie } = await site.as(person);
  const head = [
    'POST /api/releases?name=a.tar HTTP/1.1',
    `Host: ${new URL(ORIGIN).host}`,
    `Origin: ${ORIGIN}`,
    `Cookie: ${cookie}`,
    'Content-Type: application/x-tar',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  const failure = await new Promise<Error | null | undefined>((resolve) =>
    socket.write(body, resolve),
  );
  expect(failure ?? undefined).toBeUndefined();
  let answer = '';
  for await (const chunk of socket.setEncoding('utf8')) answer += String(chunk);
  return answer;
}

const quarantineOf = (total: number) =>
  createQuarantine(site.quarantineFolder, site.context.store, () => 0, { total, reserve: 0 });

const DOORS: readonly [string, number, string, () => ReturnType<typeof createApp>][] = [
  [
    'the trust folder cannot be used',
    503,
    'trust',
    () => site.appWith({ maxBytes: LARGE, trustNow: keepTrust(join(site.trustFolder, 'nowhere')) }),
  ],
  [
    'there is no room',
    507,
    'full',
    () => site.appWith({ maxBytes: LARGE, quarantine: quarantineOf(100) }),
  ],
  [
    'the disk fails',
    500,
    'fault',
    () => {
      const pathOf = () => join(site.quarantineFolder, 'nowhere', 'a.tar');
      const quarantine = { ...quarantineOf(LARGE), pathOf };
      return site.appWith({ maxBytes: LARGE, quarantine });
    },
  ],
];

test.for(DOORS)('where %s: %d, %s', async ([, status, code, open]) => {
  const answer = await upload(open(), 'susi', Buffer.alloc(LARGE, 1));
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toContain(`"code":"${code}"`);
});

test('while another one of the same person comes in: 429, busy', async () => {
  const app = site.appWith({ maxBytes: LARGE, quarantine: quarantineOf(LARGE) });
  const isDone = Promise.withResolvers<void>();
  const bytes = site.signed();
  const slow = new ReadableStream({
    async pull(controller) {
      await isDone.promise;
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const first = site.send('susi', slow, { app });
  await vi.waitUntil(() => site.inQuarantine().length === 1, { timeout: 10_000 });
  const answer = await upload(app, 'susi', Buffer.alloc(LARGE, 1));
  expect(answer).toMatch(/^HTTP\/1\.1 429 /);
  expect(answer).toContain('"code":"busy"');
  isDone.resolve();
  expect((await first).status).toBe(201);
});

test('whoever is not taken keeps nobody else waiting', async () => {
  const app = site.appWith({ trustNow: keepTrust(join(site.trustFolder, 'nowhere')) });
  const isRead = Promise.withResolvers<void>();
  const isDone = Promise.withResolvers<void>();
  const held = new ReadableStream(
    {
      async pull(controller) {
        isRead.resolve();
        await isDone.promise;
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const untaken = site.send('susi', held, { app });
  await isRead.promise;
  expect((await site.send('susi', Buffer.alloc(600), { app })).status).toBe(503);
  isDone.resolve();
  expect((await untaken).status).toBe(503);
});
