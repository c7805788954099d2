/** The policy of a plant larger than most: so many zones, assets and conduits. */
export interface PlantSize {
  readonly zones: number;
  readonly assets: number;
  readonly conduits: number;
}

/** At most 65,000 zones, and 240 assets in each. */
export function largePlant({ zones, assets, conduits }: PlantSize): string {
  const prefix = (zone: number): string => `10.${zone >> 8}.${zone & 255}`;
  const all = (count: number, line: (n: number) => string): readonly string[] =>
    Array.from({ length: count }, (_, n) => line(n));
  return [
    'version: 1',
    'site: { name: Large works, time_zone: Europe/Berlin }',
    'gates: [10.255.0.1]',
    'zones:',
    ...all(zones, (n) => `  z${n}: { purdue: 1, cidrs: [${prefix(n)}.0/24], owner: production }`),
    '  dmz: { purdue: 3.5, cidrs: [10.255.0.0/24], owner: it }',
    'assets:',
    ...all(assets, (n) => {
      const zone = n % zones;
      const address = `${prefix(zone)}.${10 + Math.floor(n / zones)}`;
      return `  a${n}: { zone: z${zone}, address: ${address}, modbus: { units: [1] } }`;
    }),
    'vendors: { acme: { name: Acme } }',
    'people:',
    '  ann: { name: Ann, roles: [approver@z0, security], subject: ann }',
    '  vic: { name: Vic, company: acme, roles: [vendor], subject: vic }',
    'conduits:',
    '  - { id: gate, from: dmz, to: z0, via: gate, why: maintenance, allow: [{ ops: [read] }, { fc: [6, 16], range: 100-119 }] }',
    ...all(conduits - 1, (n) => {
      const allow = '[{ fc: [3], range: 0-99 }, { fc: [6, 16], range: 100-109 }]';
      return `  - { id: c${n}, from: a${n}, to: z${(n * 7) % zones}, via: direct, why: runs it, allow: ${allow} }`;
    }),
    'access:',
    '  - id: acme-a0',
    '    vendor: acme',
    '    to: [a0]',
    '    why: maintains it',
    '    may_request: [{ fc: [3], range: 0-199 }, { fc: [6, 16], range: 100-109, value: { min: 0, max: 1500 } }]',
    '    approve: { quorum: 1, from: [approver@z0] }',
    '    limits: { max: 4h }',
    'tests:',
    '  - { as: any, on: a1, deny: [program] }',
    '',
  ].join('\n');
}
