/**
 * Is this Modbus RTU over TCP? By content, on any port: by the CRC of a request and of its answer, or of
 * a row of frames without a byte between them. One frame is never enough, wherever it is said: of 65,536
 * messages of anything one has a CRC that fits. Nor is a CRC alone: other protocols of serial lines use the
 * same one, so each frame has just the length that its function demands.
 */
import type { Side } from '#sensor/stream/consumer.ts';
import type { Evidence, Held, Verdict } from '../protocol.ts';
import { EXCEPTION_BIT, FUNCTIONS } from './functions.ts';
import { isCutRtu, measureRuledRtu } from './rtu-frame.ts';
import { REQUEST, RESPONSE } from './shape.ts';

/** Frames of one side that are enough by themselves. */
const ROW = 3;

interface Sighting {
  readonly unit: number;
  /** Without the exception bit. */
  readonly code: number;
  /** `REQUEST`, `RESPONSE` or both. */
  readonly role: number;
}

/** Could a stream begin with these bytes? Allocates nothing. */
export function mayBeginRtu(bytes: Uint8Array, at: number, end: number): boolean {
  const code = (bytes[at + 1] ?? 0) & ~EXCEPTION_BIT;
  if (!FUNCTIONS.has(code)) return false;
  return roleAt(bytes, at, end) !== 0 || isCutRtu(bytes, at, end);
}

export function probeRtu({ held, first }: Evidence): Verdict {
  const [left, right] = [sightings(held[0]), sightings(held[1])];
  if (left === undefined || right === undefined) return { kind: 'no' };
  const client =
    pairClient(left.frames, right.frames, first) ?? rowClient(left.frames, right.frames, first);
  return client === undefined ? { kind: 'more' } : { kind: 'yes', client };
}

/** True iff all of `held` is RTU frames, at least one. */
export function isRtu(held: Held): boolean {
  const { frames, isWhole } = sightings(held) ?? NOTHING;
  return isWhole && frames.length > 0;
}

interface Sightings {
  readonly frames: readonly Sighting[];
  /** Behind the last one nothing more came. */
  readonly isWhole: boolean;
}

const NOTHING: Sightings = { frames: [], isWhole: false };

/** The frames that `held` consists of, the last of which may be cut; undefined where there is a byte that belongs to none. */
function sightings({ bytes, length }: Held): Sightings | undefined {
  const frames: Sighting[] = [];
  for (let at = 0; at < length; ) {
    const role = roleAt(bytes, at, length);
    if (role === 0) {
      return isCutRtu(bytes, at, length) ? { frames, isWhole: false } : undefined;
    }
    frames.push({ unit: bytes[at] ?? 0, code: (bytes[at + 1] ?? 0) & ~EXCEPTION_BIT, role });
    at += measureRuledRtu(bytes, at, length, (role & REQUEST) === 0 ? RESPONSE : REQUEST);
  }
  return { frames, isWhole: true };
}

/** `REQUEST`, `RESPONSE`, both, or 0 where no frame begins. */
function roleAt(bytes: Uint8Array, at: number, end: number): number {
  const asked = measureRuledRtu(bytes, at, end, REQUEST);
  const answered = measureRuledRtu(bytes, at, end, RESPONSE);
  // Both lengths may fit by chance; then it is what the longer one says, of which the other is a part.
  const longer = Math.max(asked, answered);
  if (longer <= 0) return 0;
  return (asked === longer ? REQUEST : 0) | (answered === longer ? RESPONSE : 0);
}

/** Who asked, if one side answered what the other one asked. */
function pairClient(
  left: readonly Sighting[],
  right: readonly Sighting[],
  first: Side,
): Side | undefined {
  for (const a of left) {
    for (const b of right) {
      if (a.unit !== b.unit || a.code !== b.code) continue;
      const leftAsked = (a.role & REQUEST) !== 0 && (b.role & RESPONSE) !== 0;
      const rightAsked = (b.role & REQUEST) !== 0 && (a.role & RESPONSE) !== 0;
      if (leftAsked && rightAsked) return first;
      if (leftAsked) return 0;
      if (rightAsked) return 1;
    }
  }
  return undefined;
}

function rowClient(
  left: readonly Sighting[],
  right: readonly Sighting[],
  first: Side,
): Side | undefined {
  for (const [side, seen] of [left, right].entries()) {
    if (seen.length < ROW) continue;
    const role = seen.reduce((common, each) => common & each.role, REQUEST | RESPONSE);
    if (role === REQUEST) return side as Side;
    if (role === RESPONSE) return side === 0 ? 1 : 0;
    return first;
  }
  return undefined;
}
