/** Protocols right above Ethernet, by their type. The place in the table is the bit that is kept. */
interface LinkProtocol {
  readonly etherType: number;
  readonly protocol: string;
}

/** IEEE registration authority, and the specification of each. */
const LINK_PROTOCOLS: readonly LinkProtocol[] = [
  { etherType: 0x8892, protocol: 'profinet' },
  { etherType: 0x88cc, protocol: 'lldp' },
  { etherType: 0x88a4, protocol: 'ethercat' },
  { etherType: 0x88ab, protocol: 'powerlink' },
  { etherType: 0x88b8, protocol: 'goose' },
  { etherType: 0x88ba, protocol: 'sampled-values' },
  { etherType: 0x88cd, protocol: 'sercos' },
  { etherType: 0x88e3, protocol: 'mrp' },
  { etherType: 0x88f7, protocol: 'ptp' },
];

export const ETHERTYPE_PROFINET = 0x8892;
export const ETHERTYPE_LLDP = 0x88cc;

/** The bit of a protocol, or -1. */
export function linkProtocolOf(etherType: number): number {
  for (let bit = 0; bit < LINK_PROTOCOLS.length; bit++) {
    if (LINK_PROTOCOLS[bit]?.etherType === etherType) return bit;
  }
  return -1;
}

/** Names of the protocols whose bits are set. */
export const linkProtocolNames = (bits: number): readonly string[] =>
  LINK_PROTOCOLS.filter((_, bit) => (bits & (1 << bit)) !== 0).map(({ protocol }) => protocol);
