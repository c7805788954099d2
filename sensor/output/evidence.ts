/**
 * The packets behind an alert, as a small pcapng file that any tool opens.
 *
 *     section header | an interface description for each link type | enhanced packet ...
 *
 * The frames of request and response carry a comment that says so; around them stand the frames of
 * the same connection that were still at hand.
 *
 * Spec: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.
 */
import { createHash } from 'node:crypto';
import type { Micros } from '#sensor/model/time.ts';

/** A captured frame, as `sensor/capture/ring.ts` keeps it. */
export interface EvidenceFrame {
  /** 1-based number in its capture. */
  readonly number: number;
  readonly at: Micros;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  /** LINKTYPE_ value, as `CapturedPacket.linkType`. */
  readonly linkType: number;
}

export interface EvidenceRequest {
  /** What the slice is for; stands in the file as the comment of the section. */
  readonly comment: string;
  /** Numbers of the frames that prove it, in any order. */
  readonly frames: readonly number[];
  /** Numbers of frames that give the context; those no longer at hand are left out. */
  readonly context?: readonly number[];
  /** Undefined where the frame is not kept any more. */
  readonly lookup: (frame: number) => EvidenceFrame | undefined;
}

export interface Evidence {
  readonly pcapng: Buffer;
  /** Lower case hex, of `pcapng`. */
  readonly sha256: string;
  /** True iff every one of `frames` is in it, uncut. */
  readonly complete: boolean;
}

export function cutEvidence({ comment, frames, context = [], lookup }: EvidenceRequest): Evidence {
  const wanted = new Set(frames);
  const numbers = [...new Set([...frames, ...context])].sort((a, b) => a - b);
  const found = numbers.map(lookup).filter((frame) => frame !== undefined);
  const whole = found.filter((f) => wanted.has(f.number) && f.bytes.length === f.originalLength);
  const linkTypes = [...new Set(found.map(({ linkType }) => linkType))];
  const pcapng = Buffer.concat([
    sectionHeader(comment),
    ...linkTypes.map(interfaceDescription),
    ...found.map((frame) =>
      enhancedPacket(
        frame,
        linkTypes.indexOf(frame.linkType),
        wanted.has(frame.number) ? `frame ${frame.number}: evidence` : undefined,
      ),
    ),
  ]);
  const sha256 = createHash('sha256').update(pcapng).digest('hex');
  return { pcapng, sha256, complete: wanted.size > 0 && whole.length === wanted.size };
}

const OPT_END = 0;
const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_TSRESOL = 9;

/** Option comments are cut to this, far below the 65,535 bytes that an option can hold. */
const MAX_COMMENT_BYTES = 4096;

function sectionHeader(comment: string): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  body.writeUInt16LE(0, 6);
  body.writeBigInt64LE(-1n, 8);
  return block(0x0a0d0d0a, body, [
    [OPT_COMMENT, text(comment)],
    [SHB_USERAPPL, text('Lockkeeper')],
  ]);
}

function interfaceDescription(linkType: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  return block(1, body, [[IF_TSRESOL, Buffer.of(6)]]);
}

function enhancedPacket(
  frame: EvidenceFrame,
  interfaceIndex: number,
  comment: string | undefined,
): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32LE(interfaceIndex, 0);
  head.writeUInt32LE(Math.floor(frame.at / 2 ** 32), 4);
  head.writeUInt32LE(frame.at % 2 ** 32, 8);
  head.writeUInt32LE(frame.bytes.length, 12);
  head.writeUInt32LE(frame.originalLength, 16);
  const options: Option[] = comment === undefined ? [] : [[OPT_COMMENT, text(comment)]];
  return block(6, Buffer.concat([head, padded(frame.bytes)]), options);
}

type Option = readonly [code: number, value: Buffer];

/** A block with its length at both ends. */
function block(type: number, body: Buffer, options: readonly Option[]): Buffer {
  const parts = options.map(([code, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, padded(value)]);
  });
  if (options.length > 0) parts.push(Buffer.alloc(4, OPT_END));
  const content = Buffer.concat([body, ...parts]);
  const total = content.length + 12;
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(total, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(total, 0);
  return Buffer.concat([head, content, tail]);
}

const padded = (bytes: Uint8Array): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** UTF-8, cut at a whole character. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length <= MAX_COMMENT_BYTES) return bytes;
  return Buffer.from(bytes.toString('utf8', 0, MAX_COMMENT_BYTES).replace(/\uFFFD+$/, ''));
}
