/** An address and what decoded exchanges told of it. */
import type { ModbusIdentity } from '#sensor/model/modbus-identity.ts';
import type { Protocol } from '#sensor/model/net.ts';
import type { OpcuaBuildInfo } from '#sensor/model/opcua.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';

/** Objects of the vendor's own, which only the vendor can read, stand in exchanges alone. */
type DeviceIdentity = Omit<ModbusIdentity, 'objects' | 'conformity'>;

/** What a unit answers for. */
interface Unit {
  readonly identity: DeviceIdentity;
  /** What of its server id is text. */
  readonly serverId?: string;
}

export type Role = 'client' | 'server';

/** What an asset, in one of its roles, and one peer have to do with each other. */
export interface Conversation {
  readonly peer: string;
  readonly role: Role;
  /** Lists, because there are as many of them as conversations, and most hold one name. */
  protocols: readonly Protocol[];
  /** Kinds of operations that were asked for, whatever the answer. */
  kinds: readonly OperationKind[];
  lastSeen: Micros;
}

export interface Asset {
  readonly ip: string;
  mac: string | undefined;
  readonly roles: Set<Role>;
  readonly protocols: Set<Protocol>;
  /** Ports at which it answered a decoded protocol, and which. */
  readonly served: Map<number, Protocol>;
  /** Units it answered for, each with what it said it is. Valid for servers. */
  readonly units: Map<number, Unit>;
  /** What servers of OPC UA say of their software, by port; undefined: one that calls its clients. */
  readonly builds: Map<number | undefined, OpcuaBuildInfo>;
  /** OPC UA application URIs. */
  readonly applications: Set<string>;
  /** By role and peer; see `keyOf`. */
  readonly conversations: Map<string, Conversation>;
  firstSeen: Micros;
  lastSeen: Micros;
}

export const emptyAsset = (
  ip: string,
  mac: string | undefined,
  { firstSeen, lastSeen }: Pick<Asset, 'firstSeen' | 'lastSeen'>,
): Asset => ({
  ip,
  mac,
  roles: new Set(),
  protocols: new Set(),
  served: new Map(),
  units: new Map(),
  builds: new Map(),
  applications: new Set(),
  conversations: new Map(),
  firstSeen,
  lastSeen,
});
