/** Protocols of controllers: Siemens, Rockwell, OMRON, GE, and PROFINET's connection management. */
import {
  byte,
  type Look,
  lengthOf,
  littleWord,
  long,
  type Signature,
  says,
  wireLengthOf,
  word,
} from './signature.ts';

/**
 * S7: a TPKT (version 3, reserved 0, length 2), COTP data (2, 0xf0, 0x80), then 0x32 with its message
 * type and two zeros, or 0x72 of S7comm-plus with its version. RFC 1006; ISO 8073, 13.7.
 */
function isS7(look: Look): boolean {
  if (lengthOf(look) < 11 || long(look, 0) >>> 16 !== 0x0300) return false;
  const length = word(look, 2);
  if (length < 11 || length > wireLengthOf(look)) return false;
  if (byte(look, 4) !== 2 || byte(look, 5) !== 0xf0 || (byte(look, 6) & 0x7f) !== 0) return false;
  if (byte(look, 7) === 0x32) return S7_TYPES.has(byte(look, 8)) && word(look, 9) === 0;
  return byte(look, 7) === 0x72 && S7_PLUS_VERSIONS.has(byte(look, 8));
}

/** Job, acknowledgement without and with data, user data. */
const S7_TYPES: ReadonlySet<number> = new Set([1, 2, 3, 7]);
const S7_PLUS_VERSIONS: ReadonlySet<number> = new Set([1, 2, 3, 0xfe, 0xff]);

const s7Detail = (look: Look): string | undefined =>
  byte(look, 7) === 0x72 ? 'S7comm-plus' : undefined;

/**
 * EtherNet/IP encapsulation, little-endian: command 2, length 2, session 4, status 4, sender's context
 * 8, options 4 = 0. CIP Networks Library, volume 2, 2-3.
 */
function isEncapsulation(look: Look): boolean {
  if (lengthOf(look) < 24) return false;
  const command = littleWord(look, 0);
  if (!ENCAPSULATION_COMMANDS.has(command) || long(look, 20) !== 0) return false;
  const status = look.view.getUint32(look.at + 8, true);
  if (!ENCAPSULATION_STATUS.has(status)) return false;
  const end = 24 + littleWord(look, 2);
  if (end === wireLengthOf(look)) return true;
  // Another message follows, or the rest of this one.
  return end > wireLengthOf(look)
    ? command === 0x6f || command === 0x70
    : lengthOf(look) >= end + 2 && ENCAPSULATION_COMMANDS.has(littleWord(look, end));
}

const ENCAPSULATION_COMMANDS: ReadonlySet<number> = new Set([
  4, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70,
]);
const ENCAPSULATION_STATUS: ReadonlySet<number> = new Set([0, 1, 2, 3, 0x64, 0x65, 0x69]);

/** CIP I/O: two items, a sequenced address of 8 bytes, connected data to the end. Volume 2, 2-6. */
function isCipIo(look: Look): boolean {
  if (lengthOf(look) < 18 || littleWord(look, 0) !== 2) return false;
  if (littleWord(look, 2) !== 0x8002 || littleWord(look, 4) !== 8) return false;
  return littleWord(look, 14) === 0x00b1 && 18 + littleWord(look, 16) === wireLengthOf(look);
}

/** FINS over TCP: `FINS`, length of what follows 4, command 4, error 4. OMRON W342, 7-4. */
function isFinsTcp(look: Look): boolean {
  if (lengthOf(look) < 16 || !says(look, 'FINS')) return false;
  return long(look, 4) >= 8 && long(look, 4) <= 2048 && long(look, 8) <= 0x10;
}

/**
 * A FINS frame over UDP: ICF 1, reserved 0, gateway count 0..7, destination and source network, node
 * and unit 3 each, service id, command 2. Bit 0x40 of the ICF: a response. OMRON W342, 3-2.
 */
function isFinsFrame(look: Look, response: 0 | 0x40): boolean {
  if (lengthOf(look) < 12) return false;
  const icf = byte(look, 0);
  if ((icf & 0xfe) !== (0x80 | response) || byte(look, 1) !== 0 || byte(look, 2) > 7) return false;
  return FINS_CLASSES.has(byte(look, 10)) && byte(look, 11) <= 0x70;
}

const FINS_CLASSES: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 7, 9, 0x0a, 0x0c, 0x20, 0x21, 0x22, 0x23,
]);

/**
 * GE SRTP: 56 bytes; type 2 = request, 3 = response; two constant ones at 9 and 17; at 31 the kind of
 * message. The opening message of a client is 56 zeros, which proves nothing.
 */
function isSrtp(look: Look, type: 2 | 3): boolean {
  if (lengthOf(look) < 56 || byte(look, 0) !== type || byte(look, 1) !== 0) return false;
  return SRTP_KINDS.has(byte(look, 31)) && byte(look, 30) === byte(look, 2);
}

const SRTP_KINDS: ReadonlySet<number> = new Set([0x80, 0x94, 0xc0, 0xd1, 0xd4]);

/**
 * Connection management of PROFINET: DCE/RPC version 4 without a connection; its interface at 24 is
 * DEA0000x-6C97-11D1-8271-00A02442DF7D. IEC 61158-6-10, 4.10.
 */
function isProfinetCm(look: Look): boolean {
  if (lengthOf(look) < 80 || byte(look, 0) !== 4 || byte(look, 1) > 10) return false;
  if (long(look, 32) !== 0x8271_00a0 || long(look, 36) !== 0x2442_df7d) return false;
  const isLittle = (byte(look, 4) & 0x10) !== 0;
  const first = look.view.getUint32(look.at + 24, isLittle);
  return first >>> 4 === 0x0dea_0000;
}

export const CONTROLLER_SIGNATURES: readonly Signature[] = [
  {
    protocol: 's7comm',
    transports: ['tcp'],
    asks: isS7,
    answers: isS7,
    ports: [102],
    proof: 'strong',
    answeredDetail: s7Detail,
  },
  {
    protocol: 'enip',
    transports: ['tcp', 'udp'],
    asks: isEncapsulation,
    answers: isEncapsulation,
    ports: [44_818],
    proof: 'strong',
  },
  {
    protocol: 'cip-io',
    transports: ['udp'],
    asks: isCipIo,
    answers: isCipIo,
    ports: [2222],
    proof: 'strong',
  },
  {
    protocol: 'omron-fins',
    transports: ['tcp'],
    asks: isFinsTcp,
    answers: isFinsTcp,
    ports: [9600],
    proof: 'strong',
  },
  {
    protocol: 'omron-fins',
    transports: ['udp'],
    asks: (look) => isFinsFrame(look, 0),
    answers: (look) => isFinsFrame(look, 0x40),
    ports: [9600],
    proof: 'weak',
  },
  {
    protocol: 'ge-srtp',
    transports: ['tcp'],
    asks: (look) => isSrtp(look, 2),
    answers: (look) => isSrtp(look, 3),
    ports: [18_245, 18_246],
    proof: 'weak',
  },
  {
    protocol: 'profinet-cm',
    transports: ['udp'],
    asks: isProfinetCm,
    answers: isProfinetCm,
    ports: [34_964],
    proof: 'strong',
  },
];
