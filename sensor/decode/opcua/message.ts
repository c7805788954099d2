/**
 * A message as the chunks that carried it: its body, and where each of its bytes stands in the captured
 * frames, so that what turns out to be a secret can be overwritten there.
 */
import { MAX_FRAMES, someFrames } from '#sensor/model/bounds.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Shield } from '../protocol.ts';
import { SEGMENT_COST, type Segment } from './segments.ts';

interface Part {
  /** Everything behind the headers, signature included. */
  readonly body: Buffer;
  /** Length of the headers before it. */
  readonly head: number;
  readonly segments: readonly Segment[];
}

/** The first bodies of a message that was let go. Their signatures are among them: how long they are may turn out later. */
interface Beginning {
  /** One body behind the other. */
  readonly bytes: Buffer;
  /** Where each of them ends. */
  readonly ends: readonly number[];
}

/** Bytes of memory that the number of a frame takes. */
const FRAME_COST = 8;

/** What a chunk costs beside its bytes: many of one byte must not fill the memory either. */
const CHUNK_COST = 256;

export class Message {
  #parts: Part[] = [];
  /** Stands for the parts of a message that was let go. */
  #beginning: Beginning | undefined;
  /** In the order of its bytes. */
  #frames: number[] = [];
  /** When its last chunk was seen. */
  at: Micros;
  /** Not all of it is here, because it was too much. */
  isCut = false;
  /** Chunks that came of it, kept or not, and their bytes with and without headers. */
  chunks = 0;
  size = 0;
  content = 0;
  /** About the bytes of memory that its content takes, and where that stood. */
  cost = 0;

  constructor(at: Micros) {
    this.at = at;
  }

  /** Copies the chunk of `total` bytes at `at`, whose headers are `head` bytes long. */
  add(
    bytes: Uint8Array,
    at: number,
    total: number,
    head: number,
    segments: readonly Segment[],
  ): void {
    const body = Buffer.from(bytes.subarray(at + head, at + total));
    this.#parts.push({ body, head, segments });
    this.cost += total + CHUNK_COST + segments.length * SEGMENT_COST;
    this.#came(total, head, segments);
  }

  /** Takes note of a chunk as above of which nothing is kept. */
  skip(total: number, head: number, segments: readonly Segment[]): void {
    this.#came(total, head, segments);
    // Such chunks cost nothing, so there may be any number of them.
    const surplus = this.#frames.length - MAX_FRAMES;
    if (surplus > 0) this.#frames.splice(MAX_FRAMES - 1, surplus);
  }

  /** Lets go of all but its first bytes, and of where they stood: nobody vouches for them any more. */
  trim(length: number): void {
    const bodies = this.#bodies();
    const ends: number[] = [];
    let end = 0;
    for (const body of bodies) {
      if (end === length) break;
      end = Math.min(length, end + body.length);
      ends.push(end);
    }
    this.#beginning = { bytes: Buffer.concat(bodies, end), ends };
    this.#parts = [];
    this.#frames = length === 0 ? this.#frames.slice(-1) : [...someFrames(this.#frames)];
    this.isCut = true;
    this.cost = end + CHUNK_COST;
  }

  /** About the bytes of memory that it takes with the numbers of its frames. */
  get memory(): number {
    return this.cost + this.#frames.length * FRAME_COST;
  }

  /** Frames that carried it, the one that completed it last; no more than are named, unless their bytes are kept. */
  get frames(): number[] {
    // They are counted as they come, and what was lost on the way comes last, wherever its bytes stand.
    return [...new Set(this.#frames)].sort((a, b) => a - b);
  }

  /** The body, without the signature of so many bytes at the end of each chunk. */
  body(signature: number): Buffer {
    const bodies = this.#bodies().map((body) => withoutSignature(body, signature));
    const [only] = bodies;
    return bodies.length === 1 && only !== undefined ? only : Buffer.concat(bodies);
  }

  /** Overwrites `secrets`, pairs of begin and end in `body(signature)`. */
  hide(shield: Shield, secrets: readonly number[], signature: number): void {
    for (let i = 0; i + 1 < secrets.length; i += 2) {
      this.#hideOne(shield, secrets[i] ?? 0, secrets[i + 1] ?? 0, signature);
    }
  }

  /** Says of all its bytes that they were understood. */
  vouch(shield: Shield): void {
    for (const { segments } of this.#parts) {
      for (const { frame, place, length } of segments) shield.vouch(frame, place, place + length);
    }
  }

  /** Says it of the headers alone, of a message whose body is not readable. */
  vouchHeaders(shield: Shield): void {
    for (const { segments, head } of this.#parts) {
      each(segments, 0, head, (frame, from, to) => shield.vouch(frame, from, to));
    }
  }

  #came(total: number, head: number, segments: readonly Segment[]): void {
    this.chunks++;
    this.size += total;
    this.content += total - head;
    for (const { frame } of segments) {
      if (frame !== this.#frames.at(-1)) this.#frames.push(frame);
    }
  }

  #bodies(): readonly Buffer[] {
    if (this.#beginning === undefined) return this.#parts.map(({ body }) => body);
    const { bytes, ends } = this.#beginning;
    return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
  }

  #hideOne(shield: Shield, from: number, to: number, signature: number): void {
    let start = 0;
    for (const { body, head, segments } of this.#parts) {
      const { length } = withoutSignature(body, signature);
      const first = Math.max(from, start) - start;
      const last = Math.min(to, start + length) - start;
      if (first < last) {
        each(segments, head + first, head + last, (frame, a, b) => shield.hide(frame, a, b));
      }
      start += length;
    }
  }
}

const withoutSignature = (body: Buffer, signature: number): Buffer =>
  body.subarray(0, Math.max(0, body.length - signature));

/** The pieces of frames in which the bytes `from` to `to` of a chunk lie. */
function each(
  segments: readonly Segment[],
  from: number,
  to: number,
  visit: (frame: number, from: number, to: number) => void,
): void {
  let start = 0;
  for (const { frame, place, length } of segments) {
    const first = Math.max(from, start);
    const last = Math.min(to, start + length);
    if (first < last) visit(frame, place + first - start, place + last - start);
    start += length;
  }
}
