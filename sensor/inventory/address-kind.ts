/**
 * What an address is, from its four words (IPv4 in the last one): whether it can be that of a device,
 * and whether it lies within the plant by its number alone.
 *
 * Spec: RFC 6890 and the registries it began; RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291.
 */
export type AddressKind =
  /** Multicast, broadcast, or no address at all: nobody's. */
  | 'nobody'
  /** This machine talking to itself. */
  | 'loopback'
  /** Of private use: within the plant, wherever the sensor listens. */
  | 'private'
  /** Anybody's; within the plant only if it is seen on the link. */
  | 'public';

interface Block {
  readonly first: number;
  readonly bits: number;
  readonly kind: AddressKind;
}

/** The first 32 bits of a block of addresses. */
const block = (first: number, bits: number, kind: AddressKind): Block => ({
  first: first | 0,
  bits,
  kind,
});

const IPV4_BLOCKS: readonly Block[] = [
  block(0x0000_0000, 8, 'nobody'),
  block(0xe000_0000, 4, 'nobody'),
  block(0xffff_ffff, 32, 'nobody'),
  block(0x7f00_0000, 8, 'loopback'),
  block(0x0a00_0000, 8, 'private'),
  block(0xac10_0000, 12, 'private'),
  block(0xc0a8_0000, 16, 'private'),
  block(0xa9fe_0000, 16, 'private'),
  block(0x6440_0000, 10, 'private'),
];

const IPV6_BLOCKS: readonly Block[] = [
  block(0xff00_0000, 8, 'nobody'),
  block(0xfe80_0000, 10, 'private'),
  block(0xfc00_0000, 7, 'private'),
];

const isIn = ({ first, bits }: Block, word: number): boolean =>
  (word ^ first) >>> (32 - bits) === 0;

const kindIn = (blocks: readonly Block[], word: number): AddressKind =>
  blocks.find((each) => isIn(each, word))?.kind ?? 'public';

export function addressKind(
  version: number,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): AddressKind {
  if (version === 4) return kindIn(IPV4_BLOCKS, w3);
  if (w0 === 0 && w1 === 0 && w2 === 0) {
    if (w3 === 0) return 'nobody';
    return w3 === 1 ? 'loopback' : 'public';
  }
  return kindIn(IPV6_BLOCKS, w0);
}
