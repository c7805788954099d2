/**
 * A message as the chunks that carried it: its body, and where each of its bytes stands in the captured
 * frames, so that what turns out to be a secret can be overwritten there.
 */
import type { Micros } from '#sensor/model/time.ts';
import type { Shield } from '../protocol.ts';
import type { Segment } from './chunk-reader.ts';

interface Part {
  /** Everything behind the headers, signature included. */
  readonly body: Buffer;
  /** Length of the headers before it. */
  readonly head: number;
  readonly segments: readonly Segment[];
}

/** What a chunk costs beside its bytes: many of one byte must not fill the memory either. */
const CHUNK_COST = 256;

export class Message {
  parts: Part[] = [];
  /** When its last chunk was seen. */
  at: Micros;
  /** Not all of it is here, because it was too much. */
  isCut = false;
  /** About the bytes of memory that it takes. */
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
    this.parts.push({ body, head, segments });
    this.cost += total + CHUNK_COST;
  }

  /** Lets go of all but its first bytes, and of where they stood: nobody vouches for them any more. */
  trim(length: number): void {
    const bodies = this.parts.map(({ body }) => body);
    const all = bodies.reduce((sum, body) => sum + body.length, 0);
    const body = Buffer.concat(bodies, Math.min(length, all));
    this.parts = [{ body, head: 0, segments: [] }];
    this.isCut = true;
  }

  /** Frames that carried it, the one that completed it last. */
  get frames(): number[] {
    return [...new Set(this.parts.flatMap(({ segments }) => segments.map(({ frame }) => frame)))];
  }

  /** The body, without the signature of so many bytes at the end of each chunk. */
  body(signature: number): Buffer {
    const bodies = this.parts.map(({ body }) => withoutSignature(body, signature));
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
    for (const { segments } of this.parts) {
      for (const { frame, place, length } of segments) shield.vouch(frame, place, place + length);
    }
  }

  /** Says it of the headers alone, of a message whose body is not readable. */
  vouchHeaders(shield: Shield): void {
    for (const { segments, head } of this.parts) {
      each(segments, 0, head, (frame, from, to) => shield.vouch(frame, from, to));
    }
  }

  #hideOne(shield: Shield, from: number, to: number, signature: number): void {
    let start = 0;
    for (const { body, head, segments } of this.parts) {
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
