/**
 * The part of a capture that is in memory: bytes come in at the end, records are taken from the
 * start. One fixed buffer for the life of a capture, so packets can be shown in place.
 */
import type { CaptureFault, CaptureFaultName } from './source.ts';
import { MAX_CAPTURED_LENGTH, MAX_FAULTS_KEPT } from './source.ts';

/** How much is read at once. Measured: 1 MiB costs 7 % more per packet, because it pushes the state of connections out of the cache. */
export const CHUNK_LENGTH = 131_072;

/** Longest record that is kept whole: a packet, its header and its options. */
export const MAX_RECORD_LENGTH = MAX_CAPTURED_LENGTH + 65_536;

export class CaptureBuffer {
  readonly bytes: Buffer<ArrayBuffer> = Buffer.alloc(CHUNK_LENGTH + MAX_RECORD_LENGTH);
  readonly view: DataView = new DataView(
    this.bytes.buffer,
    this.bytes.byteOffset,
    this.bytes.byteLength,
  );
  /** The unread bytes are `start`..`end`. */
  start = 0;
  end = 0;
  /** First faults found, and how many there were. */
  readonly faults: CaptureFault[] = [];
  faultCount = 0;
  /** Offset in the capture of index 0. */
  #base = 0;
  /** Bytes to pass over that have not come yet. */
  #toSkip = 0;

  /** Offset in the capture of the next unread byte. */
  get offset(): number {
    return this.#base + this.start;
  }

  get available(): number {
    return this.end - this.start;
  }

  /** True iff a record was begun, or is to be passed over, whose end has not come. */
  get withinRecord(): boolean {
    return this.#toSkip > 0 || this.available > 0;
  }

  /** Makes room for at least one chunk at `end`; says how much there is. Moves the unread bytes. */
  makeRoom(): number {
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.#base += this.start;
      this.end -= this.start;
      this.start = 0;
    }
    return this.bytes.length - this.end;
  }

  /** Says that `count` bytes were written at `end`. */
  filled(count: number): void {
    this.end += count;
    this.skip(0);
  }

  /** Passes over `count` bytes, now or when they come. */
  skip(count: number): void {
    this.#toSkip += count;
    const now = Math.min(this.#toSkip, this.available);
    this.#toSkip -= now;
    this.start += now;
  }

  fault(name: CaptureFaultName, text: string): void {
    this.faultCount++;
    if (this.faults.length >= MAX_FAULTS_KEPT) return;
    this.faults.push({ name, text: `${text} at byte ${this.offset}`, offset: this.offset });
  }
}
