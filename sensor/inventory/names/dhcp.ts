/**
 * What a client says of itself when it asks for an address, and which address it gets.
 *
 *     operation 1 (1 request, 2 reply), 1, 6, hops 1, id 4, seconds 2, flags 2,
 *     address of the client 4, address given 4, server 4, relay 4, hardware address 16, server name 64,
 *     file 128, cookie 4, then options: code 1, length 1, value; 0 is nothing, 255 the end
 *     12 host name, 50 address asked for, 53 kind of message, 60 vendor class, 81 name with domain
 *
 * Spec: RFC 2131, 2; RFC 2132; RFC 4702.
 */
import { ipv4Text, macText } from '#sensor/wire/address-text.ts';
import { deviceText } from '../device-text.ts';

export interface DhcpClient {
  readonly mac: string;
  /** Of an acknowledgement the address that it has from now on; of a request the one it has. */
  readonly ip?: string;
  readonly names: readonly string[];
  readonly vendorClass?: string;
}

const OPTIONS = 240;
const HOST_NAME = 12;
const KIND = 53;
const VENDOR_CLASS = 60;
const FULL_NAME = 81;
const PAD = 0;
const END = 255;
const ACKNOWLEDGE = 5;

/** Undefined where it is no DHCP message of a client on Ethernet. */
export function readDhcp(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): DhcpClient | undefined {
  if (end - start < OPTIONS || view.getUint32(start + 236) !== 0x6382_5363) return undefined;
  if (view.getUint16(start + 1) !== 0x0106) return undefined;
  const isReply = view.getUint8(start) === 2;
  const names: string[] = [];
  let vendorClass: string | undefined;
  let kind = 0;
  let at = start + OPTIONS;
  while (at < end && bytes[at] !== END) {
    if (bytes[at] === PAD) {
      at++;
      continue;
    }
    const value = at + 2;
    const next = value + (bytes[at + 1] ?? 0);
    if (next > end) break;
    if (bytes[at] === HOST_NAME) names.push(deviceText(bytes, value, next));
    else if (bytes[at] === FULL_NAME && next - value > 3) names.push(fullName(bytes, value, next));
    else if (bytes[at] === VENDOR_CLASS) vendorClass = deviceText(bytes, value, next);
    else if (bytes[at] === KIND && next > value) kind = bytes[value] as number;
    at = next;
  }
  const address = view.getInt32(start + (isReply ? 16 : 12));
  const hasAddress = address !== 0 && (!isReply || kind === ACKNOWLEDGE);
  return {
    mac: macText(view.getUint16(start + 28), view.getUint32(start + 30)),
    ...(hasAddress && { ip: ipv4Text(address) }),
    // A server repeats them, or says what it would like them to be.
    names: isReply ? [] : names,
    ...(vendorClass !== undefined && !isReply && { vendorClass }),
  };
}

/** Flags, two result codes, then the name: as text, or in labels where flag 4 is set. */
function fullName(bytes: Uint8Array, from: number, to: number): string {
  if (((bytes[from] as number) & 4) === 0) return deviceText(bytes, from + 3, to);
  const labels: string[] = [];
  for (let at = from + 3; at < to && bytes[at] !== 0; ) {
    const next = at + 1 + (bytes[at] as number);
    if (next > to) break;
    labels.push(deviceText(bytes, at + 1, next));
    at = next;
  }
  return labels.join('.');
}
