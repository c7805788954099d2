/**
 * pcapng: a sequence of blocks, in sections that each describe their byte order and interfaces.
 *
 *     0     4  block type                         section header 0x0a0d0d0a: +8 byte-order magic
 *     4     4  total length, a multiple of 4      interface 1: +8 link type, +12 snaplen, options
 *     8     .. body                               enhanced packet 6: +8 interface, +12 time high,
 *     n-4   4  total length again                     +16 time low, +20 captured, +24 on the wire, +28 data
 *                                                 simple packet 3: +8 on the wire, +12 data
 *                                                 packet 2 (obsolete): as 6, but +8 interface and drops, 16 bits each
 *
 * Unknown blocks are passed over. Spec: draft-ietf-opsawg-pcapng-03, 3 and 4, A.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import { type CaptureBuffer, MAX_RECORD_LENGTH } from './capture-buffer.ts';
import type { CaptureFormat, Step } from './capture-format.ts';
import { type PcapngInterface, parseInterface, setTime } from './pcapng-interface.ts';
import { MAX_CAPTURED_LENGTH } from './source.ts';

export const PCAPNG_MAGIC = 0x0a0d_0d0a;

const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const BYTE_ORDER_MAGIC_SWAPPED = 0x4d3c_2b1a;

const INTERFACE_BLOCK = 1;
const PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
const ENHANCED_PACKET_BLOCK = 6;

const MIN_BLOCK_LENGTH = 12;

/** Shortest whole block of each kind that is read. */
const MIN_LENGTH: ReadonlyMap<number, number> = new Map([
  [PCAPNG_MAGIC, 28],
  [INTERFACE_BLOCK, 20],
  [PACKET_BLOCK, 32],
  [SIMPLE_PACKET_BLOCK, 16],
  [ENHANCED_PACKET_BLOCK, 32],
]);

/** Interfaces of one section; no machine has more, a hostile file may claim it. */
const MAX_INTERFACES = 4096;

export class PcapngFormat implements CaptureFormat {
  readonly name = 'pcapng';
  #littleEndian = false;
  #interfaces: PcapngInterface[] = [];

  next(buffer: CaptureBuffer, packet: CapturedPacket): Step {
    const { view, start, available } = buffer;
    if (available < MIN_BLOCK_LENGTH) return 'more';
    const type = view.getUint32(start, this.#littleEndian);
    if (type === PCAPNG_MAGIC && !this.#startSection(buffer)) return 'end';
    const length = view.getUint32(start + 4, this.#littleEndian);
    if (length < MIN_BLOCK_LENGTH || length % 4 !== 0) {
      buffer.fault('capture.record-length', `block of ${length} bytes`);
      return 'end';
    }
    const least = MIN_LENGTH.get(type);
    if (least === undefined) {
      buffer.skip(length);
      return 'again';
    }
    if (length < least || length > MAX_RECORD_LENGTH) {
      buffer.fault('capture.block', `block of type ${type} with ${length} bytes, skipped,`);
      buffer.skip(length);
      return 'again';
    }
    if (available < length) return 'more';
    const step = this.#block(type, length, buffer, packet);
    buffer.start = start + length;
    return step;
  }

  /** Reads the byte order and forgets the interfaces; false if it is no section header. */
  #startSection(buffer: CaptureBuffer): boolean {
    const magic = buffer.view.getUint32(buffer.start + 8);
    if (magic !== BYTE_ORDER_MAGIC && magic !== BYTE_ORDER_MAGIC_SWAPPED) {
      buffer.fault('capture.block', 'section header without a byte order');
      return false;
    }
    this.#littleEndian = magic === BYTE_ORDER_MAGIC_SWAPPED;
    this.#interfaces = [];
    return true;
  }

  #block(type: number, length: number, buffer: CaptureBuffer, packet: CapturedPacket): Step {
    const { view, start } = buffer;
    switch (type) {
      case INTERFACE_BLOCK:
        if (this.#interfaces.length < MAX_INTERFACES) {
          this.#interfaces.push(parseInterface(view, start, start + length, this.#littleEndian));
        }
        return 'again';
      case ENHANCED_PACKET_BLOCK:
        return this.#timedPacket(
          view.getUint32(start + 8, this.#littleEndian),
          length,
          buffer,
          packet,
        );
      case PACKET_BLOCK:
        return this.#timedPacket(
          view.getUint16(start + 8, this.#littleEndian),
          length,
          buffer,
          packet,
        );
      case SIMPLE_PACKET_BLOCK:
        return this.#simplePacket(length, buffer, packet);
      default:
        return 'again';
    }
  }

  /** An enhanced packet block, or the obsolete one: they differ in the interface field only. */
  #timedPacket(index: number, length: number, buffer: CaptureBuffer, packet: CapturedPacket): Step {
    const { view, start } = buffer;
    const source = this.#source(index, buffer);
    if (source === undefined) return 'again';
    const captured = view.getUint32(start + 20, this.#littleEndian);
    if (!fits(captured, 32, length, buffer)) return 'again';
    packet.originalLength = view.getUint32(start + 24, this.#littleEndian);
    const high = view.getUint32(start + 12, this.#littleEndian);
    const low = view.getUint32(start + 16, this.#littleEndian);
    if (!setTime(packet, source, high, low)) buffer.fault('capture.time', 'time out of range');
    packet.offset = start + 28;
    packet.capturedLength = captured;
    packet.linkType = source.linkType;
    packet.interfaceIndex = index;
    return 'packet';
  }

  /** It has neither time nor interface: the first interface, and the time of the packet before. */
  #simplePacket(length: number, buffer: CaptureBuffer, packet: CapturedPacket): Step {
    const { view, start } = buffer;
    const source = this.#source(0, buffer);
    if (source === undefined) return 'again';
    const original = view.getUint32(start + 8, this.#littleEndian);
    const captured = source.snaplen === 0 ? original : Math.min(original, source.snaplen);
    if (!fits(captured, 16, length, buffer)) return 'again';
    packet.originalLength = original;
    packet.offset = start + 12;
    packet.capturedLength = captured;
    packet.linkType = source.linkType;
    packet.interfaceIndex = 0;
    return 'packet';
  }

  #source(index: number, buffer: CaptureBuffer): PcapngInterface | undefined {
    const source = this.#interfaces[index];
    if (source === undefined) {
      buffer.fault('capture.interface', `packet of interface ${index}, which is not described,`);
    }
    return source;
  }
}

/** Says whether `captured` bytes lie within a block of `length` bytes of which `overhead` are not data. */
function fits(captured: number, overhead: number, length: number, buffer: CaptureBuffer): boolean {
  if (captured <= length - overhead && captured <= MAX_CAPTURED_LENGTH) return true;
  buffer.fault('capture.block', `packet of ${captured} bytes in a block of ${length}, skipped,`);
  return false;
}
