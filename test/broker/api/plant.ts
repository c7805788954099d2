/** A small plant for tests of the API: one PLC, one safety controller, two vendors, everybody's roles. */
import type {
  AccessEntry,
  ModbusAllowance,
  Person,
  Plant,
  RoleAssignment,
  Zone,
} from '#policies/plant.ts';

const at = { file: 'plant.yaml', line: 1 };

const zone = (id: string, cidr: string, safety = false): Zone => ({
  id,
  name: id,
  purdue: 1,
  securityLevel: 2,
  cidrs: [cidr],
  safety,
  allow: [],
  criticality: 'medium',
  at,
});

const person = (
  id: string,
  company: string,
  roles: readonly RoleAssignment[],
  more: Partial<Person> = {},
): Person => ({ id, name: id, company, roles, subject: `sub-${id}`, at, ...more });

const reads: ModbusAllowance = {
  protocol: 'modbus',
  operations: ['read'],
  functions: [3, 4],
  units: [1],
  table: 'holding-registers',
  addresses: [{ first: 0, last: 199 }],
  at,
};

const writes: ModbusAllowance = {
  protocol: 'modbus',
  operations: ['write'],
  functions: [6, 16],
  units: [1],
  table: 'holding-registers',
  addresses: [{ first: 100, last: 109 }],
  value: { min: 0, max: 1500 },
  at,
};

const entry = (id: string, vendor: string): AccessEntry => ({
  id,
  vendor,
  targets: ['plc-12'],
  mayRequest: [reads, writes],
  approve: { quorum: 2, from: [{ role: 'approver', zone: 'cell-1' }] },
  limits: { max: 4 * 3_600_000_000, idle: 600_000_000, sessions: 1, readGrace: 600_000_000 },
  windows: [],
  why: 'maintenance of the press',
  at,
});

/** Everybody of the walk over routes and roles; one role each but otto. */
export const PEOPLE: readonly Person[] = [
  person('anna', 'site', [{ role: 'analyst' }]),
  person('olga', 'site', [{ role: 'operator' }]),
  person('otto', 'site', [{ role: 'operator' }, { role: 'approver', zone: 'cell-1' }]),
  person('petra', 'site', [{ role: 'approver', zone: 'cell-1' }]),
  person('paul', 'site', [{ role: 'approver', zone: 'safety' }]),
  person('sam', 'site', [{ role: 'security' }]),
  person('vera', 'acme', [{ role: 'vendor' }]),
  person('victor', 'acme', [{ role: 'vendor' }]),
  person('boris', 'bolt', [{ role: 'vendor' }]),
  person('audra', 'site', [{ role: 'auditor' }]),
  person('ada', 'site', [{ role: 'admin' }]),
  person('susi', 'site', [{ role: 'supply-chain' }]),
  person('nobody', 'site', []),
];

/** From where the gate of the tests emits. */
export const GATE_ADDRESS = '127.20.10.1';

export const PLANT: Plant = {
  site: { name: 'Test plant', timeZone: 'Europe/Berlin' },
  version: 'a'.repeat(64),
  gates: [GATE_ADDRESS],
  zones: new Map([
    ['cell-1', zone('cell-1', '127.20.1.0/24')],
    ['safety', zone('safety', '127.20.9.0/24', true)],
    ['dmz', zone('dmz', '127.20.10.0/24')],
  ]),
  assets: new Map([
    [
      'plc-12',
      {
        id: 'plc-12',
        name: 'Press PLC',
        zone: 'cell-1',
        address: '127.20.1.12',
        modbus: { port: 5020, units: [1] },
        tags: [],
        criticality: 'high',
        registers: [],
        at,
      },
    ],
  ]),
  conduits: [
    {
      id: 'gate-cell-1',
      from: 'dmz',
      to: 'cell-1',
      via: 'gate',
      allow: [reads, writes],
      onRecordingFailure: 'stop-writes',
      why: 'vendors come through the gate',
      at,
    },
  ],
  people: new Map(PEOPLE.map((one) => [one.id, one])),
  vendors: new Map([
    ['acme', { id: 'acme', name: 'Acme', at }],
    ['bolt', { id: 'bolt', name: 'Bolt', at }],
  ]),
  access: new Map([
    ['acme-press', entry('acme-press', 'acme')],
    ['bolt-press', entry('bolt-press', 'bolt')],
  ]),
  tests: [],
};
