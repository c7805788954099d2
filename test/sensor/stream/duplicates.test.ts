import { describe, expect, test } from 'vitest';
import {
  COPY_WITHIN_MICROS,
  Duplicates,
  REMEMBERED_PACKETS,
  UNNUMBERED_COPY_WITHIN_MICROS,
} from '#sensor/stream/duplicates.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { capturedPacket, ipFrame, tcpFrame } from '../../support/packets.ts';

const START = 1_700_000_000_000_000;

/** Says of each packet, at its time in µs after the start, whether it came before. */
function judge(packets: readonly (readonly [Buffer, number])[]): boolean[] {
  const duplicates = new Duplicates(7);
  const view = createPacketView();
  return packets.map(([frame, at]) => {
    const packet = capturedPacket(frame, 1, START + at);
    parsePacket(packet, view);
    return duplicates.again(view, packet);
  });
}

/** A UDP datagram with that id of IP. */
function datagram(id: number, payload = '0001'): Buffer {
  const length = (8 + payload.length / 2).toString(16).padStart(4, '0');
  const udp = Buffer.from(`c00001f6${length}0000${payload}`, 'hex');
  const frame = ipFrame('192.0.2.7', '192.0.2.10', 17, udp);
  frame.writeUInt16BE(id, 18);
  return frame;
}

describe('a packet that comes again', () => {
  const frame = tcpFrame({ sequence: 5, payload: Buffer.from('00010002', 'hex') });

  test.for([
    [0, true],
    [COPY_WITHIN_MICROS - 1, true],
    [COPY_WITHIN_MICROS, true],
    [COPY_WITHIN_MICROS + 1, false],
  ] as const)('after %d µs is a copy: %s', ([after, expected]) => {
    expect(
      judge([
        [frame, 0],
        [frame, after],
      ]),
    ).toEqual([false, expected]);
    expect(
      judge([
        [datagram(9), 0],
        [datagram(9), after],
      ]),
    ).toEqual([false, expected]);
  });

  test.for([
    [UNNUMBERED_COPY_WITHIN_MICROS, true],
    [UNNUMBERED_COPY_WITHIN_MICROS + 1, false],
  ] as const)('without a number, after %d µs, is a copy: %s', ([after, expected]) => {
    expect(
      judge([
        [datagram(0), 0],
        [datagram(0), after],
      ]),
    ).toEqual([false, expected]);
  });

  test('a third time is one too', () => {
    expect(
      judge([
        [frame, 0],
        [frame, 5],
        [frame, 9],
      ]),
    ).toEqual([false, true, true]);
  });

  test('is forgotten where the clock goes back, or far on', () => {
    expect(
      judge([
        [frame, 0],
        [frame, -1],
      ]),
    ).toEqual([false, false]);
    expect(
      judge([
        [frame, 0],
        [frame, 1_000_000_001],
        [frame, 1_000_000_001],
      ]),
    ).toEqual([false, false, true]);
  });

  test('is known among as many others as a quarter of what is remembered', () => {
    const others = Array.from(
      { length: REMEMBERED_PACKETS / 4 },
      (_, i) => [tcpFrame({ sequence: 1000 + i }), 1] as const,
    );
    const judged = judge([[frame, 0], ...others, [frame, 2]]);
    expect(judged.filter((again) => again)).toHaveLength(1);
    expect(judged.at(-1)).toBe(true);
  });
});

describe('is no copy what differs in', () => {
  const same = { sequence: 5, acknowledgment: 6, flags: 24, payload: Buffer.alloc(4) };
  const changed = (at: number): Buffer => {
    const frame = tcpFrame(same);
    frame.writeUInt8(frame.readUInt8(at) ^ 1, at);
    return frame;
  };
  test.for([
    ['the id', 19],
    ['an address', 29],
    ['a port', 35],
    ['the sequence', 41],
    ['the acknowledgment', 45],
    ['the flags', 47],
    ['the window', 49],
    ['the checksum', 51],
  ] as const)('%s', ([, at]) => {
    expect(
      judge([
        [tcpFrame(same), 0],
        [changed(at), 1],
      ]),
    ).toEqual([false, false]);
  });

  test('the content of a datagram', () => {
    expect(
      judge([
        [datagram(9, '00010002'), 0],
        [datagram(9, '00010003'), 1],
      ]),
    ).toEqual([false, false]);
  });

  test.for([
    ['the time to live', 22],
    ['the sum of the header', 24],
    ['the type of service', 15],
    ['a MAC address', 3],
  ] as const)('but is one what differs in %s', ([, at]) => {
    expect(
      judge([
        [tcpFrame(same), 0],
        [changed(at), 1],
      ]),
    ).toEqual([false, true]);
  });
});
