/** Plants for tests, by the same loader as in the product. */
import { loadPlant } from '#policies/load.ts';
import type { Plant } from '#policies/plant.ts';

/** The plant of a policy text that must have no faults. */
export function plantOf(text: string, file = 'plant.yaml'): Plant {
  const loaded = loadPlant(text, file);
  if (loaded.kind === 'plant') return loaded.plant;
  const faults = loaded.faults.map((f) => `${f.line}:${f.column} ${f.path}: ${f.message}`);
  throw new Error(`the policy of this test has faults:\n${faults.join('\n')}`);
}

/** A small plant: one cell in a hall, its safety system, a control room, and the gate in the DMZ. */
export const SMALL_PLANT = `
version: 1
site: { name: Small works, time_zone: Europe/Berlin }
gates: [10.0.10.1]
zones:
  hall: { purdue: 2, cidrs: [10.0.0.0/21], owner: production }
  cell: { purdue: 1, cidrs: [10.0.1.0/24], parent: hall, owner: production }
  safety:
    purdue: 1
    cidrs: [10.0.2.0/24]
    parent: hall
    owner: production
    safety: true
    allow: [{ fc: [3], range: 0-9 }]
  dmz: { purdue: 3.5, cidrs: [10.0.10.0/24], owner: it }
assets:
  plc: { zone: cell, address: 10.0.1.12, modbus: { units: [1, 2] }, tags: [press] }
  sis: { zone: safety, address: 10.0.2.10, modbus: { units: [1] } }
  hmi: { zone: hall, address: 10.0.0.10 }
vendors: { acme: { name: Acme }, other: { name: Other } }
people:
  ann: { name: Ann, roles: [approver@cell], subject: ann }
  bob: { name: Bob, roles: [approver@hall], subject: bob }
  vic: { name: Vic, company: acme, roles: [vendor], subject: vic }
conduits:
  - { id: hall-cell, from: hall, to: cell, via: direct, why: runs it, allow: [{ ops: [read] }, { fc: [6, 16], range: 100-109 }] }
  - { id: hall-safety, from: hall, to: safety, via: direct, why: sees it, allow: [{ ops: [read] }] }
  - { id: dmz-cell, from: dmz, to: cell, via: gate, why: maintenance, allow: [{ ops: [read] }, { fc: [6, 16, 23], range: 100-119 }, { fc: [43] }] }
access:
  - id: acme-press
    vendor: acme
    to: { tags: [press] }
    why: maintains the press
    may_request:
      - { fc: [3], range: 0-199, units: [1] }
      - { fc: [6, 16], range: 100-109, units: [1], value: { min: 10, max: 1500 } }
      - { fc: [43], units: [1] }
    approve: { quorum: 2, from: [approver@cell] }
    limits: { max: 4h, idle: 10m, read_grace: 10m }
tests:
  - { as: vendor:acme, grant: acme-press, on: plc, deny: [program] }
`;

/** The small plant with one text replaced, which must occur exactly once. */
export function edited(find: string, replace: string): string {
  if (SMALL_PLANT.split(find).length !== 2) throw new Error(`\`${find}\` does not occur once`);
  return SMALL_PLANT.replace(find, () => replace);
}
