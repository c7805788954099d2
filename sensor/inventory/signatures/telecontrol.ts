/** Protocols of telecontrol, metering, buildings and instruments. */
import { CRC16_START, crc16, crc16Step, crcDnp } from './crc.ts';
import {
  byte,
  type Look,
  lengthOf,
  littleWord,
  type Sign,
  type Signature,
  wireLengthOf,
  word,
} from './signature.ts';

/** DNP3: 05 64, length from 5, control, destination 2, source 2, CRC of these 8 bytes. IEEE 1815-2012, 9.2. */
function isDnp3(look: Look): boolean {
  if (lengthOf(look) < 10 || word(look, 0) !== 0x0564 || byte(look, 2) < 5) return false;
  return crcDnp(look.bytes, look.at, look.at + 8) === littleWord(look, 8);
}

/**
 * IEC 60870-5-104: 0x68, length 4..253, four control bytes; frames fill the segment. U frames have one
 * of six functions and three zeros, S frames 01 00 and an even number. IEC 60870-5-104, 5.
 */
function isIec104Chain(look: Look): boolean {
  let at = look.at;
  if (at === look.end) return false;
  while (at < look.end) {
    if (look.end - at < 6) return false;
    const length = look.bytes[at + 1] as number;
    if (look.bytes[at] !== 0x68 || length < 4 || length > 253) return false;
    if (!isIec104Control(look.bytes, at + 2, length)) return false;
    at += 2 + length;
  }
  return at === look.end + look.missing;
}

function isIec104Control(bytes: Uint8Array, at: number, length: number): boolean {
  const first = bytes[at] as number;
  const isEven = ((bytes[at + 2] as number) & 1) === 0;
  if ((first & 1) === 0) return length >= 12 && isEven;
  if (length !== 4) return false;
  if (first === 1) return bytes[at + 1] === 0 && isEven;
  return IEC104_FUNCTIONS.has(first) && bytes[at + 1] === 0 && isEven && bytes[at + 3] === 0;
}

/** Start, stop and test, each asked and confirmed. */
const IEC104_FUNCTIONS: ReadonlySet<number> = new Set([0x07, 0x0b, 0x13, 0x23, 0x43, 0x83]);

/**
 * BACnet/IP: 0x81, function 0..12, length of all; what carries an NPDU has its version 1 behind the
 * header, a forwarded one behind an address of 6 bytes. ASHRAE 135, annex J.2.
 */
function isBacnet(look: Look): boolean {
  if (lengthOf(look) < 6 || byte(look, 0) !== 0x81) return false;
  if (word(look, 2) !== wireLengthOf(look)) return false;
  const version = BACNET_NPDU.get(byte(look, 1));
  return version !== undefined && lengthOf(look) > version && byte(look, version) === 1;
}

/** Offset of the NPDU by function: forwarded, distribute, unicast, broadcast. */
const BACNET_NPDU: ReadonlyMap<number, number> = new Map([
  [4, 10],
  [9, 4],
  [10, 4],
  [11, 4],
]);

/**
 * HART-IP: version 1, message type (0 request, 1 response, 2 publish, 15 NAK), message id 0..5, status,
 * sequence 2, length of all 2. FieldComm HCF_SPEC-085, 10.3.
 */
const isHartIp =
  (types: ReadonlySet<number>): Sign =>
  (look) => {
    if (lengthOf(look) < 8 || byte(look, 0) !== 1 || !types.has(byte(look, 1))) return false;
    const length = word(look, 6);
    return byte(look, 2) <= 5 && length >= 8 && length === wireLengthOf(look);
  };

/**
 * ROC Plus: destination unit and group, source unit and group, opcode, length, data, CRC little-endian;
 * fills the message. Emerson ROC Plus Protocol specification A6127, 1.4.
 */
function isRocPlus(look: Look): boolean {
  const length = lengthOf(look);
  if (length < 8 || length !== 8 + byte(look, 5) || look.missing > 0) return false;
  if (!ROC_OPCODES.has(byte(look, 4))) return false;
  return crc16(look.bytes, look.at, look.end - 2) === littleWord(look, length - 2);
}

const ROC_OPCODES: ReadonlySet<number> = new Set([
  6, 7, 8, 10, 11, 17, 24, 50, 100, 103, 105, 107, 108, 118, 119, 120, 121, 122, 128, 130, 131, 135,
  136, 137, 138, 139, 165, 166, 167, 180, 181, 203, 205, 206, 224, 225, 255,
]);

/**
 * GENISYS: a control character, address, data, CRC little-endian, 0xf6. Bytes from 0xf0 within are 0xf0
 * and their low half, and the CRC is taken without that. An acknowledgement has neither data nor CRC.
 */
const isGenisys =
  (controls: ReadonlySet<number>): Sign =>
  (look) => {
    const length = lengthOf(look);
    if (length < 3 || length > MAX_GENISYS || !controls.has(byte(look, 0))) return false;
    if (byte(look, length - 1) !== 0xf6 || look.missing > 0) return false;
    if (length === 3) return byte(look, 0) === GENISYS_ACKNOWLEDGE && byte(look, 1) < 0xf0;
    return hasGenisysCrc(look);
  };

/** The last two bytes before the end are the CRC of those before them. */
function hasGenisysCrc({ bytes, at: from, end }: Look): boolean {
  let sum = CRC16_START;
  let [older, newer] = [-1, -1];
  for (let at = from; at < end - 1; at++) {
    let value = bytes[at] as number;
    if (at > from && value >= 0xf0) {
      if (value !== 0xf0) return false;
      at++;
      value = 0xf0 | (bytes[at] as number);
    }
    if (older >= 0) sum = crc16Step(sum, older);
    older = newer;
    newer = value;
  }
  return older >= 0 && (older | (newer << 8)) === sum;
}

/** Address, 32 pairs of bytes and the frame around, each escaped. */
const MAX_GENISYS = 256;
const GENISYS_ACKNOWLEDGE = 0xf1;

const GENISYS_FIELD: ReadonlySet<number> = new Set([0xf1, 0xf2, 0xf3]);
const GENISYS_OFFICE: ReadonlySet<number> = new Set([0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe]);

/**
 * ANSI C12.22: an ACSE message 0x60 whose elements fill it, user information (0xbe) among them, and
 * nothing but what C12.22 names. ANSI C12.22-2012, 6.3.
 */
function isC1222(look: Look): boolean {
  if (lengthOf(look) < 12 || byte(look, 0) !== 0x60 || look.missing > 0) return false;
  let at = lengthEnd(look, look.at + 1);
  let hasInformation = false;
  if (at < 0 || at + lengthAt(look, look.at + 1) !== look.end) return false;
  while (at < look.end) {
    const tag = look.bytes[at] as number;
    const value = lengthEnd(look, at + 1);
    if (!C1222_TAGS.has(tag) || value < 0) return false;
    hasInformation ||= tag === 0xbe;
    at = value + lengthAt(look, at + 1);
  }
  return at === look.end && hasInformation;
}

/** Context, called and calling title, qualifier and invocation, mechanism, authentication, information. */
const C1222_TAGS: ReadonlySet<number> = new Set([
  0x8b, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xac, 0xbe,
]);

/** Where a BER length at `at` ends; -1 where it is longer than three bytes or cut. */
function lengthEnd({ bytes, end }: Look, at: number): number {
  if (at >= end) return -1;
  const first = bytes[at] as number;
  const more = first < 0x80 ? 0 : first & 0x7f;
  return more > 2 || first === 0x80 || at + 1 + more > end ? -1 : at + 1 + more;
}

/** The BER length at `at`. INVARIANT: `lengthEnd` is not -1. */
function lengthAt({ bytes }: Look, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return first;
  if (first === 0x81) return bytes[at + 1] as number;
  return ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
}

const both = ['tcp', 'udp'] as const;

export const TELECONTROL_SIGNATURES: readonly Signature[] = [
  {
    protocol: 'dnp3',
    transports: both,
    asks: isDnp3,
    answers: isDnp3,
    ports: [20_000],
    proof: 'strong',
  },
  {
    protocol: 'iec104',
    transports: ['tcp'],
    asks: isIec104Chain,
    answers: isIec104Chain,
    ports: [2404],
    proof: 'weak',
  },
  {
    protocol: 'bacnet',
    transports: ['udp'],
    asks: isBacnet,
    answers: isBacnet,
    ports: [47_808],
    proof: 'strong',
  },
  {
    protocol: 'hart-ip',
    transports: both,
    asks: isHartIp(new Set([0])),
    answers: isHartIp(new Set([1, 2, 15])),
    ports: [5094],
    proof: 'weak',
  },
  {
    protocol: 'roc-plus',
    transports: both,
    asks: isRocPlus,
    answers: isRocPlus,
    ports: [4000],
    proof: 'strong',
  },
  {
    protocol: 'genisys',
    transports: both,
    asks: isGenisys(GENISYS_OFFICE),
    answers: isGenisys(GENISYS_FIELD),
    ports: [10_001],
    proof: 'weak',
  },
  {
    protocol: 'c1222',
    transports: both,
    asks: isC1222,
    answers: isC1222,
    ports: [1153],
    proof: 'strong',
  },
];
