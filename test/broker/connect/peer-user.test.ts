import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { isOwnUser, userIn } from '#broker/connect/peer-user.ts';

/** Two lines as the kernel writes them; the first is 127.0.0.1:40000 -> 127.0.0.1:5020 of user 1001. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9C40 0100007F:139C 01 00000000:00000000 00:00000000 00000000  1001        0 41234 1
   1: 0100007F:139C 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 41235 1`;

const peer = {
  remoteAddress: '127.0.0.1',
  remotePort: 40_000,
  localAddress: '127.0.0.1',
  localPort: 5020,
};

test('the user of the other end is read from the line of the other end', () => {
  expect(userIn(TABLE, peer, true)).toBe(1001);
});

test('a connection that the table does not list has no user', () => {
  expect(userIn(TABLE, { ...peer, remotePort: 40_001 }, true)).toBeUndefined();
});

test('a real loopback connection of this process is its own, and nobody else’s', async () => {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<Socket>();
  server.on('connection', resolve);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const client = connect(address.port, '127.0.0.1');
  const { remoteAddress, remotePort, localAddress, localPort } = await promise;
  const seen = { remoteAddress, remotePort, localAddress, localPort } as typeof peer;
  const own = process.getuid?.() ?? 0;
  expect(isOwnUser(seen, own)).toBe(true);
  if (own !== 0) expect(isOwnUser(seen, own + 1)).toBe(false);
  client.destroy();
  server.close();
});
