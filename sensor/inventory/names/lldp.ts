/**
 * What a device says of itself to its neighbour on the cable.
 *
 *     units: type 7 bits | length 9 bits, value; 0 the end
 *     1 chassis id (subtype 1: 4 = hardware address, 7 = name), 2 port id, 4 port description,
 *     5 system name, 6 system description, 7 capabilities 2 and which are in use 2,
 *     8 management address: length 1, kind 1 (1 IPv4, 2 IPv6), address ...
 *
 * Spec: IEEE 802.1AB-2016, 8.
 */
import { ipv4Text, ipv6Text, macText } from '#sensor/wire/address-text.ts';
import { deviceText } from '../device-text.ts';

interface ManagementAddress {
  readonly ip: string;
  /** Where it stands. */
  readonly at: number;
  readonly version: 4 | 6;
}

export interface LldpNeighbour {
  readonly name?: string;
  readonly description?: string;
  readonly port?: string;
  readonly portDescription?: string;
  readonly management?: ManagementAddress;
  /** Capabilities in use: it passes packets on between its ports, or between networks. */
  readonly isBridge: boolean;
  readonly isRouter: boolean;
}

/** Units of one frame that are read. */
const MAX_UNITS = 64;

const BRIDGE = 0x0004;
const ROUTER = 0x0010;

const TEXTS: ReadonlyMap<number, 'portDescription' | 'name' | 'description'> = new Map([
  [4, 'portDescription'],
  [5, 'name'],
  [6, 'description'],
]);

type Found = { -readonly [Key in keyof LldpNeighbour]: LldpNeighbour[Key] };

/** What it says as far as it can be read; a frame may be cut. */
export function readLldp(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): LldpNeighbour {
  const found: Found = { isBridge: false, isRouter: false };
  let at = start;
  for (let units = 0; units < MAX_UNITS && at + 2 <= end; units++) {
    const head = view.getUint16(at);
    const value = at + 2;
    const next = value + (head & 0x1ff);
    const type = head >>> 9;
    if (type === 0 || next > end) break;
    const field = TEXTS.get(type);
    if (field !== undefined) found[field] = deviceText(bytes, value, next);
    else if (type === 2 && next > value + 1) found.port = portText(bytes, view, value, next);
    else if (type === 7 && next >= value + 4) {
      const inUse = view.getUint16(value + 2);
      found.isBridge = (inUse & BRIDGE) !== 0;
      found.isRouter = (inUse & ROUTER) !== 0;
    } else if (type === 8) {
      const address = addressAt(bytes, view, value, next);
      if (address !== undefined) found.management = address;
    }
    at = next;
  }
  return found;
}

/** Subtype 3: a hardware address; others are texts, or stay as they are. */
function portText(bytes: Uint8Array, view: DataView, from: number, to: number): string {
  if (bytes[from] === 3 && to - from === 7)
    return macText(view.getUint16(from + 1), view.getUint32(from + 3));
  return deviceText(bytes, from + 1, to);
}

function addressAt(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): ManagementAddress | undefined {
  const length = bytes[from] ?? 0;
  const at = from + 2;
  if (from + 1 + length > to) return undefined;
  const word = (index: number): number => view.getInt32(at + index * 4);
  if (bytes[from + 1] === 1 && length === 5) return { ip: ipv4Text(word(0)), at, version: 4 };
  if (bytes[from + 1] !== 2 || length !== 17) return undefined;
  return { ip: ipv6Text(word(0), word(1), word(2), word(3)), at, version: 6 };
}
