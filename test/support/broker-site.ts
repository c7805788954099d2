/** A small plant for the tests of the broker, and what happens in it. Times are µs; `NOW` is a Monday, 08:00 UTC. */
import { hashRequest } from '#broker/access/request-hash.ts';
import type { AccessRequest, Grant } from '#broker/model/access.ts';
import type { GrantId, RequestId } from '#broker/model/ids.ts';
import type { Allowance, Person, Plant, RoleAssignment } from '#policies/plant.ts';
import type { ModbusOperation, ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { type Micros, micros, parseIso } from '#sensor/model/time.ts';

export const at = { file: 'plant.yaml', line: 1 };
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const NOW = parseIso('2026-11-23T08:00:00Z') as Micros;
export const later = (span: number): Micros => micros(NOW + span);

export const role = (text: string): RoleAssignment => {
  const [name = '', zone] = text.split('@');
  return { role: name as RoleAssignment['role'], ...(zone !== undefined && { zone }) };
};

export function person(id: string, company: string, ...roles: readonly string[]): Person {
  return { id, name: id, company, roles: roles.map(role), subject: id, at };
}

export const READS: Allowance = {
  protocol: 'modbus',
  operations: ['read'],
  functions: [3, 4],
  addresses: [{ first: 0, last: 199 }],
  at,
};
export const WRITES: Allowance = {
  protocol: 'modbus',
  operations: ['write'],
  functions: [6, 16],
  table: 'holding-registers',
  addresses: [{ first: 100, last: 109 }],
  value: { min: 0, max: 1500 },
  at,
};
const IDENTIFY: Allowance = { protocol: 'modbus', operations: ['identify'], functions: [43], at };

const zone = (id: string, cidr: string, more: object = {}) =>
  [
    id,
    {
      id,
      name: id,
      purdue: 1,
      securityLevel: 2,
      cidrs: [cidr],
      safety: false,
      allow: [],
      criticality: 'medium',
      at,
      ...more,
    } as const,
  ] as const;

const asset = (id: string, zoneId: string, address: string) =>
  [
    id,
    {
      id,
      name: id,
      zone: zoneId,
      address,
      modbus: { port: 5020, units: [1] },
      tags: [],
      criticality: 'high',
      registers: [],
      at,
    } as const,
  ] as const;

const byId = <T extends { readonly id: string }>(...items: readonly T[]) =>
  new Map(items.map((item) => [item.id, item]));

/** Where the gate of `PLANT` emits. */
export const GATE = '127.20.10.1';

export const PLANT: Plant = {
  site: { name: 'Example', timeZone: 'Europe/Berlin' },
  version: 'policy-1',
  gates: [GATE],
  zones: new Map([
    zone('plant', '127.20.0.0/20', { purdue: 3 }),
    zone('cell-1', '127.20.1.0/24', { parent: 'plant' }),
    zone('cell-2', '127.20.3.0/24', { parent: 'plant' }),
    zone('safety', '127.20.9.0/24', { safety: true, allow: [READS] }),
    zone('control-room', '127.20.2.0/24', { purdue: 2 }),
    zone('dmz', '127.20.10.0/24', { purdue: 3.5 }),
  ]),
  assets: new Map([
    asset('plc-12', 'cell-1', '127.20.1.12'),
    asset('plc-30', 'cell-2', '127.20.3.30'),
    asset('sis-1', 'safety', '127.20.9.10'),
    asset('hmi-1', 'control-room', '127.20.2.10'),
  ]),
  conduits: [
    {
      id: 'hmi-to-cell-1',
      from: 'control-room',
      to: 'cell-1',
      via: 'direct',
      allow: [{ protocol: 'modbus', operations: ['read'], at }, WRITES],
      onRecordingFailure: 'stop-writes',
      why: 'the HMI operates the cell',
      at,
    },
    ...['cell-1', 'cell-2', 'safety'].map((to) => ({
      id: `gate-to-${to}`,
      from: 'dmz',
      to,
      via: 'gate' as const,
      allow: [{ protocol: 'modbus', operations: ['read'], at } as const, WRITES, IDENTIFY],
      onRecordingFailure: 'stop-writes' as const,
      why: 'maintenance by vendors',
      at,
    })),
  ],
  people: byId(
    person('otto', 'site', 'operator', 'approver@cell-1'),
    person('petra', 'site', 'approver@cell-1'),
    person('paul', 'site', 'approver@plant'),
    person('carl', 'site', 'approver@cell-2'),
    person('sam', 'site', 'security'),
    person('susi', 'site', 'supply-chain'),
    person('anna', 'site', 'analyst'),
    person('audra', 'site', 'auditor'),
    person('ada', 'site', 'admin'),
    person('vera', 'acme', 'vendor'),
    person('victor', 'acme', 'vendor'),
    person('bert', 'bolt', 'vendor'),
  ),
  vendors: byId({ id: 'acme', name: 'Acme', at }, { id: 'bolt', name: 'Bolt', at }),
  access: byId(
    {
      id: 'acme-press',
      vendor: 'acme',
      targets: ['plc-12', 'plc-30'],
      mayRequest: [READS, WRITES, IDENTIFY],
      approve: { quorum: 2, from: [role('approver'), role('security')] },
      limits: { max: 4 * HOUR, idle: 10 * MINUTE, sessions: 1, readGrace: 10 * MINUTE },
      windows: [],
      why: 'Acme maintains the press',
      at,
    },
    {
      id: 'bolt-reads',
      vendor: 'bolt',
      targets: ['plc-12', 'sis-1'],
      mayRequest: [READS],
      approve: { quorum: 1, from: [role('approver')] },
      limits: { max: HOUR, idle: 10 * MINUTE, sessions: 3, readGrace: 0 },
      windows: [],
      why: 'Bolt looks at trends',
      at,
    },
  ),
  tests: [],
};

/** The plant with another version, and whatever else is changed. */
export const plantWith = (change: Partial<Plant>): Plant => ({
  ...PLANT,
  version: 'policy-2',
  ...change,
});

/** The plant with people replaced or added, and those named in `gone` removed. */
export function plantWithPeople(people: readonly Person[], gone: readonly string[] = []): Plant {
  const all = new Map([...PLANT.people, ...people.map((one) => [one.id, one] as const)]);
  for (const id of gone) all.delete(id);
  return { ...PLANT, people: all };
}

/** Asked by vera for 09:00-11:00, with grace until 11:10. */
export function requestOf(change: Partial<AccessRequest> = {}): AccessRequest {
  const asked = {
    id: 'req_000000000001' as RequestId,
    version: 1,
    state: 'pending',
    requester: 'vera',
    vendor: 'acme',
    entry: 'acme-press',
    asset: 'plc-12',
    operations: [READS, WRITES],
    notBefore: later(HOUR),
    notAfter: later(3 * HOUR),
    graceUntil: later(3 * HOUR + 10 * MINUTE),
    idleTimeout: 10 * MINUTE,
    requestExpiresAt: later(3 * HOUR),
    purpose: 'change the press recipe',
    submittedAt: NOW,
    policyVersion: PLANT.version,
    approvals: [],
    ...change,
  } as const;
  return { ...asked, hash: change.hash ?? hashRequest(asked) };
}

export function grantOf(change: Partial<Grant> = {}): Grant {
  const request = requestOf();
  return {
    id: 'gr_000000000001' as GrantId,
    version: 1,
    state: 'active',
    request: request.id,
    requestHash: request.hash,
    person: request.requester,
    vendor: request.vendor,
    entry: request.entry,
    asset: request.asset,
    operations: request.operations,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    graceUntil: request.graceUntil,
    idleTimeout: request.idleTimeout,
    policyVersion: request.policyVersion,
    sessions: 0,
    ...change,
  };
}

/** A Modbus operation on holding registers (functions 3, 6, 16 by kind) unless told otherwise. */
export function operation(
  kind: OperationKind,
  address: number,
  values: readonly number[] | number,
  more: { readonly unit?: number; readonly table?: ModbusTable; readonly code?: number } = {},
): ModbusOperation {
  const { unit = 1, table = 'holding-registers', code = kind === 'write' ? 16 : 3 } = more;
  const quantity = typeof values === 'number' ? values : values.length;
  return {
    kind,
    protocol: 'modbus',
    functionCode: code,
    object: { kind: 'modbus-range', unit, table, address, quantity },
    ...(typeof values !== 'number' && { values }),
  };
}
