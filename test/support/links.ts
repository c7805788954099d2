/** The same packet as other links carry it: each takes an Ethernet frame and gives its own. */

export interface Link {
  readonly name: string;
  readonly linkType: number;
  readonly wrap: (ethernet: Buffer) => Buffer;
  /** It tells MAC addresses, if only that of the sender. */
  readonly macs: boolean;
}

const ETHERNET_HEADER = 14;

const packetOf = (ethernet: Buffer): Buffer => ethernet.subarray(ETHERNET_HEADER);
const behind = (head: Buffer, ethernet: Buffer): Buffer =>
  Buffer.concat([head, packetOf(ethernet)]);

/** `0x0800`, or that of IPv6. */
const typeOf = (ethernet: Buffer): Buffer => ethernet.subarray(12, ETHERNET_HEADER);
const isSix = (ethernet: Buffer): boolean => typeOf(ethernet).equals(Buffer.from('86dd', 'hex'));

const tagged = (name: string, tags: string): Link => ({
  name,
  linkType: 1,
  macs: true,
  wrap: (ethernet) =>
    Buffer.concat([ethernet.subarray(0, 12), Buffer.from(tags, 'hex'), ethernet.subarray(12)]),
});

/** `six`: the address family of IPv6 where the capture was made. */
const loopback = (name: string, linkType: number, order: 'le' | 'be', six: number): Link => ({
  name: `${name} (IPv6 is ${six})`,
  linkType,
  macs: false,
  wrap: (ethernet) => {
    const family = Buffer.alloc(4);
    const value = isSix(ethernet) ? six : 2;
    if (order === 'le') family.writeUInt32LE(value);
    else family.writeUInt32BE(value);
    return behind(family, ethernet);
  },
});

const raw = (name: string, linkType: number): Link => ({
  name,
  linkType,
  macs: false,
  wrap: packetOf,
});

export const LINKS: readonly Link[] = [
  tagged('802.1Q', '81000064'),
  tagged('QinQ, 802.1ad', '88a8006481000007'),
  tagged('QinQ of an old kind', '9100006481000007'),
  tagged('802.1Q twice', '8100006481000007'),
  {
    name: 'Linux SLL',
    linkType: 113,
    macs: true,
    wrap: (ethernet) => {
      const head = Buffer.from('000000010006ffffffffffff00000000', 'hex');
      head.set(ethernet.subarray(6, 12), 6);
      head.set(typeOf(ethernet), 14);
      return behind(head, ethernet);
    },
  },
  {
    name: 'Linux SLL2',
    linkType: 276,
    macs: true,
    wrap: (ethernet) => {
      const head = Buffer.from('0000000000000002000100060000000000000000', 'hex');
      head.set(typeOf(ethernet), 0);
      head.set(ethernet.subarray(6, 12), 12);
      return behind(head, ethernet);
    },
  },
  {
    name: 'Linux SLL2 with a tag',
    linkType: 276,
    macs: true,
    wrap: (ethernet) => {
      const head = Buffer.from('81000000000000020001000600000000000000000064ffff', 'hex');
      head.set(ethernet.subarray(6, 12), 12);
      head.set(typeOf(ethernet), 22);
      return behind(head, ethernet);
    },
  },
  ...[24, 28, 30].map((six) => loopback('BSD null, little-endian', 0, 'le', six)),
  loopback('BSD null, big-endian', 0, 'be', 30),
  loopback('BSD loop', 108, 'be', 24),
  raw('raw IP', 101),
  raw('raw IP as 12', 12),
  raw('raw IP as 14', 14),
];

/** These carry one version of IP only. */
export const RAW_IPV4: Link = raw('raw IPv4', 228);
export const RAW_IPV6: Link = raw('raw IPv6', 229);

/** tshark has no name for these families. */
export const LINUX_AND_WINDOWS: readonly Link[] = [10, 23, 26].map((six) =>
  loopback('BSD null, little-endian', 0, 'le', six),
);
