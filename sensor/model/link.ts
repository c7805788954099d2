/**
 * What a sensor and its broker say to each other (docs/contracts.md, "Who owns what"). Shared by
 * `sensor/link/uplink.ts` and `broker/api/sensor-link.ts`; over mTLS, opened by the sensor alone.
 *
 *     POST /sensor/v1/enrol          EnrolRequest  -> EnrolAnswer
 *     POST /sensor/v1/items          ItemsRequest  -> ItemsAnswer
 *     PUT  /sensor/v1/evidence/:id   pcapng bytes, header `x-sha256`
 *     GET  /sensor/v1/bundle?have=V  BundleAnswer, or 304
 */
import type { Alert } from './alert.ts';
import type { Exchange, SensorHealth } from './event.ts';
import type { Behaviour, HeardDetail, HeardName, HeardService, HeardTraffic } from './inventory.ts';
import type { ModbusIdentity } from './modbus-identity.ts';
import type { OperationKind } from './operation.ts';

/** Most items of one request. */
export const MAX_LINK_ITEMS = 500;
/** Most bytes of one request body. */
export const MAX_LINK_BYTES = 4 * 1024 * 1024;
/** Most bytes of one evidence slice. */
export const MAX_EVIDENCE_BYTES = 8 * 1024 * 1024;
/** `error.code` of a 409 for evidence: other bytes of this alert stand, and the sensor need not try again. */
export const EVIDENCE_STANDS = 'evidence-stands';
/** Most bytes of a bundle: a policy of at most 3 MiB, half of it to be escaped, rules, and base64 around them. */
export const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;

/** Begins every enrolment token; what follows is base64url of `EnrolmentToken` as JSON. */
export const TOKEN_PREFIX = 'lks1.';

export interface EnrolmentToken {
  /** `https://host:port` of the broker's listener for sensors. */
  readonly url: string;
  /**
   * sha-256 of the DER SubjectPublicKeyInfo of the authority that signed the listener's certificate,
   * hex. The listener sends that authority's certificate along with its own, so that a sensor can
   * check the pin before it says its secret.
   */
  readonly pin: string;
  /** Good for one enrolment within 24 h. */
  readonly secret: string;
}

export interface EnrolRequest {
  /** The whole token, prefix included. */
  readonly token: string;
  readonly name: string;
  /** SPKI PEM of the sensor's EC P-256 key. */
  readonly publicKey: string;
}

export interface EnrolAnswer {
  /** `sen_…` */
  readonly sensor: string;
  /** PEM: the sensor's client certificate, perhaps followed by its chain. */
  readonly certificate: string;
  /** PEM: the authority of the listener's certificate, the one that the token pins. */
  readonly authority: string;
  /** JWK (OKP, Ed25519): verifies bundles. */
  readonly bundleKey: Readonly<Record<string, unknown>>;
}

/** Routine traffic of one minute, counted: the newest `RoutineReads` and clean reads together. */
interface TrafficAggregate {
  /** Start of the minute, ISO 8601. */
  readonly minute: string;
  readonly client: string;
  readonly server: { readonly ip: string; readonly port: number };
  readonly protocol: string;
  /** Of OPC UA 0. */
  readonly unit: number;
  /** Of OPC UA the encoding id of the service. */
  readonly functionCode: number;
  /** Exchanges counted; a minute may come in several items, whose counts add up. */
  readonly count: number;
}

/** What the passive inventory knows of one address (`sensor/output/assets.ts`). */
export interface AssetReport {
  readonly ip: string;
  readonly mac?: string;
  /** Who made the network card. */
  readonly vendor?: string;
  /** What it is called, the newest first. */
  readonly names?: readonly HeardName[];
  readonly details?: readonly HeardDetail[];
  readonly behaviour?: readonly Behaviour[];
  readonly roles: readonly string[];
  readonly protocols: readonly string[];
  /** Ports that it serves. */
  readonly ports?: readonly number[];
  readonly services?: readonly HeardService[];
  readonly units?: readonly {
    readonly id: number;
    readonly identity?: Omit<ModbusIdentity, 'objects' | 'conformity'>;
    /** What of its server id (function 17) is text. */
    readonly server_id?: string;
  }[];
  /** What its OPC UA servers say of their software. */
  readonly builds?: readonly BuildReport[];
  /** OPC UA application URIs that it goes by. */
  readonly applications?: readonly string[];
  readonly peers: readonly string[];
  /** The asset in one role and one peer; absent from a sensor that does not tell it yet. */
  readonly conversations?: readonly ConversationReport[];
  readonly first_seen: string;
  readonly last_seen: string;
}

/** As `build_info` of an exchange; `port` is absent of a server that calls its clients. */
export interface BuildReport {
  readonly port?: number;
  readonly product_uri?: string;
  readonly manufacturer_name?: string;
  readonly product_name?: string;
  readonly software_version?: string;
  readonly build_number?: string;
  readonly build_date?: string;
}

/** What an asset, in one of its roles, and one peer have to do with each other. */
interface ConversationReport {
  readonly peer: string;
  /** Of the asset, not of the peer. */
  readonly role: 'client' | 'server';
  readonly protocols: readonly string[];
  /** Kinds of operations that were asked for, whatever the answer. */
  readonly kinds: readonly OperationKind[];
  /** Those with the most bytes; absent where only decoded exchanges tell of it. */
  readonly traffic?: readonly HeardTraffic[];
  readonly last_seen: string;
}

/** How the sensor is; the counts are since its start, and `received` includes `dropped`. */
export interface HealthReport {
  readonly at: string;
  readonly interface: string;
  readonly received: number;
  readonly dropped: number;
  readonly facts: SensorHealth['facts'];
  /** Version of the bundle that it runs; absent where it has none yet. */
  readonly bundle?: string;
  /** Outbox rows that wait, and rows that were given up for want of space. */
  readonly waiting: number;
  readonly givenUp: number;
}

/** `id` derives from the content: an item whose id was accepted before is accepted again and changes nothing. */
export type LinkItem =
  /** The newest state of an alert; `id` names that state, `document.lockkeeper.alert.id` the alert. */
  | { readonly id: string; readonly kind: 'alert'; readonly document: Alert }
  /** A write, control, configure or program exchange, whole. */
  | { readonly id: string; readonly kind: 'operation'; readonly document: Exchange }
  | { readonly id: string; readonly kind: 'asset'; readonly document: AssetReport }
  | { readonly id: string; readonly kind: 'health'; readonly document: HealthReport }
  | { readonly id: string; readonly kind: 'aggregate'; readonly document: TrafficAggregate };

export interface ItemsRequest {
  readonly items: readonly LinkItem[];
}

/** Ids that are durable at the broker; the sensor forgets exactly those. */
export interface ItemsAnswer {
  readonly accepted: readonly string[];
}

export interface BundleAnswer {
  /** Compact JWS: EdDSA, `typ` `lockkeeper-bundle+jwt`, payload `BundlePayload`. */
  readonly bundle: string;
}

export interface BundlePayload {
  /** Names the content; what the sensor asks with as `have`. */
  readonly version: string;
  /** Rises with each bundle; a sensor never goes back. */
  readonly serial: number;
  readonly site: string;
  /** YAML text of the plant policy. */
  readonly plant: string;
  readonly rules: readonly { readonly path: string; readonly text: string }[];
}
