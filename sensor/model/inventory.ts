/** What the sensor learns of who is in the network from all traffic, whatever it speaks. */
import type { Micros } from './time.ts';

/** What a protocol was known by: its bytes, or bytes that say little at the port that is registered for it. */
export type RecognisedBy = 'content' | 'port';

/** What a device or a server is called, and who says so. */
export type NameSource = 'dhcp' | 'dns' | 'mdns' | 'llmnr' | 'netbios' | 'lldp' | 'profinet-dcp';

export interface HeardName {
  readonly name: string;
  readonly source: NameSource;
  readonly last_seen: string;
}

/** Something else that a device says of itself: `system description`, `vendor class`, `device type`. */
export interface HeardDetail {
  readonly about: string;
  readonly text: string;
  readonly source: NameSource;
}

export type HeardTransport = 'tcp' | 'udp' | 'ip';

/** A port that answered; of `ip` the number of the protocol above it. */
export interface HeardService {
  readonly transport: HeardTransport;
  readonly port: number;
  readonly protocol?: string;
  readonly by?: RecognisedBy;
  /** `SSH-2.0-OpenSSH_9.2`, `TLS 1.3 for scada.example`, `SMB 1` */
  readonly detail?: string;
}

/** Packets, and bytes of whole frames. */
interface Amount {
  readonly packets: number;
  readonly bytes: number;
}

/** What an asset and a peer said to each other by one protocol or port. */
export interface HeardTraffic {
  readonly transport: HeardTransport;
  /** That of the server. */
  readonly port: number;
  readonly protocol?: string;
  readonly by?: RecognisedBy;
  /** By the asset. */
  readonly sent: Amount;
  readonly received: Amount;
  readonly first_seen: string;
  readonly last_seen: string;
}

export const DEVICE_ROLES = [
  'controller',
  'hmi',
  'engineering-station',
  'gateway',
  'historian',
  'switch',
  'server',
] as const;

export type DeviceRole = (typeof DEVICE_ROLES)[number];

/** What an asset is by what it does, and the sentence that says why. */
export interface Behaviour {
  readonly role: DeviceRole;
  readonly because: string;
}

/** One conversation, from the side of one of its hosts. */
export interface HostTraffic extends HeardTraffic {
  readonly peer: string;
  /** Of the host, not of the peer. */
  readonly role: 'client' | 'server';
  /** What the server says of itself in it. */
  readonly detail?: string;
}

/** An address of the plant, as all traffic shows it. */
export interface HeardHost {
  readonly ip: string;
  readonly mac?: string;
  readonly names: readonly HeardName[];
  readonly details: readonly HeardDetail[];
  /** What it says of itself that it is for. */
  readonly claims: readonly Behaviour[];
  /** Whatever it speaks, to groups and right above Ethernet too. */
  readonly protocols: readonly string[];
  readonly traffic: readonly HostTraffic[];
  /** Addresses off the link whose packets carry its hardware address. */
  readonly behind: number;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
}
