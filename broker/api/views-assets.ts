/** What the API answers about assets; see `views.ts`. */
import type {
  Behaviour,
  DeviceRole,
  HeardDetail,
  HeardService,
  HeardTraffic,
  NameSource,
} from '#sensor/model/inventory.ts';
import type { OpcuaBuildInfo } from '#sensor/model/opcua.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import type { AlertRowView, PageView } from './views.ts';

/** Where an address stands in the plant policy. `zone` absent = in none; `asset` absent = not named. */
export interface PlaceView {
  readonly address: string;
  readonly asset?: { readonly id: string; readonly name: string };
  readonly zone?: { readonly id: string; readonly name: string; readonly purdue: number };
  /** The policy names it as a gate of the broker. */
  readonly isGate: boolean;
}

/** `GET /api/assets` (`?text=..&zone=..&protocol=..&standing=unknown&cursor=..`) */
export interface AssetRowView extends PlaceView {
  readonly criticality?: string;
  /** As it was heard; empty where it never was. */
  readonly roles: readonly ('client' | 'server')[];
  readonly protocols: readonly string[];
  /** What it says it is: `Acme Drives PX-200 3.1`. */
  readonly identity?: string;
  /** What it calls itself, or is called by others, the newest of it; more stands on its page. */
  readonly heardName?: string;
  /** Who made its network card. */
  readonly vendor?: string;
  /** What it is by what it does. */
  readonly behaviour: readonly DeviceRole[];
  /** Absent: the policy names it, and no sensor ever heard it. */
  readonly firstSeen?: string;
  readonly lastSeen?: string;
  /** Of those that the asker may read; absent where they may read none, and in live events. */
  readonly openAlerts?: number;
}

/**
 * Newest in the network first. What the policy names and nobody heard comes after the last page.
 * `zones` and `protocols` are what can be filtered by.
 */
export interface AssetPageView extends PageView<AssetRowView> {
  readonly zones: readonly { readonly id: string; readonly name: string }[];
  readonly protocols: readonly string[];
}

/** One peer of an asset, and what the policy says to the two of them. */
export interface PeerView extends PlaceView {
  /** Of the peer. */
  readonly role: 'client' | 'server';
  readonly protocols: readonly string[];
  readonly kinds: readonly OperationKind[];
  readonly lastSeen: string;
  /** The busiest first; `sent` by the asset. Counts since the sensor that tells most began to listen. */
  readonly traffic: readonly TrafficView[];
  /** Conduits that lead from the client to the server; none = the policy lets nothing pass. */
  readonly conduits: readonly {
    readonly id: string;
    readonly via: 'direct' | 'gate';
    readonly line: number;
  }[];
}

export interface TrafficView
  extends Pick<HeardTraffic, 'transport' | 'port' | 'protocol' | 'by' | 'sent' | 'received'> {
  readonly firstSeen: string;
  readonly lastSeen: string;
}

/** `GET /api/assets/:address` */
export interface AssetView extends AssetRowView {
  readonly macs: readonly string[];
  readonly vendors: readonly string[];
  /** The newest first; those that contradict each other stand side by side. */
  readonly names: readonly {
    readonly name: string;
    readonly source: NameSource;
    readonly lastSeen: string;
  }[];
  readonly details: readonly HeardDetail[];
  /** As `behaviour`, each with the sentence that says why. */
  readonly reasons: readonly Behaviour[];
  readonly services: readonly HeardService[];
  readonly ports: readonly number[];
  readonly units: readonly {
    readonly id: number;
    readonly vendor?: string;
    readonly product?: string;
    readonly revision?: string;
    readonly url?: string;
    readonly name?: string;
    readonly model?: string;
    readonly application?: string;
    /** What of its server id is text. */
    readonly serverId?: string;
  }[];
  /** What its OPC UA servers say of their software; `port` is absent of one that calls its clients. */
  readonly builds: readonly (OpcuaBuildInfo & { readonly port?: number })[];
  readonly applications: readonly string[];
  /** What the policy says of it; absent where it does not name it. */
  readonly named?: {
    readonly line: number;
    readonly tags: readonly string[];
    /** In words: `Modbus at port 5020, unit 1`. */
    readonly endpoints: readonly string[];
  };
  readonly place?: {
    readonly safety: boolean;
    readonly securityLevel: number;
    readonly owner?: string;
    /** Names of the zones around the zone, inner first. */
    readonly within: readonly string[];
    readonly line: number;
  };
  /** Whether some sensor is said to hear this address. */
  readonly covered: boolean;
  readonly sightings: readonly {
    readonly sensor: string;
    readonly firstSeen: string;
    readonly lastSeen: string;
  }[];
  readonly peers: readonly PeerView[];
  /** The newest of those that the asker may read; `openAlerts` counts all. */
  readonly alerts: readonly AlertRowView[];
}
