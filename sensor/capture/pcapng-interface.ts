/** How one interface of a pcapng section counts time, from its description block. */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import { micros } from '#sensor/model/time.ts';

const OPTION_END = 0;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;

/** 10^-6, where the option is absent. */
const DEFAULT_RESOLUTION = 6;

export interface PcapngInterface {
  readonly linkType: number;
  /** 0 = no limit. */
  readonly snaplen: number;
  /** A time is `high * 2^32 + low` units; µs = high * microsPerHigh + floor((high * rest + low) / divisor) + offset. */
  readonly microsPerHigh: number;
  readonly rest: number;
  readonly divisor: number;
  /** µs to add: if_tsoffset. */
  readonly offset: number;
}

/**
 * Reads the block at `at`..`end` (total length included, already checked to be at least 20 bytes).
 * An option that is cut short ends the list; what was read until there counts.
 */
export function parseInterface(
  view: DataView,
  at: number,
  end: number,
  littleEndian: boolean,
): PcapngInterface {
  let resolution = DEFAULT_RESOLUTION;
  let offset = 0;
  const last = end - 4;
  for (let next = at + 16; next + 4 <= last; ) {
    const code = view.getUint16(next, littleEndian);
    const length = view.getUint16(next + 2, littleEndian);
    const value = next + 4;
    if (code === OPTION_END || value + length > last) break;
    if (code === OPTION_TSRESOL && length === 1) resolution = view.getUint8(value);
    if (code === OPTION_TSOFFSET && length === 8) {
      offset = Number(view.getBigInt64(value, littleEndian)) * 1_000_000;
    }
    next = value + ((length + 3) & ~3);
  }
  return {
    linkType: view.getUint16(at + 8, littleEndian),
    snaplen: view.getUint32(at + 12, littleEndian),
    ...scale(resolution),
    offset,
  };
}

/**
 * if_tsresol: 10^-n, or 2^-n where the upper bit is set. Nanoseconds since 1970 do not fit a double,
 * so 2^32 units are split into whole µs and a rest, which keeps the common resolutions exact.
 */
function scale(resolution: number): Pick<PcapngInterface, 'microsPerHigh' | 'rest' | 'divisor'> {
  const exponent = resolution & 0x7f;
  const perSecond = (resolution & 0x80) === 0 ? 10 ** exponent : 2 ** exponent;
  const divisor = perSecond / 1_000_000;
  const microsPerHigh = Math.floor(2 ** 32 / divisor);
  return { microsPerHigh, rest: 2 ** 32 - microsPerHigh * divisor, divisor };
}

/** Sets the time of `packet`; gives false if it had to be clamped to what `micros` accepts. */
export function setTime(
  packet: CapturedPacket,
  source: PcapngInterface,
  high: number,
  low: number,
): boolean {
  const fraction = Math.floor((high * source.rest + low) / source.divisor);
  const at = high * source.microsPerHigh + fraction + source.offset;
  if (at >= 0 && at <= Number.MAX_SAFE_INTEGER) {
    packet.at = micros(at);
    return true;
  }
  packet.at = micros(at < 0 ? 0 : Number.MAX_SAFE_INTEGER);
  return false;
}
