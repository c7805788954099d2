/**
 * `lockkeeper sensor run`: the sensor as a service. Put together here, once:
 *
 *     capture -> ring, pipeline -> detection -> gathering -> store -> uplink
 *
 * It listens on no socket and sends nothing into the monitored network. Stopped, it loses nothing:
 * connections end, alerts and counts are committed, and what the broker lacks waits in the outbox.
 */
import { join } from 'node:path';
import type { StartLive } from '#sensor/capture/live.ts';
import { startReplay } from '#sensor/capture/replay.ts';
import { PacketRing } from '#sensor/capture/ring.ts';
import type { RunningCapture } from '#sensor/capture/source.ts';
import { type Evidence, MAX_STREAMS, STREAM_IDLE_MICROS } from '#sensor/detect/alert-book.ts';
import type { RuleSet } from '#sensor/detect/sigma/rule.ts';
import { openInventory } from '#sensor/inventory/open.ts';
import { createDetecting } from '#sensor/judge/detecting.ts';
import { evidenceCutter } from '#sensor/judge/evidence.ts';
import { firstJudging, type PlantLoader, readBundle } from '#sensor/judge/judging.ts';
import { createPlantWatch, type PlantWatch } from '#sensor/judge/plant-watch.ts';
import { readKeptBundle } from '#sensor/link/bundle.ts';
import { readIdentity } from '#sensor/link/identity.ts';
import { startUplink, type Uplink, type UplinkNews } from '#sensor/link/uplink.ts';
import type { Alert } from '#sensor/model/alert.ts';
import type { PacketSink } from '#sensor/model/captured-packet.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { BundlePayload } from '#sensor/model/link.ts';
import { type Clock, micros } from '#sensor/model/time.ts';
import { createPipeline, type Pipeline } from '#sensor/pipeline.ts';
import type { StoredEvidence } from '#sensor/store/sensor-store.ts';
import { StoreThread } from '#sensor/store/store-thread.ts';
import type { CaptureConfig, SensorConfig } from './config.ts';
import { makeDataFolder } from './data-folder.ts';
import { EvidenceBudget } from './evidence-budget.ts';
import { Gathering } from './gathering.ts';
import { Hearing } from './hearing.ts';
import { openLearning } from './learning.ts';
import { Losses } from './losses.ts';
import { practise } from './practise.ts';

/** How often what was found is written; also how long a crash can reach back. */
const FLUSH_MS = 200;
const TICK_MICROS = 1_000_000;
const HEALTH_MICROS = 10_000_000;
/** How long a stop may take to send what waits; the rest is sent after the next start. */
const LAST_WORDS_MS = 3000;

export type RunNews =
  | UplinkNews
  | {
      readonly kind: 'started';
      readonly backend: string;
      readonly note?: string;
      readonly rules: number;
      readonly policy: boolean;
      readonly enrolled: boolean;
    }
  | { readonly kind: 'alert'; readonly id: string; readonly message: string }
  | { readonly kind: 'given-up'; readonly rows: number }
  /** What was found is kept in memory, and written as soon as it can be. */
  | { readonly kind: 'store-failed'; readonly why: string }
  | { readonly kind: 'capture-ended'; readonly why: string }
  | { readonly kind: 'stopped' };

export interface RunParts {
  readonly config: SensorConfig;
  readonly clock: Clock;
  /** Waits; rejects when `signal` is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly random: () => number;
  /** Random number that keeps the flow table unpredictable. */
  readonly seed: number;
  readonly startLive: StartLive;
  readonly loadPlant: PlantLoader;
  readonly news: (news: RunNews) => void;
  /** Asks it to stop. */
  readonly stop: AbortSignal;
}

/** Runs until it is stopped or the capture ends. True iff it ended as it should. Throws `SensorError` where it cannot start. */
export async function runSensor(parts: RunParts): Promise<boolean> {
  const { config, clock } = parts;
  makeDataFolder(config.data);
  const store = await StoreThread.open(join(config.data, 'sensor.db'));
  try {
    const sensor = await assemble(parts, store);
    const counters = new Losses(nameOf(config.capture));
    const ring = sensor.ring;
    const sink: PacketSink = (packet) => {
      ring.add(packet);
      sensor.pipeline.packet(packet);
    };
    practise(sensor.rules);
    const capture = await startCapture(parts, sink, sensor.pipeline);
    parts.news({
      kind: 'started',
      backend: capture.backend,
      ...(capture.note === undefined ? {} : { note: capture.note }),
      rules: sensor.rules.rules.length,
      policy: sensor.watch.known(),
      enrolled: sensor.uplink !== undefined,
    });
    const end = await turn(parts, sensor, capture, counters);
    sensor.pipeline.finish(clock());
    sensor.pipeline.event(counters.health(capture.counters(), clock(), sensor.facts()));
    await sensor.finish();
    await sensor.uplink?.stop(LAST_WORDS_MS);
    parts.news({ kind: 'stopped' });
    return end;
  } finally {
    await store.close();
  }
}

interface Assembled {
  readonly pipeline: Pipeline;
  readonly gathering: Gathering;
  readonly ring: PacketRing;
  readonly watch: PlantWatch;
  readonly uplink: Uplink | undefined;
  readonly rules: RuleSet;
  readonly flush: () => Promise<void>;
  /** As `flush`, for what comes last. */
  readonly finish: () => Promise<void>;
  readonly facts: () => readonly Fact[];
}

async function assemble(parts: RunParts, store: StoreThread): Promise<Assembled> {
  const { config, clock } = parts;
  const identity = readIdentity(config.data);
  const kept = identity && (await readKeptBundle(config.data, identity.bundleKey));
  const watch = createPlantWatch();
  const { rules, plant } = firstJudging(config, kept, parts.loadPlant);
  if (plant !== undefined) watch.use(plant);
  const learning = startLearning(parts, watch);
  const ring = new PacketRing();
  const evidence = keepEvidence(parts, ring, (slice) => gathering.evidence(slice));
  let version = kept?.version;
  const { detection, book } = createDetecting({
    plant: watch.view,
    rules,
    learned: learning.learned,
    phase: learning.phase,
    evidence: evidence.of,
  });
  const { inventory, asked } = openInventory(parts.seed);
  const gathering = new Gathering({
    store,
    inventory: asked,
    clock,
    changedAlerts: (most) => detection.changed(most),
    bundle: () => version,
    givenUp: (rows) => parts.news({ kind: 'given-up', rows }),
    failed: (why) => parts.news({ kind: 'store-failed', why }),
  });
  const since = micros(Math.max(0, clock() - STREAM_IDLE_MICROS));
  book.restore(await store.alertsSince(since, MAX_STREAMS));
  const pipeline = createPipeline({
    detect: (event) => detection.observe(event),
    event: (event) => gathering.event(event),
    routine: (reads) => gathering.routine(reads),
    servers: watch.servers,
    shield: ring,
    inventory,
    everything: false,
    seed: parts.seed,
  });
  const hearing = new Hearing(pipeline.counters);
  const take = (bundle: BundlePayload): string | undefined => {
    const judging = readBundle(bundle, parts.loadPlant);
    if (typeof judging === 'string') return judging;
    watch.use(judging.plant);
    detection.judgeBy(judging.rules);
    version = bundle.version;
    return undefined;
  };
  const { news, wait, random } = parts;
  const link = { folder: config.data, store, bundle: kept, take, news, wait, random };
  const uplink = identity && startUplink({ identity, ...link });
  const written = (news: boolean): void => {
    if (news) uplink?.wake();
    learning.save();
  };
  return {
    pipeline,
    gathering,
    ring,
    watch,
    uplink,
    rules,
    flush: async () => written(await gathering.flush()),
    finish: async () => written(await gathering.finish()),
    facts: () => [...hearing.takeFacts(), ...book.takeFacts(), ...evidence.facts()],
  };
}

const startLearning = ({ config, clock, news }: RunParts, watch: PlantWatch) =>
  openLearning({
    folder: config.data,
    learnFor: config.learnFor,
    now: clock(),
    policyKnown: watch.known,
    failed: (why) => news({ kind: 'store-failed', why }),
  });

/** Tells of each new alert and keeps its packets, as long as the budget allows. */
function keepEvidence(
  { clock, news }: RunParts,
  ring: PacketRing,
  keep: (slice: StoredEvidence) => void,
) {
  const budget = new EvidenceBudget();
  const cut = evidenceCutter({
    ring,
    save: (name, pcapng, sha256) => {
      keep({ alertId: name.replace(/\.pcapng$/, ''), at: clock(), sha256, pcapng });
      return name;
    },
  });
  return {
    of: (alert: Alert): Evidence | undefined => {
      news({ kind: 'alert', id: alert.lockkeeper.alert.id, message: alert.message });
      return budget.allows(clock()) ? cut(alert) : undefined;
    },
    facts: () => budget.takeFacts(),
  };
}

function nameOf(capture: CaptureConfig): string {
  return capture.kind === 'live' ? capture.interface : 'replay';
}

function startCapture(
  { config, clock, wait, startLive }: RunParts,
  sink: PacketSink,
  pipeline: Pipeline,
): Promise<RunningCapture> | RunningCapture {
  const { capture } = config;
  if (capture.kind === 'live') return startLive(capture, sink);
  const { file, loop } = capture;
  return startReplay({ path: file, loop, clock, wait, restart: pipeline.finish }, sink);
}

/** The sensor's heartbeat, until it is stopped or the capture ends; the capture has ended after it. */
async function turn(
  { config, clock, wait, news, stop }: RunParts,
  sensor: Assembled,
  capture: RunningCapture,
  losses: Losses,
): Promise<boolean> {
  const over = new AbortController();
  const ended = capture.ended.then((end) => {
    over.abort();
    return end;
  });
  const signal = AbortSignal.any([stop, over.signal]);
  const due = { tick: 0, health: clock() + HEALTH_MICROS, assets: 0 };
  while (!signal.aborted) {
    const now = clock();
    if (now >= due.tick) {
      sensor.pipeline.tick(now);
      due.tick = now + TICK_MICROS;
    }
    if (now >= due.health) {
      sensor.pipeline.event(losses.health(capture.counters(), now, sensor.facts()));
      due.health = now + HEALTH_MICROS;
    }
    if (now >= due.assets) {
      sensor.gathering.takeAssets();
      due.assets = now + config.inventoryEvery;
    }
    await sensor.flush();
    await wait(FLUSH_MS, signal).catch(() => undefined);
  }
  const end = stop.aborted ? await capture.stop() : await ended;
  if (end.kind === 'failed') news({ kind: 'capture-ended', why: end.text });
  return end.kind !== 'failed';
}
