/**
 * DNS and what is written like it: mDNS and LLMNR, which only their port tells from DNS, and the name
 * service of NetBIOS, whose names are always 32 letters.
 *
 *     id 2, flags 2, numbers of questions, answers, authorities, additional 2 each, then questions ...
 *
 * Spec: RFC 1035, 4.1; RFC 6762; RFC 4795; RFC 1002, 4.2.
 */
import { byte, type Look, lengthOf, type Sign, type Signature, word } from './signature.ts';

/** More in one message is nothing that a resolver asks or answers over UDP. */
const MAX_RECORDS = 256;

/** Header, and a question that fits where there is one. `offset`: bytes before it, as TCP has. */
function isDns(look: Look, offset: number): boolean {
  if (lengthOf(look) < offset + 12) return false;
  const flags = word(look, offset + 2);
  // Operation 0..6; the reserved bit is zero.
  if (((flags >>> 11) & 15) > 6 || (flags & 0x40) !== 0) return false;
  const questions = word(look, offset + 4);
  const records = word(look, offset + 6) + word(look, offset + 8) + word(look, offset + 10);
  if (questions > MAX_RECORDS || records > MAX_RECORDS || questions + records === 0) return false;
  if (questions === 0) return (flags & 0x8000) !== 0 && isRecordName(look, offset + 12);
  const type = nameEnd(look, offset + 12);
  if (type < 0 || lengthOf(look) < type + 4) return false;
  const [kind, classes] = [word(look, type), word(look, type + 2) & 0x7fff];
  return kind > 0 && (kind <= 260 || kind >= 32_768) && (classes === 1 || classes === 255);
}

const isRecordName = (look: Look, offset: number): boolean => {
  const end = nameEnd(look, offset);
  return end > 0 && lengthOf(look) >= end + 10;
};

/** Offset behind a name without pointers, or behind the first pointer; -1 where it is none. */
function nameEnd(look: Look, offset: number): number {
  let at = offset;
  while (at < lengthOf(look) && at - offset < 256) {
    const length = byte(look, at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return -1;
    at += 1 + length;
  }
  return -1;
}

/** A first label of 32 letters A to P. RFC 1001, 14.1. */
function isNetbiosName(look: Look): boolean {
  if (lengthOf(look) < 50 || byte(look, 12) !== 32 || byte(look, 45) !== 0) return false;
  for (let i = 13; i < 45; i++) if (byte(look, i) < 65 || byte(look, i) > 80) return false;
  return true;
}

const overUdp: Sign = (look) => isDns(look, 0) && !isNetbiosName(look);
const overTcp: Sign = (look) =>
  lengthOf(look) > 14 &&
  word(look, 0) >= 12 &&
  word(look, 0) + 2 === lengthOf(look) + look.missing &&
  isDns(look, 2);

const named = (
  protocol: string,
  sign: Sign,
  ports: readonly number[],
  proof: Signature['proof'],
): Signature => ({ protocol, transports: ['udp'], asks: sign, answers: sign, ports, proof });

/** In this order: what looks the same is told apart by its port first. */
export const NAMING_SIGNATURES: readonly Signature[] = [
  named('mdns', overUdp, [5353], 'at-port'),
  named('llmnr', overUdp, [5355], 'at-port'),
  named('netbios-ns', isNetbiosName, [137], 'strong'),
  named('dns', overUdp, [53], 'strong'),
  {
    protocol: 'dns',
    transports: ['tcp'],
    asks: overTcp,
    answers: overTcp,
    ports: [53],
    proof: 'weak',
  },
];
