/** Which addresses are local: those that Zeek takes as private where nothing else is configured. */
import { BlockList } from 'node:net';

const IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
];

const IPV6: readonly (readonly [string, number])[] = [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
];

const LOCAL = new BlockList();
for (const [address, bits] of IPV4) LOCAL.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of IPV6) LOCAL.addSubnet(address, bits, 'ipv6');

export const isLocal = (ip: string): boolean => LOCAL.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4');
