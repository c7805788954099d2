import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { type LoopbackPort, openLoopbackPort } from '#broker/connect/loopback-port.ts';
import { isOwnUser } from '#broker/connect/peer-user.ts';

let port: LoopbackPort | undefined;
afterEach(() => port?.close());

const portOf = (opened: LoopbackPort): number => Number(opened.address.split(':')[1]);

test('is the asset’s own port where that is free, else another', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
  port = await openLoopbackPort(undefined, taken, () => undefined);
  expect(portOf(port)).not.toBe(taken);
  await expect(
    openLoopbackPort({ host: '127.0.0.1', port: taken }, taken, () => undefined),
  ).rejects.toThrow('cannot be opened');
  port.close();
  probe.close();
  await once(probe, 'close');
  port = await openLoopbackPort(undefined, taken, () => undefined);
  expect(portOf(port)).toBe(taken);
});

/** uid of `nobody` on every Linux that has one. */
const NOBODY = 65_534;

test.skipIf(process.getuid?.() !== 0).each([
  ['nobody', NOBODY, false],
  ['this user', process.getuid?.() ?? 0, true],
] as const)('knows a connection of %s by the kernel’s word', async (_, uid, own) => {
  const known = Promise.withResolvers<boolean>();
  port = await openLoopbackPort(undefined, 0, (socket) => {
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
    // As the user that the session belongs to: not root, whose connections are always taken.
    const user = own ? uid : 1;
    known.resolve(isOwnUser({ remoteAddress, remotePort, localAddress, localPort }, user));
    socket.destroy();
  });
  const script = `import socket; s = socket.create_connection(('127.0.0.1', ${portOf(port)})); s.recv(1)`;
  await promisify(execFile)('/usr/bin/python3', ['-c', script], { uid }).catch(() => undefined);
  expect(await known.promise).toBe(own);
});
