/**
 * What a PROFINET device says of itself when it is looked for or named.
 *
 *     frame id 2 (0xfefc hello, 0xfefd get and set, 0xfefe identify request, 0xfeff identify response),
 *     service 1, kind 1 (1 = response), transaction 4, delay 2, length 2, then blocks:
 *     option 1, suboption 1, length 2, [info 2,] value, padded to an even length
 *     1/2 address, mask, gateway; 2/1 vendor's name of the device; 2/2 name of station;
 *     2/3 vendor id 2, device id 2; 2/4 role
 *
 * Blocks of responses and of hello have the info. Spec: IEC 61158-6-10, 4.3.
 */
import { ipv4Text } from '#sensor/wire/address-text.ts';
import { deviceText } from '../device-text.ts';

export interface DcpDevice {
  readonly stationName?: string;
  readonly deviceType?: string;
  readonly vendorId?: number;
  readonly deviceId?: number;
  readonly ip?: string;
  /** Where `ip` stands. Valid as `ip`. */
  readonly ipAt?: number;
  /** Roles that it has: bit 1 device, 2 controller, 4 multi-device, 8 supervisor. */
  readonly role?: number;
}

const HELLO = 0xfefc;
const GET_SET = 0xfefd;
const IDENTIFY_RESPONSE = 0xfeff;
const RESPONSE = 1;
const HEADER = 12;
/** Blocks of one frame that are read. */
const MAX_BLOCKS = 64;

type Found = { -readonly [Key in keyof DcpDevice]: DcpDevice[Key] };

/** Undefined where its sender says nothing of itself. */
export function readDcp(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): DcpDevice | undefined {
  if (end - start < HEADER) return undefined;
  const frame = view.getUint16(start);
  const isResponse = view.getUint8(start + 3) === RESPONSE;
  const isOwn =
    frame === HELLO || (isResponse && (frame === IDENTIFY_RESPONSE || frame === GET_SET));
  if (!isOwn) return undefined;
  const last = Math.min(end, start + HEADER + view.getUint16(start + 10));
  const found: Found = {};
  let at = start + HEADER;
  for (let blocks = 0; blocks < MAX_BLOCKS && at + 4 <= last; blocks++) {
    const length = view.getUint16(at + 2);
    const next = at + 4 + length;
    if (next > last) break;
    if (length >= 2) noteBlock(found, bytes, view, at, next);
    at = next + (length & 1);
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

function noteBlock(
  found: Found,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  next: number,
): void {
  const value = at + 6;
  const length = next - value;
  switch (view.getUint16(at)) {
    case 0x0102:
      if (length < 4 || view.getInt32(value) === 0) break;
      found.ip = ipv4Text(view.getInt32(value));
      found.ipAt = value;
      break;
    case 0x0201:
      found.deviceType = deviceText(bytes, value, next);
      break;
    case 0x0202:
      found.stationName = deviceText(bytes, value, next);
      break;
    case 0x0203:
      if (length < 4) break;
      found.vendorId = view.getUint16(value);
      found.deviceId = view.getUint16(value + 2);
      break;
    case 0x0204:
      if (length >= 1) found.role = view.getUint8(value);
      break;
    default:
  }
}
