/**
 * Reads a capture from bytes that come in pieces: a file, stdin, the pipe of tcpdump.
 *
 *     const reader = new CaptureReader();
 *     reader.append(bytes);                  or: write into reader.space(), then reader.filled(n)
 *     while (reader.next()) use(reader.packet);
 *     ...
 *     reader.finish();                       no more bytes will come
 *     reader.result()
 *
 * What is packed with gzip is unpacked on the way, as far as there is room for the next packets: a few
 * bytes that unpack to gigabytes take time, but no memory.
 */
import { type CapturedPacket, createCapturedPacket } from '#sensor/model/captured-packet.ts';
import { CaptureBuffer } from './capture-buffer.ts';
import type { CaptureFormat, Step } from './capture-format.ts';
import { Gunzip } from './gunzip.ts';
import { pcapFormat } from './pcap.ts';
import { PCAPNG_MAGIC, PcapngFormat } from './pcapng.ts';
import type { CaptureResult } from './source.ts';

const MAGIC_LENGTH = 4;

const GZIP_MAGIC = 0x1f8b;

/** First bytes of files that are packed otherwise, as a mask and a value over four big-endian bytes. */
const COMPRESSIONS = [
  { name: 'zstd', mask: 0xffff_ffff, magic: 0x28b5_2ffd },
  { name: 'xz', mask: 0xffff_ffff, magic: 0xfd37_7a58 },
  { name: 'bzip2', mask: 0xffff_ff00, magic: 0x425a_6800 },
  { name: 'lz4', mask: 0xffff_ffff, magic: 0x0422_4d18 },
] as const;

export class CaptureReader {
  readonly buffer = new CaptureBuffer();
  /** The packet that `next` found; filled anew by the next call. */
  readonly packet: CapturedPacket = createCapturedPacket(this.buffer.bytes);
  #format: CaptureFormat | undefined;
  /** Valid iff the capture is packed. */
  #gunzip: Gunzip | undefined;
  /** Why nothing can be read, once that is known. */
  #refusal: Exclude<CaptureResult, { kind: 'read' }> | undefined;
  #ended = false;
  #packets = 0;
  #bytes = 0;

  /** Where the next bytes of the capture go; say `filled` afterwards. */
  space(): { readonly bytes: Uint8Array; readonly at: number; readonly room: number } {
    const gunzip = this.#gunzip;
    if (gunzip === undefined) {
      const room = this.buffer.makeRoom();
      return { bytes: this.buffer.bytes, at: this.buffer.end, room };
    }
    const room = gunzip.makeRoom();
    return { bytes: gunzip.input.bytes, at: gunzip.input.end, room };
  }

  /** Says that `count` bytes were written into `space`. */
  filled(count: number): void {
    if (this.#gunzip === undefined) this.buffer.filled(count);
    else this.#gunzip.input.end += count;
  }

  /** Adds `bytes`, as much as there is room for; gives how many were taken. */
  append(bytes: Uint8Array): number {
    const { bytes: to, at, room } = this.space();
    const taken = bytes.length > room ? bytes.subarray(0, room) : bytes;
    to.set(taken, at);
    this.filled(taken.length);
    return taken.length;
  }

  /** Steps to the next packet; false if more bytes are needed or nothing more can be read. */
  next(): boolean {
    while (!this.#ended) {
      const step = this.#step();
      if (step === 'packet') {
        this.packet.number = ++this.#packets;
        this.#bytes += this.packet.capturedLength;
        return true;
      }
      if (step === 'end') this.#ended = true;
      if (step === 'more' && !this.#unpack()) return false;
    }
    return false;
  }

  /** True iff nothing that follows can be read: reading on is of no use. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Says that no more bytes will come. */
  finish(): void {
    if (!this.#ended && this.#format === undefined) this.#refuseRest();
    if (!this.#ended && this.#gunzip?.whole === false) {
      this.buffer.fault('capture.truncated', 'the capture ends within its packed data');
    } else if (!this.#ended && this.buffer.withinRecord) {
      this.buffer.fault('capture.truncated', 'the capture ends within the record');
    }
    this.#ended = true;
  }

  /** Ends it because the bytes can no longer be had; what was delivered stays valid. */
  fail(reason: string): void {
    this.buffer.fault('capture.read-error', `reading stopped (${reason})`);
    this.#ended = true;
  }

  /** What was read so far; complete after `finish`. */
  result(): CaptureResult {
    if (this.#refusal !== undefined) return this.#refusal;
    if (this.#format === undefined) return { kind: 'no-capture', text: 'nothing was read' };
    const { faultCount, faults } = this.buffer;
    const { name } = this.#format;
    return {
      kind: 'read',
      format: name,
      packets: this.#packets,
      bytes: this.#bytes,
      faultCount,
      faults,
    };
  }

  #step(): Step {
    this.#format ??= this.#recognise();
    return this.#format?.next(this.buffer, this.packet) ?? 'more';
  }

  /** Gets more of what is packed; false where there is none. */
  #unpack(): boolean {
    const gunzip = this.#gunzip;
    if (gunzip === undefined || this.#ended) return false;
    const { buffer } = this;
    buffer.makeRoom();
    const count = gunzip.unpack(buffer.bytes, buffer.end, buffer.bytes.length);
    buffer.filled(count);
    if (count > 0 || gunzip.damage === undefined) return count > 0;
    buffer.fault('capture.packed', `${gunzip.damage}; what stands before was read,`);
    if (this.#format === undefined) {
      this.#refusal = { kind: 'no-capture', text: `cannot be unpacked, ${gunzip.damage}` };
    }
    this.#ended = true;
    return false;
  }

  /** Everything that has come so far is packed. */
  #startUnpacking(): void {
    const { buffer } = this;
    const gunzip = new Gunzip(buffer.bytes.length);
    gunzip.input.bytes.set(buffer.bytes.subarray(buffer.start, buffer.end));
    gunzip.input.end = buffer.available;
    buffer.start = 0;
    buffer.end = 0;
    this.#gunzip = gunzip;
  }

  #recognise(): CaptureFormat | undefined {
    if (this.buffer.available < MAGIC_LENGTH) return undefined;
    const magic = this.buffer.view.getUint32(this.buffer.start);
    if (magic >>> 16 === GZIP_MAGIC && this.#gunzip === undefined) {
      this.#startUnpacking();
      return undefined;
    }
    const format = magic === PCAPNG_MAGIC ? new PcapngFormat() : pcapFormat(magic);
    if (format !== undefined) return format;
    const packed = COMPRESSIONS.find(({ mask, magic: first }) => (magic & mask) >>> 0 === first);
    this.#ended = true;
    this.#refusal =
      packed === undefined
        ? {
            kind: 'no-capture',
            text: `starts with ${hex(magic)}, which is neither pcap nor pcapng`,
          }
        : {
            kind: 'compressed',
            text: `is packed with ${packed.name}, which is not read yet; unpack it first`,
          };
    return undefined;
  }

  #refuseRest(): void {
    const { available } = this.buffer;
    const packed = this.#gunzip === undefined ? '' : ', unpacked';
    const text =
      available === 0 ? `is empty${packed}` : `has only ${available} bytes, too few for a capture`;
    this.#refusal = { kind: 'no-capture', text };
    this.#ended = true;
  }
}

function hex(magic: number): string {
  return (magic.toString(16).padStart(8, '0').match(/../g) ?? []).join(' ');
}
