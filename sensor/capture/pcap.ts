/**
 * The classic capture file.
 *
 *     file header, 24 bytes                      record header, 16 bytes (24 in the modified form)
 *     0   4  magic: order of bytes, resolution   0   4  seconds since 1970
 *     4   4  version 2.4                         4   4  µs or ns within the second
 *     8   8  time zone, accuracy: unused         8   4  captured length
 *     16  4  snaplen                             12  4  length on the wire
 *     20  4  link type in the lower 26 bits      16  8  modified form only: interface, protocol, type
 *
 * There is no mark between records, so a wrong length ends the reading.
 * Spec: draft-ietf-opsawg-pcap-04; the modified form is of old Linux systems.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import { micros } from '#sensor/model/time.ts';
import type { CaptureBuffer } from './capture-buffer.ts';
import type { CaptureFormat, Step } from './capture-format.ts';
import { MAX_CAPTURED_LENGTH } from './source.ts';

const FILE_HEADER_LENGTH = 24;

/** The upper 6 bits tell of a frame check sequence, which the IP length cuts off anyway. */
const LINK_TYPE_MASK = 0x03ff_ffff;

interface Flavour {
  readonly littleEndian: boolean;
  /** Divide the fraction of a second by this to get µs. */
  readonly unitsPerMicro: number;
  readonly recordHeader: 16 | 24;
}

/** By the first four bytes, read as a big-endian number. */
const FLAVOURS: ReadonlyMap<number, Flavour> = new Map([
  [0xa1b2_c3d4, { littleEndian: false, unitsPerMicro: 1, recordHeader: 16 }],
  [0xd4c3_b2a1, { littleEndian: true, unitsPerMicro: 1, recordHeader: 16 }],
  [0xa1b2_3c4d, { littleEndian: false, unitsPerMicro: 1000, recordHeader: 16 }],
  [0x4d3c_b2a1, { littleEndian: true, unitsPerMicro: 1000, recordHeader: 16 }],
  [0xa1b2_cd34, { littleEndian: false, unitsPerMicro: 1, recordHeader: 24 }],
  [0x34cd_b2a1, { littleEndian: true, unitsPerMicro: 1, recordHeader: 24 }],
] as const);

/** A reader for the file that starts with `magic` (big-endian), or undefined if that is no pcap. */
export function pcapFormat(magic: number): CaptureFormat | undefined {
  const flavour = FLAVOURS.get(magic);
  return flavour === undefined ? undefined : new PcapFormat(flavour);
}

class PcapFormat implements CaptureFormat {
  readonly name = 'pcap';
  readonly #flavour: Flavour;
  /** Undefined until the file header was read. */
  #linkType: number | undefined;

  constructor(flavour: Flavour) {
    this.#flavour = flavour;
  }

  next(buffer: CaptureBuffer, packet: CapturedPacket): Step {
    const { littleEndian, unitsPerMicro, recordHeader } = this.#flavour;
    const { view, start, available } = buffer;
    if (this.#linkType === undefined) {
      if (available < FILE_HEADER_LENGTH) return 'more';
      this.#linkType = view.getUint32(start + 20, littleEndian) & LINK_TYPE_MASK;
      buffer.skip(FILE_HEADER_LENGTH);
      return 'again';
    }
    if (available < recordHeader) return 'more';
    const captured = view.getUint32(start + 8, littleEndian);
    if (captured > MAX_CAPTURED_LENGTH) {
      buffer.fault('capture.record-length', `record of ${captured} bytes, which no writer writes,`);
      return 'end';
    }
    if (available < recordHeader + captured) return 'more';
    packet.offset = start + recordHeader;
    packet.capturedLength = captured;
    packet.originalLength = view.getUint32(start + 12, littleEndian);
    const fraction = Math.floor(view.getUint32(start + 4, littleEndian) / unitsPerMicro);
    packet.at = micros(view.getUint32(start, littleEndian) * 1_000_000 + fraction);
    packet.linkType = this.#linkType;
    packet.interfaceIndex = 0;
    buffer.start = start + recordHeader + captured;
    return 'packet';
  }
}
