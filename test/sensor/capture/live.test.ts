import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startLiveCapture } from '#sensor/capture/live.ts';
import type { LiveOptions } from '#sensor/capture/live-options.ts';
import type { RunningCapture } from '#sensor/capture/source.ts';
import type { PacketSink } from '#sensor/model/captured-packet.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { tcpFrame } from '../../support/packets.ts';

const BACKENDS = ['pcap', 'tcpdump'] as const;

function start(
  backend: LiveOptions['backend'],
  sink: PacketSink,
  change: Partial<LiveOptions> = {},
): Promise<RunningCapture> {
  return startLiveCapture(
    { interface: 'lo', filter: '', promiscuous: false, backend, ...change },
    sink,
  );
}

/** Waits until `done`, for 5 s at most. */
async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await wait(10);
}

/** Bits of CapEff in proc(5): to open a packet socket, and to make an interface. */
const CAP_NET_ADMIN = 1n << 12n;
const CAP_NET_RAW = 1n << 13n;

function permitted(): boolean {
  if (!existsSync('/proc/self/status')) return false;
  const capabilities = /CapEff:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const needed = CAP_NET_ADMIN | CAP_NET_RAW;
  return (BigInt(`0x${capabilities}`) & needed) === needed;
}

/**
 * Makes the tunnel interface argv[1], waits for a line, and lets the IP packet of that line in through
 * it. The numbers are TUNSETIFF and IFF_TUN | IFF_NO_PI of linux/if_tun.h.
 */
const TUNNEL = `
import fcntl, os, struct, sys
tunnel = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tunnel, 0x400454ca, struct.pack('16sH22x', sys.argv[1].encode(), 0x1001))
print('made', flush=True)
os.write(tunnel, bytes.fromhex(sys.stdin.readline().strip()))
sys.stdin.readline()
`;

/** More bytes than any buffer on the way: 240 MB. */
const FLOOD_PACKETS = 4000;
const FLOOD = `
  const socket = require('node:dgram').createSocket('udp4');
  const send = (left) =>
    left === 0
      ? socket.close()
      : socket.send(Buffer.alloc(60_000), Number(process.argv[1]), '127.0.0.1', () => send(left - 1));
  send(${FLOOD_PACKETS});
`;

const may = permitted();
if (!may) console.log('live capture is not permitted here: its tests are skipped');

describe.runIf(may).each(BACKENDS)('live capture through %s', (backend) => {
  test('gives each packet once, counts, and ends cleanly where no packet comes any more', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const seen: number[] = [];
    const view = createPacketView();
    const capture = await start(
      backend,
      (packet) => {
        if (parsePacket(packet, view) === 'udp') seen.push(view.view.getUint16(view.payload));
      },
      { filter: `udp dst port ${port}` },
    );
    expect(capture.backend).toBe(backend);
    for (let i = 0; i < 500; i++) {
      const message = Buffer.alloc(40);
      message.writeUInt16BE(i);
      await new Promise((resolve) => socket.send(message, port, '127.0.0.1', resolve));
    }
    await until(() => seen.length >= 500);
    expect(await capture.stop()).toEqual({ kind: 'stopped' });
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i));
    const { received, dropped, delivered } = capture.counters();
    expect(delivered).toBe(500);
    expect(received).toBeGreaterThanOrEqual(500);
    expect(dropped).toBe(0);
    expect(await capture.stop()).toEqual({ kind: 'stopped' });
    socket.close();
  });

  test('counts what a full buffer drops, among what was received', async () => {
    let seen = 0;
    const port = 45_454;
    const capture = await start(backend, () => seen++, { filter: `udp dst port ${port}` });
    // Nothing is read meanwhile: the event loop is held until all was sent.
    execFileSync(process.execPath, ['-e', FLOOD, String(port)]);
    await until(() => false);
    await capture.stop();
    const { received, dropped, delivered } = capture.counters();
    expect(dropped).toBeGreaterThan(0);
    expect(delivered).toBe(seen);
    expect(delivered + dropped).toBeLessThanOrEqual(received);
    // The kernel shows each packet of the loopback interface twice; libpcap passes one on.
    expect(received).toBe(2 * FLOOD_PACKETS);
  });

  test('shows a TCP connection with times of now, within 100 ms', async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    let bytes = 0;
    let last = 0;
    let late = Number.POSITIVE_INFINITY;
    const view = createPacketView();
    const capture = await start(backend, (packet) => {
      if (parsePacket(packet, view) !== 'tcp') return;
      if (view.sourcePort !== port && view.destinationPort !== port) return;
      bytes += view.payloadLength;
      last = packet.at;
      late = Math.min(late, Date.now() * 1000 - packet.at);
    });
    const client = connect(port, '127.0.0.1');
    client.write('hello');
    await once(client, 'data');
    await until(() => bytes >= 10);
    expect(bytes).toBe(10);
    expect(late).toBeLessThan(100_000);
    expect(Math.abs(Date.now() * 1000 - last)).toBeLessThan(10_000_000);
    client.destroy();
    server.close();
    await capture.stop();
  });

  test('reads the cooked packets of `any`, each once', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    const seen: number[] = [];
    const linkTypes = new Set<number>();
    const view = createPacketView();
    const capture = await start(
      backend,
      (packet) => {
        linkTypes.add(packet.linkType);
        if (parsePacket(packet, view) === 'udp') seen.push(view.view.getUint8(view.payload));
      },
      { interface: 'any', filter: `udp dst port ${port}` },
    );
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => socket.send(Buffer.of(i), port, '127.0.0.1', resolve));
    }
    await until(() => seen.length >= 20);
    await capture.stop();
    socket.close();
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
    // tcpdump asks for SLL2 where there is one, libpcap by itself gives SLL.
    expect([...linkTypes]).toEqual([backend === 'pcap' ? 113 : 276]);
  });

  test.runIf(existsSync('/dev/net/tun'))('reads the bare IP packets of a tunnel', async () => {
    const name = `lkt${backend.at(0)}${process.pid}`;
    const tunnel = spawn('python3', ['-c', TUNNEL, name], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(tunnel.stdout, 'data');
      execFileSync('ip', ['link', 'set', name, 'up']);
      const seen: string[] = [];
      const view = createPacketView();
      const capture = await start(
        backend,
        (packet) => {
          const kind = parsePacket(packet, view);
          if (kind === 'tcp') seen.push(`${packet.linkType} ${view.destinationPort}`);
        },
        { interface: name },
      );
      const packet = tcpFrame({ destinationPort: 502 }).subarray(14);
      tunnel.stdin.write(`${packet.toString('hex')}\n`);
      await until(() => seen.length > 0);
      await capture.stop();
      expect(seen).toEqual(['101 502']);
    } finally {
      tunnel.kill();
    }
  });

  test.for([
    [
      'an interface that does not exist',
      { interface: 'nosuch0' },
      'capture-interface',
      /`nosuch0` does not exist; there are .*`lo`.*`ip link`/,
    ],
    ['a name that is none', { interface: 'a b' }, 'capture-interface', /`a b` is no name/],
    [
      'a filter that is none',
      { filter: 'port of call' },
      'capture-filter',
      /`port of call` is not understood/,
    ],
    [
      'a filter that looks like an option',
      { filter: '-w/tmp/x' },
      'capture-filter',
      /not understood/,
    ],
    [
      'a filter without end',
      { filter: 'tcp or '.repeat(1000) },
      'capture-filter',
      /longer than 4096/,
    ],
  ] as const)('refuses %s', async ([, change, code, message]) => {
    await expect(start(backend, () => undefined, change)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  test('tells when its interface vanishes', async () => {
    const ip = (...args: string[]) => execFileSync('ip', ['link', ...args]);
    const name = `lk${backend.at(0)}${process.pid}`;
    ip('add', name, 'type', 'veth', 'peer', 'name', `${name}p`);
    try {
      ip('set', name, 'up');
      const capture = await start(backend, () => undefined, { interface: name });
      ip('del', name);
      expect(await capture.ended).toMatchObject({
        kind: 'failed',
        text: expect.stringMatching(/down|gone|vanished|disappeared/) as string,
      });
      expect(await capture.stop()).toMatchObject({ kind: 'failed' });
    } finally {
      if (existsSync(`/sys/class/net/${name}`)) ip('del', name);
    }
  });
});
