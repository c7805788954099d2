/** `policy simulate`: what the policy would have said to traffic that was recorded. */
import { isoMicros } from '#sensor/model/time.ts';
import type { Plant } from '../plant.ts';
import { type Outcome, type Simulated, Simulation, type Verdict } from '../simulate.ts';
import { readCaptures } from './recording.ts';
import {
  amount,
  NO,
  OK,
  optionsOf,
  placeOf,
  print,
  readPlant,
  UsageError,
  type Verb,
} from './verb.ts';

export const simulateVerb: Verb = {
  usage: 'FILE --from CAPTURE [--from CAPTURE]... [--json]',
  does: 'what it would have said to recorded traffic: denied, let pass, and lines that nothing used',
  more: [
    '--from    pcap or pcapng, also .gz; several are read as one capture. `-` is standard input',
    'ends with 1 where something would have been denied',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      from: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    });
    const [file, ...rest] = positionals;
    const { from = [], json = false } = values;
    if (from.length === 0 || rest.length > 0) {
      throw new UsageError('simulate needs one FILE and a recording: --from CAPTURE');
    }
    const plant = readPlant(file, json);
    if (plant === undefined) return NO;
    const simulated = simulate(plant, from);
    print(json, documentOf(plant, simulated), describe(plant, simulated));
    return simulated.outcomes.some(({ verdict }) => verdict === 'denied') ? NO : OK;
  },
};

function simulate(plant: Plant, captures: readonly string[]): Simulated {
  const simulation = new Simulation(plant);
  readCaptures(captures, plant, (exchange) => {
    // A request that nobody saw asks for nothing that could be judged.
    if (exchange.frames.request.length === 0) return;
    const { at, client, server, operations } = exchange;
    const to = { ip: server.ip, port: server.port };
    for (const operation of operations) {
      simulation.observe({ at, from: client.ip, to, operation });
    }
  });
  return simulation.report();
}

const documentOf = (plant: Plant, { outcomes, ...rest }: Simulated) => ({
  version: plant.version,
  ...rest,
  outcomes: outcomes.map(({ firstAt, lastAt, ...each }) => ({
    ...each,
    first_at: isoMicros(firstAt),
    last_at: isoMicros(lastAt),
  })),
});

const TITLES: Readonly<Record<Verdict, string>> = {
  denied: 'Would be denied',
  undecided: 'Cannot be told: nobody has asked these servers for their namespaces',
  allowed: 'Would pass',
};

function describe(plant: Plant, simulated: Simulated): readonly string[] {
  const { operations, outcomes, untold, unused, outside } = simulated;
  const name = namesOf(plant);
  const sections = (['denied', 'undecided', 'allowed'] as const).flatMap((verdict) => {
    const own = outcomes.filter((each) => each.verdict === verdict);
    return own.length === 0
      ? []
      : [TITLES[verdict], ...own.flatMap((each) => linesOf(each, name)), ''];
  });
  const count = (verdict: Verdict): number =>
    outcomes.filter((each) => each.verdict === verdict).reduce((sum, each) => sum + each.count, 0);
  return [
    ...sections,
    ...(unused.length === 0
      ? []
      : [
          'Nothing passed by these lines',
          ...unused.map(({ at, conduit, text }) => `  ${placeOf(at)} conduit ${conduit}: ${text}`),
          '',
        ]),
    ...(outside.length === 0 ? [] : [`In no zone: ${outside.join(', ')}`, '']),
    [
      `${amount(operations, 'operation')}: ${count('denied')} denied`,
      `${count('allowed')} let pass`,
      `${count('undecided')} undecided`,
      ...(untold === 0 ? [] : [`${untold} not told apart`]),
    ].join(', '),
  ];
}

/** `  hmi-1 -> plc-12 port 502: read, 120 times, by control-room-cell-1 (plant.yaml:151:9)` */
function linesOf(outcome: Outcome, name: (ip: string) => string): readonly string[] {
  const { verdict, from, to, port, kind, count, rule, at, example, because, firstAt } = outcome;
  const by = at === undefined ? rule : `${rule} (${placeOf(at)})`;
  const head = `  ${name(from)} -> ${name(to)} port ${port}: ${kind}, ${amount(count, 'time')}, by ${by}`;
  if (verdict === 'allowed') return [head];
  return [head, `      ${isoMicros(firstAt)} ${example}`, `      ${because}`];
}

const namesOf = ({ assets }: Plant) => {
  const names = new Map([...assets.values()].map(({ address, id }) => [address, id]));
  return (ip: string): string => names.get(ip) ?? ip;
};
