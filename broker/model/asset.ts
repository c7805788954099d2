/**
 * An address as sensors heard it on the wire. What the plant policy calls it, and in which zone it
 * lies, is asked of the policy of the moment and never stored: a record outlives many policies.
 */
import { type IpAddress, parseIp } from '#policies/address.ts';
import type { Brand } from '#sensor/model/brand.ts';
import type {
  Behaviour,
  HeardDetail,
  HeardName,
  HeardService,
  HeardTraffic,
} from '#sensor/model/inventory.ts';
import type { ModbusIdentity } from '#sensor/model/modbus-identity.ts';
import type { OpcuaBuildInfo } from '#sensor/model/opcua.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { SensorId } from './ids.ts';

/** `as_4-7f14010c`: the address itself, so that ids sort as addresses do within a family. */
export type AssetId = Brand<string, 'AssetId'>;

/** A device behind the address, and what it said it is. */
export interface SeenUnit {
  readonly id: number;
  readonly identity?: Omit<ModbusIdentity, 'objects' | 'conformity'>;
  /** What of its server id is text. */
  readonly serverId?: string;
}

/** What a server of OPC UA says of its software; `port` is absent of one that calls its clients. */
export interface SeenBuild extends OpcuaBuildInfo {
  readonly port?: number;
}

/** The asset in one role and one peer. */
export interface SeenConversation {
  readonly peer: string;
  /** Of the asset, not of the peer. */
  readonly role: 'client' | 'server';
  readonly protocols: readonly string[];
  readonly kinds: readonly OperationKind[];
  /** Absent where the sensor told of decoded exchanges alone. */
  readonly traffic?: readonly SeenTraffic[];
  readonly lastSeen: Micros;
}

/** By one protocol or port; counts since the sensor began to listen, the last time that it did. */
export interface SeenTraffic
  extends Pick<HeardTraffic, 'transport' | 'port' | 'protocol' | 'by' | 'sent' | 'received'> {
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
}

export interface SeenName extends Pick<HeardName, 'name' | 'source'> {
  readonly lastSeen: Micros;
}

/** All that one sensor told of an address since it enrolled. Nobody else writes in it. */
export interface Sighting {
  readonly sensor: SensorId;
  readonly firstSeen: Micros;
  /** Never later than it was told: clocks of sensors may be ahead. */
  readonly lastSeen: Micros;
  readonly mac?: string;
  /** Who made the network card. */
  readonly vendor?: string;
  /** The newest first; absent where a sensor told of none, as those after it. */
  readonly names?: readonly SeenName[];
  readonly details?: readonly HeardDetail[];
  readonly behaviour?: readonly Behaviour[];
  readonly services?: readonly HeardService[];
  readonly roles: readonly string[];
  readonly protocols: readonly string[];
  readonly ports: readonly number[];
  readonly units: readonly SeenUnit[];
  /** Absent where none said anything. */
  readonly builds?: readonly SeenBuild[];
  /** OPC UA application URIs that it goes by. */
  readonly applications: readonly string[];
  readonly conversations: readonly SeenConversation[];
}

export interface AssetRecord {
  readonly id: AssetId;
  readonly version: number;
  /** As the sensors write it. */
  readonly address: string;
  /** One for each sensor that heard it; never empty. */
  readonly sightings: readonly Sighting[];
}

const DIGITS = { 4: 8, 6: 32 } as const;

export const assetIdAt = ({ family, value }: IpAddress): AssetId =>
  `as_${family}-${value.toString(16).padStart(DIGITS[family], '0')}` as AssetId;

/** Undefined for a text that is no address. However an address is written, its id is the same. */
export function assetIdOf(address: string): AssetId | undefined {
  const ip = parseIp(address);
  return ip && assetIdAt(ip);
}

export const lastSeenOf = ({ sightings }: AssetRecord): Micros =>
  Math.max(...sightings.map(({ lastSeen }) => lastSeen)) as Micros;

export const firstSeenOf = ({ sightings }: AssetRecord): Micros =>
  Math.min(...sightings.map(({ firstSeen }) => firstSeen)) as Micros;

export const protocolsOf = ({ sightings }: AssetRecord): readonly string[] =>
  [...new Set(sightings.flatMap(({ protocols }) => protocols))].sort();
