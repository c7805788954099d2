import { describe, expect, test } from 'vitest';
import { MAX_FAULTS_KEPT } from '#sensor/capture/source.ts';
import { PcapngBuilder } from '../../support/pcapng.ts';
import { readBytes } from '../../support/reading.ts';

const FRAME = Buffer.from('aabbcc', 'hex');
/** 2023-11-14T22:13:20.123456789Z in ns. */
const NANOSECONDS = 1_700_000_000_123_456_789n;
const MICROSECONDS = 1_700_000_000_123_456;

const start = (littleEndian = true) => new PcapngBuilder(littleEndian).section();

describe('a pcapng capture', () => {
  test.for([
    ['little-endian', true],
    ['big-endian', false],
  ] as const)('%s', ([, littleEndian]) => {
    const file = start(littleEndian)
      .interface()
      .packet(FRAME, { units: BigInt(MICROSECONDS), original: 60 });
    const { packets, result } = readBytes(file.bytes());
    expect(packets).toEqual([
      {
        hex: 'aabbcc',
        at: MICROSECONDS,
        originalLength: 60,
        linkType: 1,
        interfaceIndex: 0,
        number: 1,
      },
    ]);
    expect(result).toMatchObject({
      kind: 'read',
      format: 'pcapng',
      packets: 1,
      bytes: 3,
      faultCount: 0,
    });
  });

  test.for([
    ['µs where it is not said', undefined, BigInt(MICROSECONDS), MICROSECONDS],
    ['µs', 6, BigInt(MICROSECONDS), MICROSECONDS],
    ['ns, exact to the µs', 9, NANOSECONDS, MICROSECONDS],
    ['ns, one before the next µs', 9, 1_700_000_000_123_456_999n, MICROSECONDS],
    ['ps', 12, 1_700_000_000_123_456n * 1000n, 1_700_000_000_123],
    ['ms', 3, 1_700_000_000_123n, 1_700_000_000_123_000],
    ['s', 0, 1_700_000_000n, 1_700_000_000_000_000],
    ['2^-32 s', 0x80 | 32, (1_700_000_000n << 32n) | 0x8000_0000n, 1_700_000_000_500_000],
    ['2^-10 s', 0x80 | 10, (1_700_000_000n << 10n) | 256n, 1_700_000_000_250_000],
  ] as const)('counts time in %s', ([, resolution, units, at]) => {
    const file = start();
    const options = resolution === undefined ? [] : [file.option(9, Buffer.from([resolution]))];
    const { packets } = readBytes(file.interface({ options }).packet(FRAME, { units }).bytes());
    expect(packets[0]?.at).toBe(at);
  });

  test('adds the offset of its interface, and options after an end mark do not count', () => {
    const file = start();
    const offset = Buffer.alloc(8);
    offset.writeBigInt64LE(-3600n);
    const options = [
      file.option(2, Buffer.from('eth0')),
      file.option(14, offset),
      file.option(0, Buffer.alloc(0)),
      file.option(9, Buffer.from([9])),
    ];
    file.interface({ options }).packet(FRAME, { units: BigInt(MICROSECONDS) });
    expect(readBytes(file.bytes()).packets[0]?.at).toBe(MICROSECONDS - 3_600_000_000);
  });

  test('has several interfaces, and each section its own', () => {
    const file = start()
      .interface({ linkType: 1 })
      .interface({ linkType: 113 })
      .packet(FRAME, { index: 1 })
      .packet(FRAME, { index: 0 })
      .section()
      .interface({ linkType: 101 })
      .packet(FRAME, { index: 0 });
    const { packets } = readBytes(file.bytes());
    expect(packets.map((p) => [p.number, p.linkType, p.interfaceIndex])).toEqual([
      [1, 113, 1],
      [2, 1, 0],
      [3, 101, 0],
    ]);
  });

  test('may change its byte order with a section', () => {
    const big = new PcapngBuilder(false).section().interface().packet(FRAME);
    const file = Buffer.concat([start().interface().packet(FRAME).bytes(), big.bytes()]);
    expect(readBytes(file).packets).toHaveLength(2);
  });

  test('has simple packets, cut by the snaplen, at the time of the packet before', () => {
    const file = start()
      .interface({ snaplen: 2 })
      .packet(FRAME.subarray(0, 2), { units: 5_000_000n });
    const { packets } = readBytes(file.simplePacket(FRAME.subarray(0, 2), 3).bytes());
    expect(packets[1]).toEqual({
      hex: 'aabb',
      at: 5_000_000,
      originalLength: 3,
      linkType: 1,
      interfaceIndex: 0,
      number: 2,
    });
  });

  test('has packets of the obsolete kind, whose interface has 16 bits', () => {
    const file = start().interface().obsoletePacket(FRAME, BigInt(MICROSECONDS));
    expect(readBytes(file.bytes()).packets[0]).toMatchObject({ hex: 'aabbcc', at: MICROSECONDS });
  });

  test('has blocks that nobody knows, however long; they count as no frame', () => {
    const file = start()
      .block(0x4000_0bad, Buffer.alloc(3_000_000))
      .interface()
      .block(5, Buffer.alloc(24))
      .packet(FRAME);
    expect(readBytes(file.bytes(), [65_536])).toMatchObject({
      packets: [{ hex: 'aabbcc', number: 1 }],
      result: { faultCount: 0 },
    });
  });
});

describe('a damaged pcapng capture', () => {
  test('a packet of an interface that is not described is skipped', () => {
    const file = start().packet(FRAME).interface().packet(FRAME).packet(FRAME, { index: 1 });
    expect(readBytes(file.bytes())).toMatchObject({
      packets: [{ number: 1 }],
      result: {
        faultCount: 2,
        faults: [{ name: 'capture.interface', offset: 28 }, { name: 'capture.interface' }],
      },
    });
  });

  test('a packet longer than its block is skipped', () => {
    const file = start().interface().packet(FRAME, { captured: 5 }).packet(FRAME);
    expect(readBytes(file.bytes())).toMatchObject({
      packets: [{ number: 1 }],
      result: { faults: [{ name: 'capture.block', offset: 48 }] },
    });
  });

  test('a packet block too short or too long for any packet is skipped', () => {
    const file = start()
      .interface()
      .block(6, Buffer.alloc(8))
      .block(6, Buffer.alloc(400_000))
      .packet(FRAME);
    expect(readBytes(file.bytes(), [100_000])).toMatchObject({
      packets: [{ number: 1 }],
      result: { faults: [{ name: 'capture.block' }, { name: 'capture.block' }] },
    });
  });

  test.for([
    ['0', 0],
    ['8', 8],
    ['33', 33],
  ] as const)('a block length of %s ends it', ([, length]) => {
    const file = start().interface().packet(FRAME).block(6, Buffer.alloc(20), length).packet(FRAME);
    expect(readBytes(file.bytes())).toMatchObject({
      packets: [{ number: 1 }],
      result: { kind: 'read', faults: [{ name: 'capture.record-length', offset: 84 }] },
    });
  });

  test('a section without a byte order ends it', () => {
    const file = start()
      .interface()
      .packet(FRAME)
      .block(0x0a0d_0d0a, Buffer.alloc(16))
      .packet(FRAME);
    expect(readBytes(file.bytes())).toMatchObject({
      packets: [{ number: 1 }],
      result: { faults: [{ name: 'capture.block' }] },
    });
  });

  test('times out of range are clamped', () => {
    const file = start();
    const offset = Buffer.alloc(8);
    offset.writeBigInt64LE(-1n);
    file.interface({ options: [file.option(14, offset)] }).interface();
    file
      .packet(FRAME, { index: 0, units: 0n })
      .packet(FRAME, { index: 1, units: 0xffff_ffff_ffff_ffffn });
    const { packets, result } = readBytes(file.bytes());
    expect(packets.map(({ at }) => at)).toEqual([0, Number.MAX_SAFE_INTEGER]);
    expect(result).toMatchObject({ faults: [{ name: 'capture.time' }, { name: 'capture.time' }] });
  });

  test('cut within its last block it gives the packets before', () => {
    const bytes = start().interface().packet(FRAME).packet(FRAME).bytes();
    for (let cut = 85; cut < bytes.length; cut++) {
      expect(readBytes(bytes.subarray(0, cut))).toMatchObject({
        packets: [{ number: 1 }],
        result: { faults: [{ name: 'capture.truncated', offset: 84 }] },
      });
    }
  });

  test('thousands of faults are counted and the first ones kept', () => {
    const file = start();
    for (let i = 0; i < 1000; i++) file.packet(FRAME);
    const { result } = readBytes(file.bytes());
    expect(result).toMatchObject({ kind: 'read', faultCount: 1000 });
    expect(result.kind === 'read' && result.faults).toHaveLength(MAX_FAULTS_KEPT);
  });
});
