/** CPU of a large plant policy: from its text to what may be applied, per decision of the gate, and per recorded operation. */
import { compileGrant } from '#policies/compile/table.ts';
import { lint } from '#policies/lint.ts';
import { loadPlant } from '#policies/load.ts';
import { shippedPeople } from '#policies/people.ts';
import type { Plant } from '#policies/plant.ts';
import { Simulation } from '#policies/simulate.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { micros } from '#sensor/model/time.ts';
import { largePlant } from './large-plant.ts';

const SIZE = { zones: 1000, assets: 10_000, conduits: 5000 };
const ROUNDS = 5;
/** Of CPU, s, for loading and lint. */
const LOAD_GOAL = 2;
/** Of the gate's table, in a second of one core. */
const DECISIONS_GOAL = 3_000_000;
const DECISIONS = 6_000_000;
const CEDAR_DECISIONS = 2_000;
const OBSERVED = 2_000_000;
/** Ten million recorded conversation-minutes within half a minute. */
const OBSERVED_GOAL = 10_000_000 / 30;

export interface PolicyBench {
  readonly markdown: string;
  readonly passed: boolean;
}

export function benchPolicy(say: (text: string) => void): PolicyBench {
  const text = largePlant(SIZE);
  const loads = Array.from({ length: ROUNDS }, () => secondsOf(() => check(text)));
  const sorted = loads.toSorted((a, b) => a - b);
  const [load = 0, worst = 0] = [sorted[Math.floor(ROUNDS / 2)], sorted.at(-1)];
  const plant = check(text);
  const decisions = DECISIONS / secondsOf(() => decide(plant));
  const cedar = CEDAR_DECISIONS / secondsOf(() => askCedar(plant));
  const observed = OBSERVED / secondsOf(() => observe(plant));
  say(
    `policy: load and lint ${load.toFixed(2)} s, ${inMillions(decisions)} M decisions/s, ${inMillions(observed)} M recorded operations/s`,
  );
  const rows = [
    row('load and lint, s', load.toFixed(2), `${LOAD_GOAL}`, load < LOAD_GOAL),
    row(
      'decisions of the gate per s, M',
      inMillions(decisions),
      inMillions(DECISIONS_GOAL),
      decisions >= DECISIONS_GOAL,
    ),
    row(
      'recorded operations simulated per s, M',
      inMillions(observed),
      inMillions(OBSERVED_GOAL),
      observed >= OBSERVED_GOAL,
    ),
  ];
  return {
    passed: rows.every(({ reached }) => reached),
    markdown: `## A policy of ${SIZE.zones} zones, ${SIZE.assets} assets and ${SIZE.conduits} conduits

${(text.length / 1e6).toFixed(1)} MB of YAML. CPU of one process; loading is the middle one of ${ROUNDS} rounds (the first, before the code is compiled: ${worst.toFixed(2)} s).

| what | measured | goal | |
| --- | --- | --- | --- |
${rows.map(({ line }) => line).join('\n')}

The gate's table is **${(decisions / cedar).toFixed(0)} times** as fast as Cedar in the same process (${Math.round(cedar)} decisions/s of \`may\`), which is why Cedar decides at human speed and never per PDU.
`,
  };
}

interface Row {
  readonly line: string;
  readonly reached: boolean;
}

const row = (what: string, measured: string, goal: string, reached: boolean): Row => ({
  line: `| ${what} | **${measured}** | ${goal} | ${reached ? 'reached' : 'MISSED'} |`,
  reached,
});

const inMillions = (count: number): string => (count / 1e6).toFixed(2);

function secondsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function check(text: string): Plant {
  const loaded = loadPlant(text, 'large.yaml');
  if (loaded.kind === 'faults') throw new Error(loaded.faults[0].message);
  const errors = lint(loaded.plant).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors[0]?.message);
  return loaded.plant;
}

const operationAt = (kind: 'read' | 'write', address: number): ModbusOperation => ({
  protocol: 'modbus',
  kind,
  functionCode: kind === 'read' ? 3 : 6,
  object: { kind: 'modbus-range', unit: 1, table: 'holding-registers', address, quantity: 1 },
  ...(kind === 'write' && { values: [address] }),
});

/** Reads and writes inside the grant and outside of it, in turn. */
function decide(plant: Plant): void {
  const operations = plant.access.get('acme-a0')?.mayRequest ?? [];
  const { decide: ask } = compileGrant(plant, { entry: 'acme-a0', asset: 'a0', operations });
  const asked = Array.from({ length: 64 }, (_, n) => [
    operationAt(n % 4 === 0 ? 'write' : 'read', 95 + (n % 12)),
  ]);
  let allowed = 0;
  for (let n = 0; n < DECISIONS; n++) {
    const one = asked[n & 63] ?? [];
    if (ask(one[0]?.functionCode ?? 0, one).kind === 'allow') allowed++;
  }
  if (allowed === 0 || allowed === DECISIONS) throw new Error('the table decides nothing');
}

function askCedar(plant: Plant): void {
  const { may } = shippedPeople(() => []);
  const ann = plant.people.get('ann');
  if (ann === undefined) throw new Error('nobody there');
  for (let n = 0; n < CEDAR_DECISIONS; n++) may(ann, 'read-policy', { kind: 'plant' });
}

/** What a plant says: the same questions again and again, from many hosts to many. */
function observe(plant: Plant): void {
  const assets = [...plant.assets.values()].slice(0, 2000);
  const simulation = new Simulation(plant);
  const at = micros(1_795_000_000_000_000);
  const asked = assets.map((asset, n) => {
    const to = { ip: assets[(n * 13) % assets.length]?.address ?? '', port: 502 };
    return { at, from: asset.address, to, operation: operationAt('read', n % 90) };
  });
  for (let n = 0; n < OBSERVED; n++) {
    const one = asked[n % asked.length];
    if (one !== undefined) simulation.observe(one);
  }
}
