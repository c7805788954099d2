import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HIDDEN, MAX_GUARDED, PacketRing } from '#sensor/capture/ring.ts';
import { capturedPacket } from '../../support/packets.ts';

describe('PacketRing', () => {
  test('gives back a packet with all that was known of it', () => {
    const ring = new PacketRing(1000);
    const packet = capturedPacket(Buffer.from('xxhello'), 12, 1_700_000_000_000_001);
    packet.offset = 2;
    packet.capturedLength = 5;
    packet.originalLength = 60;
    packet.linkType = 113;
    packet.interfaceIndex = 3;
    ring.add(packet);
    expect(ring.find(12)).toEqual({
      kind: 'found',
      packet: {
        bytes: new Uint8Array(Buffer.from('hello')),
        originalLength: 60,
        at: 1_700_000_000_000_001,
        linkType: 113,
        interfaceIndex: 3,
        number: 12,
        vouchedFrom: 0,
        vouchedTo: 0,
      },
    });
  });

  test('shows a packet where it lies, but none that is a copy or gone', () => {
    const ring = new PacketRing(200);
    const shown = capturedPacket(Buffer.alloc(0), 0);
    ring.add(capturedPacket(Buffer.from('one'), 1));
    ring.add(capturedPacket(Buffer.from('again'), 2));
    ring.copied(2);
    expect([ring.show(3, shown), ring.show(2, shown), ring.show(1, shown)]).toEqual([
      false,
      false,
      true,
    ]);
    const { bytes, view, offset, capturedLength, number } = shown;
    expect(Buffer.from(bytes.subarray(offset, offset + capturedLength)).toString()).toBe('one');
    expect(view.getUint8(offset)).toBe('o'.charCodeAt(0));
    expect(number).toBe(1);
    ring.add(capturedPacket(Buffer.alloc(98), 4));
    expect(ring.show(1, shown)).toBe(false);
  });

  test('what it gives stays as it is when newer packets come', () => {
    const ring = new PacketRing(100);
    ring.add(capturedPacket(Buffer.alloc(60, 1), 1));
    const found = ring.find(1);
    ring.add(capturedPacket(Buffer.alloc(60, 2), 2));
    expect(found).toMatchObject({ packet: { bytes: new Uint8Array(60).fill(1) } });
    expect(ring.find(1)).toEqual({ kind: 'overwritten' });
  });

  test.for([
    ['before the ring began', 4],
    ['that has not come', 8],
    ['that was longer than the ring', 6],
  ] as const)('a frame %s is unknown', ([, number]) => {
    const ring = new PacketRing(1000);
    ring.add(capturedPacket(Buffer.alloc(10), 5));
    ring.add(capturedPacket(Buffer.alloc(1001), 6));
    ring.add(capturedPacket(Buffer.alloc(10), 7));
    expect(ring.find(number)).toEqual({ kind: 'unknown' });
    expect(ring.find(5)).toMatchObject({ kind: 'found' });
  });

  test('a frame is right or said to be overwritten, and the newest are always there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: 2000 }),
        fc.array(fc.nat(300), { maxLength: 60, size: 'max' }),
        (size, lengths) => {
          const ring = new PacketRing(size);
          const kept = lengths.map((length) => Math.min(length, size));
          kept.forEach((length, i) => {
            ring.add(capturedPacket(Buffer.alloc(length, i), i + 1));
          });
          kept.forEach((length, i) => {
            const found = ring.find(i + 1);
            if (found.kind === 'found') {
              expect(found.packet.bytes).toEqual(new Uint8Array(length).fill(i));
            } else {
              expect(found.kind).toBe('overwritten');
            }
            // Half a ring of the newest packets is kept even where the end of the ring is wasted.
            const newer = kept.slice(i).reduce((sum, one) => sum + Math.max(one, 64), 0);
            if (newer <= size / 2) expect(found.kind).toBe('found');
          });
        },
      ),
    );
  });

  test('a secret is overwritten where it lies, and never beyond the packet', () => {
    const ring = new PacketRing(1000);
    ring.add(capturedPacket(Buffer.alloc(10, 1), 1));
    ring.add(capturedPacket(Buffer.alloc(10, 2), 2));
    ring.hide(1, 8, 15);
    ring.hide(2, -5, 3);
    ring.hide(3, 0, 10);
    expect(bytesOf(ring, 1)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, HIDDEN, HIDDEN]);
    expect(bytesOf(ring, 2)).toEqual(Array(10).fill(2));
  });

  test('what is vouched for is one range, and begins anew with each packet', () => {
    const ring = new PacketRing(100);
    ring.add(capturedPacket(Buffer.alloc(60), 1));
    ring.vouch(1, 10, 20);
    ring.vouch(1, 30, 40);
    expect(ring.find(1)).toMatchObject({ packet: { vouchedFrom: 10, vouchedTo: 20 } });
    ring.vouch(1, 20, 25);
    ring.vouch(1, 5, 10);
    expect(ring.find(1)).toMatchObject({ packet: { vouchedFrom: 5, vouchedTo: 25 } });
    ring.add(capturedPacket(Buffer.alloc(60), 2));
    ring.vouch(1, 0, 60);
    expect(ring.find(2)).toMatchObject({ packet: { vouchedFrom: 0, vouchedTo: 0 } });
  });

  test('with more guarded servers than it remembers, all are', () => {
    const ring = new PacketRing(100);
    for (let port = 0; port < MAX_GUARDED; port++) ring.guard({ ip: '192.0.2.1', port });
    expect(ring.isGuarded('192.0.2.1', MAX_GUARDED - 1)).toBe(true);
    expect(ring.isGuarded('192.0.2.2', 1)).toBe(false);
    ring.guard({ ip: '192.0.2.1', port: 1 });
    expect(ring.isGuarded('192.0.2.2', 1)).toBe(false);
    ring.guard({ ip: '192.0.2.1', port: MAX_GUARDED });
    expect(ring.isGuarded('192.0.2.2', 1)).toBe(true);
  });
});

function bytesOf(ring: PacketRing, number: number): number[] {
  const found = ring.find(number);
  return found.kind === 'found' ? [...found.packet.bytes] : [];
}
