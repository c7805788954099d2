/** `lockkeeper sensor read FILE...`: decode and detect from captures. */
import { PacketRing } from '#sensor/capture/ring.ts';
import { openInventory } from '#sensor/inventory/open.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { refusalOf } from '#sensor/model/complaint.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { AssetBook } from '#sensor/output/assets.ts';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { ExchangeLines } from '#sensor/output/exchange-lines.ts';
import { LineWriter } from '#sensor/output/lines.ts';
import { linkFacts } from '#sensor/output/links.ts';
import { statsDocument } from '#sensor/output/stats.ts';
import { summaryText } from '#sensor/output/summary.ts';
import { Survey } from '#sensor/output/survey.ts';
import { createPipeline, type Pipeline, unreadPackets } from '#sensor/pipeline.ts';
import { type Judgement, prepareJudgement } from './judgement.ts';
import { OUTPUTS, type Output, parseReadOptions, READ_USAGE, type ReadOptions } from './options.ts';
import { type Reading, readFiles } from './reading.ts';
import { type WireOutputs, wireOutputs } from './wire-outputs.ts';

/** What a reading needs of the process around it. */
export interface ReadIo {
  readonly write: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly ansi: boolean;
  /** CPU time and largest memory of the process so far. */
  readonly cost: () => { readonly cpuSeconds: number; readonly rssMib: number };
  /** Random number for the flow table. */
  readonly seed: number;
  /** Folder of the rules that come with the product. */
  readonly ownRules: string;
}

type Writers = ReadonlyMap<Output, LineWriter>;

/** Exit code: 0 = read; 2 = usage, a file that is no capture, or one that cannot be written. */
export function readCommand(args: readonly string[], io: ReadIo): number {
  if (args.includes('--help') || args.includes('-h')) {
    io.write(READ_USAGE);
    return 0;
  }
  const options = parseReadOptions(args);
  if (typeof options === 'string') {
    io.complain(`lockkeeper sensor read: ${options}\n\n${READ_USAGE}`);
    return 2;
  }
  const ring = options.evidence === undefined ? undefined : new PacketRing();
  let outputs: WireOutputs | undefined;
  const judgement = prepareJudgement(options, {
    ownRules: io.ownRules,
    ring,
    found: (alertId, event) => outputs?.found(alertId, event),
  });
  if (Array.isArray(judgement)) {
    io.complain(`${judgement.join('\n')}\n`);
    return 2;
  }
  const writers = openOutputs(options.outputs);
  if (typeof writers === 'string') {
    io.complain(`${writers}\n`);
    return 2;
  }
  outputs = wireOutputs(writers.get('eve'), options.zeek);
  return read(options, judgement, { writers, wire: outputs, ring, io });
}

/** All outputs open, or why one cannot be written. */
function openOutputs(outputs: ReadOptions['outputs']): Writers | string {
  const writers = new Map<Output, LineWriter>();
  for (const name of OUTPUTS) {
    const path = outputs.get(name);
    if (path === undefined) continue;
    try {
      writers.set(name, new LineWriter(path));
    } catch (error) {
      return `--${name} \`${path}\` cannot be written: ${refusalOf(error)}`;
    }
  }
  return writers;
}

interface Surroundings {
  readonly writers: Writers;
  readonly wire: WireOutputs | undefined;
  readonly ring: PacketRing | undefined;
  readonly io: ReadIo;
}

function read(
  { files, outputs }: ReadOptions,
  judgement: Judgement,
  { writers, wire, ring, io }: Surroundings,
): number {
  const tellsPeople = ![...outputs.values()].includes('-');
  const survey = new Survey(tellsPeople ? 'everything' : 'faults');
  const { inventory, asked } = openInventory(io.seed);
  const assets = new AssetBook(asked);
  const lines = writers.get('exchanges');
  const exchanges = lines && new ExchangeLines(lines, new EcsWriter());
  const pipeline = createPipeline({
    detect: judgement.observe,
    event: (event) => {
      survey.event(event);
      assets.event(event);
      if (event.kind === 'exchange') exchanges?.write(event);
      wire?.event(event);
    },
    routine: (reads) => {
      survey.routine(reads);
      assets.routine(reads);
    },
    servers: judgement.servers,
    ...(ring && { shield: ring }),
    inventory,
    ...(wire && { flows: wire.flows, wire: wire.wire }),
    everything: exchanges !== undefined || wire !== undefined,
    seed: io.seed,
  });
  const reading = readFiles(files, (packet) => {
    ring?.add(packet);
    judgement.frame(packet.number);
    pipeline.packet(packet);
  });
  pipeline.finish(reading.to);
  const alerts = judgement.close();
  for (const alert of alerts) {
    writers.get('alerts')?.json(alert);
    wire?.alert(alert);
  }
  wire?.close();
  // Nobody reads them otherwise, and they take room for all at once.
  const known = tellsPeople || writers.has('assets') ? [...assets.documents()] : [];
  for (const document of known) writers.get('assets')?.json(document);
  const outcome = { reading, pipeline, survey, assets: known, alerts, cost: io.cost() };
  writers.get('stats')?.json(statsOf(outcome));
  for (const writer of writers.values()) writer.close();
  const anyRead = reading.files.some(({ refused }) => refused === undefined);
  if (anyRead && tellsPeople) io.write(summaryOf(outcome, io.ansi));
  return complaints(reading, io);
}

interface Outcome {
  readonly reading: Reading;
  readonly pipeline: Pipeline;
  readonly survey: Survey;
  readonly assets: readonly AssetReport[];
  readonly alerts: readonly Alert[];
  readonly cost: ReturnType<ReadIo['cost']>;
}

function statsOf({ reading, pipeline, survey, alerts, cost }: Outcome) {
  const decode = [...pipeline.counters.decode];
  const faults = new Map([...survey.facts].map(([name, { count }]) => [name, count]));
  for (const { faults: found } of reading.files) {
    for (const { name } of found) faults.set(name, (faults.get(name) ?? 0) + 1);
  }
  const links = pipeline.counters.links.accounts();
  for (const { name } of linkFacts(links)) faults.set(name, (faults.get(name) ?? 0) + 1);
  return statsDocument({
    packets: reading.packets,
    duplicates: pipeline.counters.wire.duplicates,
    bytes: reading.bytes,
    exchanges: decode.reduce((sum, [, counts]) => sum + counts.exchanges, 0),
    requests: new Map(decode.map(([protocol, counts]) => [protocol, counts.requests])),
    alerts: alerts.length,
    faults,
    links,
    tunnels: pipeline.counters.wire.tunnels,
    unread: unreadOf(pipeline),
    ...cost,
  });
}

/** What was not understood, by reason: packets, and what happened to TCP streams. */
function unreadOf({ counters }: Pipeline): ReadonlyMap<string, number> {
  const { gaps, gapBytes, evicted, pendingLimit } = counters.stream;
  return new Map<string, number>([
    ...unreadPackets(counters),
    ['tcp-gaps', gaps],
    ['tcp-gap-bytes', gapBytes],
    ['tcp-connections-given-up', evicted],
    ['tcp-waits-given-up', pendingLimit],
  ]);
}

function summaryOf({ reading, pipeline, survey, assets, alerts }: Outcome, ansi: boolean): string {
  const { gaps, gapBytes } = pipeline.counters.stream;
  const damage = reading.files.flatMap(({ file, faults }) =>
    faults.map(({ text }) => `${file}: ${text}`),
  );
  const links = linkFacts(pipeline.counters.links.accounts()).map(({ text }) => text);
  const lost = gaps === 0 ? [] : [`${gapBytes} bytes missing from TCP streams, in ${gaps} places`];
  return summaryText({
    ...reading,
    files: reading.files.filter(({ refused }) => refused === undefined).map(({ file }) => file),
    survey,
    assets,
    exchanges: [...pipeline.counters.decode.values()].reduce((sum, c) => sum + c.exchanges, 0),
    alerts,
    unread: unreadPackets(pipeline.counters),
    warnings: [...lost, ...links, ...damage],
    ansi,
  });
}

/** Says what is damaged and which files were no captures, and gives the exit code: damage alone is 0. */
function complaints({ files }: Reading, io: ReadIo): number {
  for (const { file, faults, faultCount } of files) {
    for (const { text } of faults) io.complain(`warning: \`${file}\`: ${text}\n`);
    const more = faultCount - faults.length;
    if (more > 0) io.complain(`warning: \`${file}\`: and ${more} more such places\n`);
  }
  const refused = files.filter((file) => file.refused !== undefined);
  for (const { file, refused: why } of refused) io.complain(`\`${file}\` ${why}\n`);
  return refused.length > 0 ? 2 : 0;
}
