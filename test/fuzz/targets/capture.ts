import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { pcapFile, tcpFrame } from '../../support/packets.ts';
import { PcapngBuilder } from '../../support/pcapng.ts';
import { readBytes } from '../../support/reading.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const frame = tcpFrame({ payload: Buffer.from('000100000006010300000001', 'hex') });

/** if_tsresol of nanoseconds, and its end: code, length, value, padding. */
const OPTIONS = [hex('09000100 09000000'), hex('00000000')];

const pcapng = (littleEndian: boolean): Buffer =>
  new PcapngBuilder(littleEndian)
    .section()
    .interface(littleEndian ? { options: OPTIONS } : {})
    .packet(frame, { units: 1_700_000_000_000_000n })
    .block(0x4000_0bad, Buffer.alloc(16))
    .packet(frame, { units: 1_700_000_000_000_001n })
    .bytes();

/** A file that says it is a capture. */
export const CAPTURE: Target = {
  name: 'capture',
  promise: 'whole or in pieces, the same packets and the same faults are read',
  most: 1000,
  share: 10,
  words: ['0a0d0d0a', 'd4c3b2a1', 'a1b2c3d4', '4d3cb2a1', '01000000', '06000000', '1f8b08'].map(
    hex,
  ),
  work: { each: 150, fixed: 5000 },
  seeds: [
    pcapFile([frame, frame]),
    pcapFile([frame], { littleEndian: false, nanoseconds: true, linkType: 113 }),
    pcapng(true),
    pcapng(false),
    gzipSync(pcapFile([frame, frame])),
  ],
  run: (bytes) => {
    const whole = readBytes(bytes);
    const pieces = readBytes(bytes, [1, 7, 64]);
    promised(isDeepStrictEqual(pieces, whole), 'in pieces, something else is read');
    for (const { at } of whole.packets) {
      promised(Number.isSafeInteger(at) && at >= 0, `a packet has the time ${at}`);
    }
  },
};
