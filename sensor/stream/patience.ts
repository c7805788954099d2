/** How long to wait for bytes that are missing before those that came. */
import type { Direction } from './direction.ts';

/** A lost segment is sent again within this time: the first retransmission timeout is 1 s (RFC 6298), doubled once. */
export const HOLE_WAIT_MICROS = 3_000_000;

/** Bytes that the receiver acknowledged will not be sent again; only a mirror port can still swap packets. */
export const ACKNOWLEDGED_HOLE_WAIT_MICROS = 50_000;

/** How long, and how many segments, to wait for earlier ones where a stream is seen from its middle. */
export const SETTLING_MICROS = 50_000;
export const SETTLING_SEGMENTS = 8;

/** How long to wait for the bytes before the first waiting segment, µs. */
export function patience(direction: Direction): number {
  if (direction.settling)
    return direction.hole?.acknowledged === true ? Number.NEGATIVE_INFINITY : SETTLING_MICROS;
  return direction.hole?.acknowledged === true ? ACKNOWLEDGED_HOLE_WAIT_MICROS : HOLE_WAIT_MICROS;
}
