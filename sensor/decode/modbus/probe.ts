/**
 * Is this Modbus? By content, on any port.
 *
 * Of a known server one frame is evidence enough. Elsewhere two messages must fit together: a request
 * and its response, which have transaction, unit and function in common, whatever it is they ask; or
 * two of the same role in one direction, each with just the lengths its function demands; or a row of
 * frames without a byte between them. No TLS, HTTP or OPC UA stream gets past the protocol id of two
 * such frames. What is odd about a message never makes it something else than Modbus: an attacker sends
 * odd ones first.
 */

import type { Side } from '#sensor/stream/consumer.ts';
import type { Evidence, Held, Verdict } from '../protocol.ts';
import { BAD_LENGTH, BAD_PROTOCOL_ID, measureSeenFrame } from './frame.ts';
import { EXCEPTION_BIT } from './functions.ts';
import { isRtu } from './rtu-probe.ts';
import { REQUEST, RESPONSE, shapeOf } from './shape.ts';

/** IANA service name `mbap`. */
export const MODBUS_PORT = 502;

/** Messages of one side that are looked at; so many in a row are Modbus, whatever they ask. */
const LOOK_AT = 8;

interface Sighting {
  readonly transaction: number;
  readonly unit: number;
  readonly code: number;
  /** `REQUEST`, `RESPONSE` or both. */
  readonly shape: number;
}

/** Could a stream begin with these bytes? Allocates nothing. */
export function mayBeginModbus(bytes: Uint8Array, at: number, end: number): boolean {
  const total = measureSeenFrame(bytes, at, end);
  return total !== BAD_PROTOCOL_ID && total !== BAD_LENGTH;
}

export function probeModbus({ held, server, first, over }: Evidence): Verdict {
  const left = sightings(held[0]);
  const right = sightings(held[1]);
  if (left === undefined || right === undefined) return { kind: 'no' };
  // What is RTU to its last bit may look like the header of Modbus/TCP; what follows will tell.
  if (!over && held.some(isRtu)) return { kind: 'more' };
  if (server !== undefined) {
    return left.length + right.length > 0
      ? { kind: 'yes', client: other(server) }
      : { kind: 'more' };
  }
  const client =
    pairClient(left, right, first) ??
    rowClient(left, right, first) ??
    roleClient(left, right, first, over && held.every(isWhole) ? 1 : 2);
  return client === undefined ? { kind: 'more' } : { kind: 'yes', client };
}

/** Where one message must do, at least nothing else was said. */
function isWhole({ bytes, length }: Held): boolean {
  let at = 0;
  let total = measureSeenFrame(bytes, at, length);
  while (total > 0) {
    at += total;
    total = measureSeenFrame(bytes, at, length);
  }
  return at === length;
}

/** The whole frames that `held` begins with; undefined if it cannot be Modbus. */
function sightings(held: Held): Sighting[] | undefined {
  const { bytes, length } = held;
  const found: Sighting[] = [];
  for (let at = 0; found.length < LOOK_AT; ) {
    const total = measureSeenFrame(bytes, at, length);
    if (total === BAD_PROTOCOL_ID || total === BAD_LENGTH) return undefined;
    if (total <= 0) break;
    found.push({
      transaction: ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0),
      unit: bytes[at + 6] ?? 0,
      code: bytes[at + 7] ?? 0,
      shape: shapeOf(bytes, at, total),
    });
    at += total;
  }
  return found;
}

/** Who asked, if one side answered what the other one asked. */
function pairClient(
  left: readonly Sighting[],
  right: readonly Sighting[],
  first: Side,
): Side | undefined {
  for (const a of left) {
    for (const b of right) {
      const same =
        a.transaction === b.transaction &&
        a.unit === b.unit &&
        (a.code & ~EXCEPTION_BIT) === (b.code & ~EXCEPTION_BIT);
      if (!same) continue;
      const leftAsked = mayBe(a, REQUEST) && mayBe(b, RESPONSE);
      const rightAsked = mayBe(b, REQUEST) && mayBe(a, RESPONSE);
      // An echo fits both ways, and so does what nobody knows: the request is the one that came first.
      if (leftAsked && rightAsked) return first;
      if (leftAsked) return 0;
      if (rightAsked) return 1;
    }
  }
  return undefined;
}

/** Of an unknown function only the exception bit tells; else the lengths do. */
function mayBe({ shape, code }: Sighting, role: number): boolean {
  if (shape !== 0) return (shape & role) !== 0;
  return role === RESPONSE || code < EXCEPTION_BIT;
}

/** Who asks, if one side sent so many frames in a row that they can be nothing else. */
function rowClient(
  left: readonly Sighting[],
  right: readonly Sighting[],
  first: Side,
): Side | undefined {
  if (left.length < LOOK_AT && right.length < LOOK_AT) return undefined;
  return roleClient(left, right, first, 1) ?? first;
}

/** Who asks, if one side alone sent at least `least` messages of known shape that have a role in common. */
function roleClient(
  left: readonly Sighting[],
  right: readonly Sighting[],
  first: Side,
  least: number,
): Side | undefined {
  for (const [side, seen] of [left, right].entries()) {
    const shaped = seen.filter(({ shape }) => shape !== 0);
    if (shaped.length < least) continue;
    const role = shaped.reduce((common, { shape }) => common & shape, REQUEST | RESPONSE);
    if (role === REQUEST) return side as Side;
    if (role === RESPONSE) return other(side as Side);
    if (role !== 0) return first;
  }
  return undefined;
}

const other = (side: Side): Side => (side === 0 ? 1 : 0);
