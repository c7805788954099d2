import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCaptureFile } from '#sensor/capture/file.ts';
import { countPacket, createWireCounters } from '#sensor/wire/counters.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { pcapFile, tcpFrame } from '../../support/packets.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('readCaptureFile', () => {
  test('reads a file of many chunks', () => {
    const frames = Array.from({ length: 3000 }, (_, i) =>
      tcpFrame({ payload: Buffer.alloc(1000, i) }),
    );
    let sum = 0;
    const result = readCaptureFile(written('large.pcap', pcapFile(frames)), (packet) => {
      sum += packet.bytes[packet.offset + packet.capturedLength - 1] as number;
    });
    expect(result).toMatchObject({
      kind: 'read',
      packets: 3000,
      bytes: 3000 * 1054,
      faultCount: 0,
    });
    expect(sum).toBe(frames.reduce((total, _, i) => total + (i & 0xff), 0));
  });

  test.for([
    ['a file that is not there', 'missing.pcap', 'cannot be opened (ENOENT)'],
    ['a folder', '.', 'cannot be read (EISDIR)'],
  ] as const)('%s is unreadable', ([, name, text]) => {
    expect(readCaptureFile(join(folder, name), () => undefined)).toEqual({
      kind: 'unreadable',
      text,
    });
  });

  test('stops where the bytes after a damaged record cannot be read', () => {
    const bytes = pcapFile([Buffer.alloc(10), Buffer.alloc(10)]);
    bytes.writeUInt32LE(0xffff_ffff, 24 + 26 + 8);
    const path = written('damaged.pcap', Buffer.concat([bytes, Buffer.alloc(5_000_000)]));
    expect(readCaptureFile(path, () => undefined)).toMatchObject({
      kind: 'read',
      packets: 1,
      faults: [{ name: 'capture.record-length', offset: 50 }],
    });
  });

  test('reads stdin, also where it comes slowly', () => {
    const frames = Array.from({ length: 50 }, () => tcpFrame({ payload: Buffer.alloc(100) }));
    const path = written('stdin.pcap', pcapFile(frames));
    const script = `
      import { readCaptureFile } from '${join(process.cwd(), 'sensor/capture/file.ts')}';
      console.log(JSON.stringify(readCaptureFile('-', () => undefined)));`;
    const program = written('stdin.mjs', Buffer.from(script));
    const slowly = `(head -c 30 "$1"; sleep 0.1; tail -c +31 "$1") | "$2" "$3"`;
    const { stdout } = spawnSync('sh', ['-c', slowly, 'sh', path, process.execPath, program], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'read', packets: 50, faultCount: 0 });
  });
});

const SHARED = '../shared/captures';
const haveShared = existsSync(SHARED);
if (!haveShared) console.log(`${SHARED} is not here: reading the public captures is skipped`);

describe.runIf(haveShared)('the public captures', () => {
  test('are read to their end without an exception, each packet read or counted', () => {
    const view = createPacketView();
    const files = readdirSync(SHARED, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.(pcap|pcapng|cap)$/.test(path),
    );
    expect(files.length).toBeGreaterThan(500);
    const damaged: string[] = [];
    for (const path of files) {
      const counters = createWireCounters();
      const result = readCaptureFile(join(SHARED, path), (packet) => {
        parsePacket(packet, view);
        countPacket(view, counters);
      });
      if (result.kind !== 'read') throw new Error(`${path}: ${result.text}`);
      const counted = Object.values(counters.kinds).reduce((sum, count) => sum + count, 0);
      expect([path, counted]).toEqual([path, result.packets]);
      if (result.faultCount > 0)
        damaged.push(`${path}: ${result.faults.map(({ text }) => text).join(', ')}`);
    }
    expect(damaged).toEqual([
      '_derived/variants/modbus_icsnpp.cutfile.pcap: the capture ends within the record at byte 5324',
    ]);
  });
});
