/** What `plan` finds: each change that somebody could notice, with the line of the policy behind it. */
import type { Operation } from '#sensor/model/operation.ts';
import type { Reason, SourceRef } from '../plant.ts';

export type Direction = 'allowed' | 'denied';

/** What becomes possible, or stops being so, between hosts of the network. */
export interface TrafficChange {
  readonly becomes: Direction;
  /** `zone control-room`, `asset plc-12`, `other hosts of zone cell-1`. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Valid iff the policies know the server at different ports: the one that this is about, or all others. */
  readonly port?: number | 'others';
  /** `write holding registers 100-119 (40101-40120) of any unit, functions 6, 16` */
  readonly what: string;
  /** What of it the other policy lets pass too. */
  readonly both: readonly string[];
  /** The line that lets it pass, in the one policy or the other. */
  readonly at: SourceRef;
  /** One operation that makes the difference, from one host to another. */
  readonly example: {
    readonly from: string;
    readonly to: { readonly ip: string; readonly port: number };
    readonly operation: Operation;
    /** What the new policy says to it. */
    readonly because?: Reason;
  };
}

/** What a grant of an access entry can give, or cannot any more. */
export interface GrantChange {
  readonly becomes: Direction;
  readonly vendor: string;
  readonly entry: string;
  readonly asset: string;
  readonly what: string;
  readonly both: readonly string[];
  readonly at: SourceRef;
  readonly example: { readonly operation: Operation; readonly because?: Reason };
}

/** A way that a firewall between the zones opens or closes. */
export interface FirewallChange {
  readonly becomes: Direction;
  /** Addresses and ranges: `10.0.0.10`, `10.0.1.0-10.0.1.255`. */
  readonly from: readonly string[];
  readonly to: { readonly asset: string; readonly ip: string; readonly port: number };
  readonly protocol: 'modbus' | 'opcua';
  /** A way through the gate is open while a grant lives. */
  readonly when: 'always' | 'for a grant';
}

/** Something that is written in another way, or is new, or is gone. */
export interface SettingChange {
  /** `access acme-press`, `person otto`, `zone cell-1`. */
  readonly subject: string;
  /** `limits.max`; absent where the subject as a whole came or went. */
  readonly field?: string;
  /** What is gone of it, in words; absent = nothing. */
  readonly before?: string;
  /** What is new of it; absent = nothing. */
  readonly after?: string;
  /** Of the new policy where it still stands there; absent for the site as a whole. */
  readonly at?: SourceRef;
}

export interface Plan {
  /** Versions of the policies. */
  readonly before: string;
  readonly after: string;
  readonly traffic: readonly TrafficChange[];
  readonly grants: readonly GrantChange[];
  readonly firewall: readonly FirewallChange[];
  readonly settings: readonly SettingChange[];
}
