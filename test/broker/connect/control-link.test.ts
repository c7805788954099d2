import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { ControlLink } from '#broker/connect/control-link.ts';
import type { ControlMessage } from '#broker/model/connect.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { type CountingPlc, startCountingPlc } from '../../support/counting-plc.ts';
import {
  type Credentials,
  type GateSite,
  openGateSite,
  openSocket,
  openVendor,
  tryOpen,
} from '../../support/gate-site.ts';

const REAL_NOW = Date.now;

/** A network that can be cut: passes bytes to `port` while it is up. */
class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  up = true;

  constructor(port: number) {
    this.#server = createServer((near) => {
      if (!this.up) {
        near.destroy();
        return;
      }
      const far = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
      }
    });
  }
  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }
  cut(): void {
    this.up = false;
    for (const socket of this.#sockets) socket.destroy();
  }
  close(): void {
    this.cut();
    this.#server.close();
  }
}

let plc: CountingPlc;
let at: GateSite;
let cable: Cable;
let link: ControlLink | undefined;
const said: string[] = [];
const heard: ControlMessage[] = [];
let vendor: Awaited<ReturnType<typeof openVendor>>;
let credentials: Credentials;

beforeEach(async () => {
  plc = await startCountingPlc();
  at = await openGateSite(plc.port, { realTime: true });
  cable = new Cable(at.port);
  said.length = 0;
  heard.length = 0;
});
afterEach(async () => {
  link?.end();
  // One that is not over tries on, and would be heard in the next test.
  await until(() => said.some((one) => one.startsWith('over')));
  cable.close();
  await at.close();
  await plc.close();
});

async function start(certificateForMs: number): Promise<void> {
  const certificateUntil = micros(at.site.now + certificateForMs * 1000);
  vendor = await openVendor(at, certificateUntil);
  credentials = vendor.credentials;
  const port = await cable.open();
  link = new ControlLink({
    open: (path, limit) => openSocket(port, credentials)(path, limit),
    certificateUntil: isoMicros(certificateUntil),
    hear: (message) => heard.push(message),
    renewed: (cert, key) => {
      credentials = { cert, key };
      said.push('renewed');
    },
    link: (up) => said.push(up ? 'up' : 'down'),
    over: (why) => said.push(`over: ${why}`),
  });
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`did not come true: ${said.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('comes back by itself after the network was cut, to the same session', async () => {
  await start(36_000_000);
  await until(() => heard.length === 1);
  cable.cut();
  await until(() => said.includes('down'));
  cable.up = true;
  await until(() => said.at(-1) === 'up' && heard.length === 2);
  expect(said).toEqual(['up', 'down', 'up']);
  const same = { kind: 'status', session: vendor.session.id };
  expect(heard).toMatchObject([same, same]);
});

test('is over, with the reason, when the session ended while the network was gone', async () => {
  await start(36_000_000);
  await until(() => heard.length === 1);
  cable.cut();
  await until(() => said.includes('down'));
  at.site.now = at.grant.graceUntil;
  while ((await at.context.store.sessions.get(vendor.session.id))?.state !== 'ended') {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  cable.up = true;
  await until(() => said.some((one) => one.startsWith('over')));
  // However often it tried while the network was gone.
  expect([said[0], said.at(-1)]).toEqual(['up', 'over: the session has ended']);
  expect(new Set(said.slice(1, -1))).toEqual(new Set(['down']));
});

test('renews the certificate in time, and the new one opens tunnels', async () => {
  // Long enough for a busy machine to come with the old one before it is over.
  await start(9_000);
  const first = credentials;
  await until(() => said.includes('renewed'));
  expect(said).toEqual(['up', 'renewed']);
  expect(credentials.key).not.toBe(first.key);
  // Whoever has not heard of the new one yet comes with the old; once the new one is used, it is over.
  expect(await tryOpen(openSocket(at.port, first)('/tunnel'))).toBe('open');
  expect(await tryOpen(openSocket(at.port, credentials)('/tunnel'))).toBe('open');
  expect(await tryOpen(openSocket(at.port, first)('/tunnel'))).toMatch(/^403/);
});

test.each([-86_400_000, 86_400_000])(
  'renews in time although the clock of this machine is %d ms wrong',
  async (wrong) => {
    const now = vi.spyOn(Date, 'now').mockImplementation(() => REAL_NOW() + wrong);
    try {
      await start(3_000);
      await until(() => said.includes('renewed'));
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(said).toEqual(['up', 'renewed']);
    } finally {
      now.mockRestore();
    }
  },
);

test('tries again where a proxy on the way answers instead of the gate', async () => {
  const proxy = createHttpServer((_, response) => response.writeHead(502).end('<html>'));
  proxy.on('upgrade', (_, socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  let broken = true;
  vendor = await openVendor(at);
  const gate = openSocket(at.port, vendor.credentials);
  link = new ControlLink({
    open: (path, limit) =>
      broken ? new WebSocket(`ws://127.0.0.1:${port}${path}`) : gate(path, limit),
    certificateUntil: isoMicros(vendor.session.certificateUntil),
    hear: (message) => heard.push(message),
    renewed: () => undefined,
    link: (up) => {
      said.push(up ? 'up' : 'down');
      // Mended before it tries again.
      if (said.length === 2) broken = false;
    },
    over: (why) => said.push(`over: ${why}`),
  });
  await until(() => heard.length === 1);
  // Twice it heard the proxy, and then the gate.
  expect(said).toEqual(['down', 'down', 'up']);
  expect(heard).toMatchObject([{ kind: 'status', session: vendor.session.id }]);
  proxy.close();
});

test('ends the session when the vendor wishes', async () => {
  await start(36_000_000);
  await until(() => heard.length === 1);
  link?.end();
  await until(() => said.some((one) => one.startsWith('over')));
  expect(said).toEqual(['up', 'over: you ended it']);
  expect(heard.map(({ kind }) => kind)).toEqual(['status', 'ended']);
});
