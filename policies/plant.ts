/**
 * The plant policy: what a security team writes in git, checked and resolved.
 *
 * `load.ts` turns YAML into a `Plant` or refuses it with every fault; everything else in the product
 * believes these types. Deny by default: what no conduit names does not pass, and a plant without
 * conduits lets nothing pass. Terms are those of IEC 62443-3-2 (zones and conduits).
 */
import type { ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import type { NamedRegister, RegisterType } from '#sensor/model/typed-value.ts';

/** Where a statement stands in the policy, so that every decision can name its line. */
export interface SourceRef {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based; absent in what an older broker stored. */
  readonly column?: number;
}

export interface Zone {
  readonly id: string;
  readonly name: string;
  /** Purdue level 0..5; 3.5 is the industrial DMZ. */
  readonly purdue: number;
  /** Target security level SL-T 0..4, IEC 62443-3-3. */
  readonly securityLevel: number;
  readonly cidrs: readonly string[];
  readonly parent?: string;
  /** In a safety zone only the read, identify and subscribe operations listed in `allow` pass, whatever any grant says. */
  readonly safety: boolean;
  /** What may pass into a safety zone at all; empty elsewhere. */
  readonly allow: readonly Allowance[];
  readonly owner?: string;
  readonly criticality: Criticality;
  readonly at: SourceRef;
}

export type Criticality = 'low' | 'medium' | 'high';

/** Addresses that a value of each type takes. */
export const REGISTER_WIDTH: Readonly<Record<RegisterType, number>> = {
  bool: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
};

/** A named value of an asset's register map. */
export interface Register extends NamedRegister {
  readonly min?: number;
  readonly max?: number;
}

export interface Asset {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  /** IP address, as text. */
  readonly address: string;
  readonly modbus?: { readonly port: number; readonly units: readonly number[] };
  readonly opcua?: { readonly port: number; readonly applicationUri: string };
  readonly tags: readonly string[];
  readonly criticality: Criticality;
  readonly registers: readonly Register[];
  readonly at: SourceRef;
}

/** Operations on Modbus objects. An absent bound does not bound. */
export interface ModbusAllowance {
  readonly protocol: 'modbus';
  readonly operations: readonly OperationKind[];
  /** Function codes. */
  readonly functions?: readonly number[];
  readonly units?: readonly number[];
  readonly table?: ModbusTable;
  /** Inclusive, 0-based; the whole range of an operation must lie inside one of them. */
  readonly addresses?: readonly { readonly first: number; readonly last: number }[];
  /** Bounds of each written register as unsigned 16 bit, inclusive. */
  readonly value?: { readonly min?: number; readonly max?: number };
  readonly at: SourceRef;
}

/** Operations on OPC UA nodes: the sensor judges by them; the gate for them comes later. */
export interface OpcuaAllowance {
  readonly protocol: 'opcua';
  readonly operations: readonly OperationKind[];
  /** NodeIds with the namespace URI: `nsu=urn:acme;s=Boiler.SetPoint`. With `methods` also the objects these belong to. */
  readonly nodes?: readonly string[];
  readonly methods?: readonly string[];
  readonly at: SourceRef;
}

export type Allowance = ModbusAllowance | OpcuaAllowance;

/** A ceiling between two zones: no grant may exceed it. */
export interface Conduit {
  readonly id: string;
  /** Zone or asset id. */
  readonly from: string;
  /** Zone or asset id. */
  readonly to: string;
  /**
   * `direct`: the endpoints talk by themselves (the HMI and its PLC): a client that a direct conduit
   * lets write is a local operator of the asset.
   * `gate`: only what Lockkeeper's gate emits for a grant may pass.
   */
  readonly via: 'direct' | 'gate';
  readonly allow: readonly Allowance[];
  readonly onRecordingFailure: 'stop-writes' | 'stop-session' | 'continue';
  /** Why it exists; shown to operators and auditors. */
  readonly why: string;
  readonly at: SourceRef;
}

/** Roles of docs/contracts.md. `approver` is held for one zone: `approver@cell-1`. */
export type Role =
  | 'analyst'
  | 'operator'
  | 'approver'
  | 'vendor'
  | 'security'
  | 'supply-chain'
  | 'auditor'
  | 'admin';

export interface RoleAssignment {
  readonly role: Role;
  /** Valid iff the role is `approver`: the zone it is held for. */
  readonly zone?: string;
}

/** Company id of the site's own people; no vendor may have it. */
export const SITE_COMPANY = 'site';

export interface Person {
  readonly id: string;
  readonly name: string;
  /** A vendor's id, or `SITE_COMPANY`. Approvers of the requester's company do not count. */
  readonly company: string;
  readonly roles: readonly RoleAssignment[];
  /** The `sub` claim of the OpenID provider. Never linked by e-mail. */
  readonly subject: string;
  /** The same human under another account, if any; counts as the same person for four eyes. */
  readonly sameAs?: string;
  readonly at: SourceRef;
}

export interface Vendor {
  readonly id: string;
  readonly name: string;
  readonly at: SourceRef;
}

/** When access may take place, in local time of an IANA time zone. */
export interface Window {
  /** ISO weekdays, 1 = Monday .. 7 = Sunday. */
  readonly days: readonly number[];
  /** Minutes since local midnight; `until` is exclusive and at most 1440. */
  readonly from: number;
  readonly until: number;
  readonly timeZone: string;
}

/** What a vendor may ask for, and who must agree. It can never exceed the conduits of its targets. */
export interface AccessEntry {
  readonly id: string;
  readonly vendor: string;
  /** Asset ids, resolved from tags. */
  readonly targets: readonly string[];
  readonly mayRequest: readonly Allowance[];
  readonly approve: {
    readonly quorum: number;
    readonly from: readonly RoleAssignment[];
  };
  readonly limits: {
    /** Longest span from `notBefore` to `notAfter`, µs. */
    readonly max: number;
    /** µs without a PDU after which a session ends. */
    readonly idle: number;
    /** Sessions of one grant at the same time. */
    readonly sessions: number;
    /** µs after `notAfter` in which reads may still go on; 0 = none. */
    readonly readGrace: number;
  };
  readonly windows: readonly Window[];
  readonly why: string;
  readonly at: SourceRef;
}

/** A sentence that must hold, written beside the policy that it tests. */
export interface PolicyTest {
  /** `vendor:acme`, `zone:it`, `asset:hmi-1`, or `any`. */
  readonly as: string;
  /** Access entry; absent = by conduits alone. */
  readonly grant?: string;
  /** `asset:plc-12` or `zone:sis`. */
  readonly on: string;
  /** `modbus fc3 0+10`, `modbus fc16 100+10 value 1500`, `write`. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly at: SourceRef;
}

export interface Plant {
  readonly site: { readonly name: string /** IANA. */; readonly timeZone: string };
  /** sha-256 of the policy's bytes, hex. Approvals and grants are bound to it. */
  readonly version: string;
  /** Addresses from which the gate emits. */
  readonly gates: readonly string[];
  readonly zones: ReadonlyMap<string, Zone>;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly conduits: readonly Conduit[];
  readonly people: ReadonlyMap<string, Person>;
  readonly vendors: ReadonlyMap<string, Vendor>;
  readonly access: ReadonlyMap<string, AccessEntry>;
  readonly tests: readonly PolicyTest[];
}

export interface Reason {
  /** Id of the conduit, zone or access entry that decided, or `default-deny`. */
  readonly rule: string;
  readonly at?: SourceRef;
  /** In words. */
  readonly text: string;
  /** It decided nothing: it is told to whoever looks for what would have. */
  readonly aside?: true;
}

export interface Decision {
  readonly allowed: boolean;
  /**
   * Valid iff not allowed: what is known does not tell whether it is. Nobody may do more because of it, and nobody is
   * to be accused because of it.
   */
  readonly undecided?: true;
  /** Never empty. */
  readonly because: readonly Reason[];
}
