/** Protocols of offices and server rooms that begin with a binary header. */
import { deviceText } from '../device-text.ts';
import {
  byte,
  type Look,
  lengthOf,
  long,
  never,
  type Sign,
  type Signature,
  says,
  wireLengthOf,
  word,
} from './signature.ts';

/** Record: handshake 22, version 3.x, length; then the kind of handshake and its length. RFC 8446, 5.1. */
const isTls =
  (kind: 1 | 2): Sign =>
  (look) => {
    if (lengthOf(look) < 11 || byte(look, 0) !== 22 || byte(look, 1) !== 3) return false;
    if (byte(look, 2) > 4 || byte(look, 5) !== kind || byte(look, 6) !== 0) return false;
    const length = word(look, 3);
    return length >= 38 && length <= 16_640 && byte(look, 9) === 3 && byte(look, 10) <= 4;
  };

const TLS_VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0300, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [0x0304, 'TLS 1.3'],
]);

const SERVER_NAME = 0;
const SUPPORTED_VERSIONS = 43;

/**
 * Both hellos: version 2, random 32, session id, then of a client cipher suites and compressions, of a
 * server one of each; then extensions. RFC 8446, 4.1; RFC 6066, 3.
 */
function serverName(look: Look): string | undefined {
  const at = extensionAt(look, tlsExtensions(look, true), SERVER_NAME);
  if (at < 0 || look.end - at < 5) return undefined;
  const end = at + 5 + look.view.getUint16(at + 3);
  return end > look.end ? undefined : `for ${deviceText(look.bytes, at + 5, end)}`;
}

function chosenVersion(look: Look): string | undefined {
  const at = extensionAt(look, tlsExtensions(look, false), SUPPORTED_VERSIONS);
  const version = at >= 0 && look.end - at >= 2 ? look.view.getUint16(at) : word(look, 9);
  return TLS_VERSIONS.get(version);
}

/** Where the extensions begin; beyond the end where there are none. */
function tlsExtensions({ bytes, view, at, end }: Look, isClient: boolean): number {
  let next = at + 43;
  if (next >= end) return end;
  next += 1 + (bytes[next] as number);
  if (!isClient) return next + 5;
  if (next + 2 > end) return end;
  next += 2 + view.getUint16(next);
  return next >= end ? end : next + 1 + (bytes[next] as number) + 2;
}

/** Where the content of an extension begins, or -1. */
function extensionAt({ view, end }: Look, from: number, type: number): number {
  for (let at = from; at + 4 <= end; at += 4 + view.getUint16(at + 2)) {
    if (view.getUint16(at) === type) return at + 4;
  }
  return -1;
}

/** CONNECT: its length, then the name of the protocol. MQTT 3.1.1, 3.1. */
function isMqttConnect(look: Look): boolean {
  if (lengthOf(look) < 12 || byte(look, 0) !== 0x10) return false;
  let name = 1;
  while (name < 5 && byte(look, name) >= 0x80) name++;
  return says(look, '\0\x04MQTT', name + 1) || says(look, '\0\x06MQIsdp', name + 1);
}

/** NetBIOS session message, then the mark of SMB 1, 2 or encrypted SMB 3. MS-SMB 2.1, MS-SMB2 2.1. */
const isSmb: Sign = (look) =>
  lengthOf(look) >= 36 &&
  byte(look, 0) === 0 &&
  (says(look, '\xffSMB', 4) || says(look, '\xfeSMB', 4) || says(look, '\xfdSMB', 4));

/** Of a server: a client may offer both at first, in a message of SMB 1. */
const smbDetail = (look: Look): string => (says(look, '\xffSMB', 4) ? 'SMB 1' : 'SMB 2 or 3');

/**
 * RDP: TPKT and a COTP connection request with a cookie or a negotiation request, or the confirmation
 * with a negotiation response. MS-RDPBCGR 2.2.1.1, 2.2.1.2.
 */
const isRdp =
  (kind: 0xe0 | 0xd0): Sign =>
  (look) => {
    const length = lengthOf(look);
    if (length < 19 || long(look, 0) !== wireLengthOf(look) + 0x0300_0000) return false;
    if (byte(look, 5) !== kind) return false;
    const negotiation = length - 8;
    const types = kind === 0xe0 ? RDP_REQUEST : RDP_ANSWERS;
    return (
      (kind === 0xe0 && says(look, 'Cookie: mstshash=', 11)) ||
      (types.has(byte(look, negotiation)) && word(look, negotiation + 2) === 0x0800)
    );
  };

const RDP_REQUEST: ReadonlySet<number> = new Set([1]);
const RDP_ANSWERS: ReadonlySet<number> = new Set([2, 3]);

/**
 * SNMP in BER: SEQUENCE of all, INTEGER version, then of versions 1 and 2c a community and a PDU, of
 * version 3 a SEQUENCE that begins with an INTEGER. RFC 1157, 4; RFC 3412, 6.
 */
function isSnmp(look: Look): boolean {
  if (lengthOf(look) < 20 || byte(look, 0) !== 0x30) return false;
  const version = snmpVersionAt(look);
  if (byte(look, version - 2) !== 2 || byte(look, version - 1) !== 1) return false;
  const next = version + 1;
  if (byte(look, version) === 3) return byte(look, next) === 0x30 && byte(look, next + 2) === 2;
  if (byte(look, version) > 1 || byte(look, next) !== 4) return false;
  const pdu = next + 2 + byte(look, next + 1);
  return pdu < lengthOf(look) && (byte(look, pdu) & 0xf0) === 0xa0 && byte(look, pdu) <= 0xa8;
}

/** Offset of the version behind the length, which takes one to three bytes. */
const snmpVersionAt = (look: Look): number =>
  byte(look, 1) < 0x80 ? 4 : 4 + Math.min(byte(look, 1) & 0x7f, 4);

const SNMP_VERSIONS: ReadonlyMap<number, string> = new Map([
  [0, 'SNMP 1'],
  [1, 'SNMP 2c'],
  [3, 'SNMP 3'],
]);

/** Mode 1..5, version 1..4, stratum and poll in their range, 48 bytes at least. RFC 5905, 7.3. */
function isNtp(look: Look): boolean {
  if (lengthOf(look) < 48) return false;
  const first = byte(look, 0);
  const [version, mode] = [(first >>> 3) & 7, first & 7];
  return (
    version >= 1 &&
    version <= 4 &&
    mode >= 1 &&
    mode <= 5 &&
    byte(look, 1) <= 16 &&
    byte(look, 2) <= 17
  );
}

/** Operation, Ethernet, and the cookie behind 236 bytes. RFC 2131, 2. */
const isDhcp =
  (operation: 1 | 2): Sign =>
  (look) =>
    lengthOf(look) >= 240 &&
    byte(look, 0) === operation &&
    byte(look, 1) === 1 &&
    byte(look, 2) === 6 &&
    long(look, 236) === 0x6382_5363;

/** Message type 1..13, transaction id, then options that fill the message. RFC 8415, 8. */
function isDhcpv6(look: Look): boolean {
  if (lengthOf(look) < 8 || byte(look, 0) < 1 || byte(look, 0) > 13 || look.missing > 0)
    return false;
  // Relayed messages have two addresses instead of the id.
  let at = look.at + (byte(look, 0) >= 12 ? 34 : 4);
  while (at + 4 <= look.end) at += 4 + look.view.getUint16(at + 2);
  return at === look.end;
}

export const BINARY_SIGNATURES: readonly Signature[] = [
  {
    protocol: 'tls',
    transports: ['tcp'],
    asks: isTls(1),
    answers: isTls(2),
    ports: [443],
    proof: 'strong',
    askedDetail: serverName,
    answeredDetail: chosenVersion,
  },
  {
    protocol: 'mqtt',
    transports: ['tcp'],
    asks: isMqttConnect,
    answers: never,
    ports: [1883],
    proof: 'strong',
  },
  {
    protocol: 'smb',
    transports: ['tcp'],
    asks: isSmb,
    answers: isSmb,
    ports: [445, 139],
    proof: 'strong',
    answeredDetail: smbDetail,
  },
  {
    protocol: 'rdp',
    transports: ['tcp'],
    asks: isRdp(0xe0),
    answers: isRdp(0xd0),
    ports: [3389],
    proof: 'strong',
  },
  {
    protocol: 'snmp',
    transports: ['udp'],
    asks: isSnmp,
    answers: isSnmp,
    ports: [161, 162],
    proof: 'strong',
    answeredDetail: (look) => SNMP_VERSIONS.get(byte(look, snmpVersionAt(look))),
  },
  {
    protocol: 'ntp',
    transports: ['udp'],
    asks: isNtp,
    answers: isNtp,
    ports: [123],
    proof: 'at-port',
  },
  {
    protocol: 'dhcp',
    transports: ['udp'],
    asks: isDhcp(1),
    answers: isDhcp(2),
    ports: [67],
    proof: 'strong',
  },
  {
    protocol: 'dhcpv6',
    transports: ['udp'],
    asks: isDhcpv6,
    answers: isDhcpv6,
    ports: [546, 547],
    proof: 'at-port',
  },
];
