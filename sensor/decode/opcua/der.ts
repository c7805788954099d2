/**
 * A strict reader of DER: definite lengths in their shortest form, nothing beyond the end, and nothing
 * else is taken. Enough of X.690 for the fields of a certificate that the sensor shows.
 */

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

export const OBJECT_ID = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;

/** Elements of one level that are looked at; certificates have fewer than 100. */
const MAX_ELEMENTS = 256;

/** The element at the start of `bytes`; undefined where there is no whole one. */
export function readElement(bytes: Buffer): Element | undefined {
  const tag = bytes[0];
  const first = bytes[1];
  // Tags of several bytes occur in no certificate.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  let length = first;
  let header = 2;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 3 || bytes.length < 2 + octets) return undefined;
    length = bytes.readUIntBE(2, octets);
    header = 2 + octets;
    const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
    if (octets !== shortest) return undefined;
  }
  const end = header + length;
  if (end > bytes.length) return undefined;
  return { tag, content: bytes.subarray(header, end), whole: bytes.subarray(0, end) };
}

/** All elements that `bytes` consist of; undefined where they do not fill it exactly. */
export function readElements(bytes: Buffer): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = readElement(bytes.subarray(at));
    if (element === undefined || elements.length === MAX_ELEMENTS) return undefined;
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/** `2.5.4.3` */
export function objectId({ content }: Element): string {
  const [first = 0] = content;
  const numbers = [
    Math.min(2, Math.floor(first / 40)),
    first - 40 * Math.min(2, Math.floor(first / 40)),
  ];
  let value = 0;
  for (const byte of content.subarray(1)) {
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) !== 0) continue;
    numbers.push(value);
    value = 0;
  }
  return numbers.join('.');
}
