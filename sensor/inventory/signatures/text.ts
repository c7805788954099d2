/** Protocols whose first bytes are words: shells, files, pages, mail. */
import { deviceText } from '../device-text.ts';
import { byte, type Look, lengthOf, never, type Sign, type Signature, says } from './signature.ts';

const LF = 10;
const CR = 13;

/** Bytes in which the end of a first line is looked for. */
const MAX_LINE = 2048;

/** Offset of the end of the first line, or -1. */
function lineEnd({ bytes, at, end }: Look): number {
  const last = Math.min(end, at + MAX_LINE);
  for (let i = at; i < last; i++) {
    if (bytes[i] === LF) return i > at && bytes[i - 1] === CR ? i - 1 : i;
  }
  return -1;
}

/** A first line that begins with one of `words`. */
const begins =
  (...words: readonly string[]): Sign =>
  (look) =>
    words.some((word) => says(look, word));

const firstLine = (look: Look): string | undefined => {
  const end = lineEnd(look);
  return end < 0 ? undefined : deviceText(look.bytes, look.at, end);
};

const HTTP_METHODS = [
  'GET ',
  'POST ',
  'HEAD ',
  'PUT ',
  'OPTIONS ',
  'DELETE ',
  'PATCH ',
  'CONNECT ',
];

/** Method, target, ` HTTP/1.` and a digit; or the preface of HTTP/2. RFC 9112, 3; RFC 9113, 3.4. */
function isHttpRequest(look: Look): boolean {
  if (says(look, 'PRI * HTTP/2.0\r\n')) return true;
  if (!HTTP_METHODS.some((method) => says(look, method))) return false;
  const end = lineEnd(look);
  return end - look.at > 12 && says({ ...look, at: end - 9 }, ' HTTP/1.');
}

const isHttpAnswer = begins('HTTP/1.1 ', 'HTTP/1.0 ');

/** The version exchange. RFC 4253, 4.2. */
const isSsh = begins('SSH-2.0-', 'SSH-1.99-', 'SSH-1.5-');

/** `RFB 003.008` and a line feed. RFC 6143, 7.1.1. */
const isVnc: Sign = (look) =>
  says(look, 'RFB 00') && lengthOf(look) >= 12 && byte(look, 11) === LF && byte(look, 7) === 0x2e;

const IAC = 255;

/** Negotiations: IAC, WILL to DON'T, an option of the registry. RFC 854. */
function negotiations({ bytes, at, end }: Look): number {
  let count = 0;
  for (let i = at; i + 3 <= end && bytes[i] === IAC; i += 3) {
    const verb = bytes[i + 1] as number;
    if (verb < 251 || verb > 254 || (bytes[i + 2] as number) > 49) break;
    count++;
  }
  return count;
}

const isTelnet: Sign = (look) => negotiations(look) >= 2;
const mayBeTelnet: Sign = (look) => negotiations(look) === 1;

/** Read or write request: opcode, file name, 0, mode, 0. The answers come from another port. RFC 1350, 5. */
function isTftpRequest(look: Look): boolean {
  if (lengthOf(look) < 9 || byte(look, 0) !== 0 || byte(look, 1) < 1 || byte(look, 1) > 2)
    return false;
  const name = zeroFrom(look, 2);
  if (name < 3) return false;
  return ['octet', 'netascii', 'OCTET', 'NETASCII'].some(
    (mode) => says(look, mode, name + 1) && look.bytes[look.at + name + 1 + mode.length] === 0,
  );
}

/** Offset of the first zero from `offset`, within what a name may have; -1 where there is none. */
function zeroFrom(look: Look, offset: number): number {
  const last = Math.min(lengthOf(look), offset + 256);
  for (let i = offset; i < last; i++) {
    if (byte(look, i) === 0) return i;
    if (byte(look, i) < 0x20) return -1;
  }
  return -1;
}

const row = (
  protocol: string,
  asks: Sign,
  answers: Sign,
  ports: readonly number[],
  rest: Pick<Signature, 'proof'> & Partial<Pick<Signature, 'answeredDetail' | 'transports'>>,
): Signature => ({ protocol, transports: ['tcp'], asks, answers, ports, ...rest });

export const TEXT_SIGNATURES: readonly Signature[] = [
  row('http', isHttpRequest, isHttpAnswer, [80, 8080], { proof: 'strong' }),
  row('ssh', isSsh, isSsh, [22], { proof: 'strong', answeredDetail: firstLine }),
  row('vnc', isVnc, isVnc, [5900], { proof: 'strong', answeredDetail: firstLine }),
  row('telnet', isTelnet, isTelnet, [23], { proof: 'strong' }),
  row('telnet', mayBeTelnet, mayBeTelnet, [23], { proof: 'weak' }),
  row(
    'ftp',
    begins('USER ', 'FEAT\r\n', 'SYST\r\n', 'AUTH ', 'PASS '),
    begins('220 ', '220-', '331 ', '530 '),
    [21],
    { proof: 'weak' },
  ),
  row('smtp', begins('EHLO ', 'HELO '), begins('220 ', '220-', '250 ', '250-'), [25, 587], {
    proof: 'weak',
  }),
  row('tftp', isTftpRequest, never, [69], { proof: 'strong', transports: ['udp'] }),
];
