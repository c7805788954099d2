/**
 * The join that only the broker can make: what sensors saw change on the wire against what the gate
 * emitted. Every change must be explained by an emission with the same tuple, transaction id and
 * content, or by the policy naming its client a local operator; and every emission must have been seen
 * where a sensor listens. Called every second or so; repeating it is harmless.
 */
import { type Explanation, explain, MATCH_WINDOW } from '#broker/access/explain.ts';
import { type Emission, joinKey, type ReportedOperation } from '#broker/model/operation.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import type { JudgedEmission } from '#broker/store/store.ts';
import { contains, parseIp, parsePrefix } from '#policies/address.ts';
import { createEvaluator, type Evaluator } from '#policies/evaluate.ts';
import type { Plant } from '#policies/plant.ts';
import { isoMicros, type Micros, micros } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';
import { all } from './pages.ts';
import { dedupKeyOf, noteOnAlert, raiseAlert } from './raise-alert.ts';
import { neverSeen, type Raised, unexplained } from './unexplained.ts';

/**
 * µs that an operation waits for an explanation. The gate makes an intent durable before it emits, so
 * the explanation stands before the packet does; this only covers clocks that differ a little.
 */
export const EXPLAINED_WITHIN = 3_000_000;
/** µs after which an emission should have come back through a sensor and its uplink. */
export const SEEN_WITHIN = 30_000_000;
/** µs that a covering sensor may be silent before nobody can say whether it saw an emission. */
export const SILENT_FOR = 600_000_000;
/** Of each side, in one sweep; the rest comes in the next. */
const MAX_JOINED = 500;

export interface Joined {
  readonly emitted: number;
  readonly local: number;
  readonly unexplained: number;
  readonly neverSeen: number;
}

/** Without a plant policy nobody can be told apart, and everything waits. */
export async function joinOperations(context: ActionContext): Promise<Joined> {
  const plant = context.plant();
  if (plant === undefined) return { emitted: 0, local: 0, unexplained: 0, neverSeen: 0 };
  const now = context.clock();
  const seen = await explainOperations(context, plant, now);
  return { ...seen, neverSeen: await missEmissions(context, plant, now) };
}

async function explainOperations(
  context: ActionContext,
  plant: Plant,
  now: Micros,
): Promise<Omit<Joined, 'neverSeen'>> {
  const { history } = context.store;
  const evaluator = createEvaluator(plant);
  const claimed = new Set<string>();
  const raised: Raised[] = [];
  let emitted = 0;
  let local = 0;
  for (const operation of await history.unexplained(MAX_JOINED)) {
    const explanation = await explanationOf(context, operation, evaluator, claimed);
    switch (explanation.kind) {
      case 'emitted':
        claimed.add(explanation.emission.id);
        await claim(context, operation, explanation.emission, now);
        emitted += 1;
        break;
      case 'local-operator':
        await history.settleOperation(operation.id, 'local-operator');
        local += 1;
        break;
      case 'none':
        if (isDue(operation, now)) raised.push(unexplained(plant, operation, explanation));
        break;
      default:
        explanation satisfies never;
    }
  }
  await raiseAll(context, plant, raised, (id) => history.settleOperation(id, 'unexplained'));
  return { emitted, local, unexplained: raised.length };
}

/** A sensor whose clock runs so far ahead that nothing can match gains nothing by it. */
const isDue = ({ exchange }: ReportedOperation, now: Micros): boolean =>
  exchange.at <= now - EXPLAINED_WITHIN || exchange.at > now + MATCH_WINDOW;

async function explanationOf(
  { store }: ActionContext,
  operation: ReportedOperation,
  evaluator: Evaluator,
  claimed: ReadonlySet<string>,
): Promise<Explanation<JudgedEmission>> {
  const { exchange } = operation;
  // The gate emits Modbus over TCP alone, with transaction ids: all else is explained by the policy or not at all.
  const isEmitted = exchange.protocol === 'modbus' && exchange.transport === 'tcp';
  const id = isEmitted ? exchange.modbus.transactionId : undefined;
  if (id === undefined) return explain(operation, [], evaluator);
  const { at, client, server } = exchange;
  const emissions = await store.history.emissionsOf(
    joinKey(client, server, id),
    micros(Math.max(0, at - MATCH_WINDOW)),
    micros(at + MATCH_WINDOW),
  );
  // One emission explains one operation: a frame that is replayed finds it taken.
  const free = emissions.filter(
    ({ id, verdict }) => verdict !== 'seen' && verdict !== 'not-sent' && !claimed.has(id),
  );
  return explain(operation, free, evaluator);
}

/** A sensor that was cut off reports late: what was said about the emission in between is set right. */
async function claim(
  context: ActionContext,
  operation: ReportedOperation,
  emission: JudgedEmission,
  now: Micros,
): Promise<void> {
  const { history } = context.store;
  if (emission.verdict === 'never-seen') {
    const plant = context.plant();
    const { subject } = neverSeen(plant, emission);
    const text = `a sensor reported the emission of ${isoMicros(emission.sentAt)} later: it was on the wire`;
    await noteOnAlert(context, dedupKeyOf(subject), { name: 'emission.seen-late', text }, now);
  }
  await history.settleEmission(emission.id, 'seen');
  await history.settleOperation(operation.id, 'emitted', emission.id);
}

async function missEmissions(context: ActionContext, plant: Plant, now: Micros): Promise<number> {
  const { history, sensors } = context.store;
  if (now < SEEN_WITHIN) return 0;
  // `unseen` wants the first instant that is too young.
  const late = await history.unseen(micros(now - SEEN_WITHIN + 1), MAX_JOINED);
  if (late.length === 0) return 0;
  const enrolled = await all(sensors, {});
  const raised: Raised[] = [];
  for (const emission of late) {
    switch (hearing(plant, enrolled, emission, now)) {
      case 'should-have':
        raised.push(neverSeen(plant, emission));
        break;
      case 'cannot':
        await history.settleEmission(emission.id, 'not-covered');
        break;
      case 'silent':
        break;
    }
  }
  await raiseAll(context, plant, raised, (id) => history.settleEmission(id, 'never-seen'));
  return raised.length;
}

/** Whether an enrolled sensor should have heard `emission`; one that has not spoken since cannot say. */
function hearing(
  plant: Plant,
  sensors: readonly Sensor[],
  emission: Emission,
  now: Micros,
): 'should-have' | 'cannot' | 'silent' {
  const address = plant.assets.get(emission.asset)?.address;
  const covering = sensors.filter(({ covers }) => address !== undefined && isIn(address, covers));
  const spoke = covering.some(({ lastSeen = 0 }) => lastSeen >= emission.sentAt + SEEN_WITHIN);
  if (spoke) return 'should-have';
  return covering.length === 0 || now - emission.sentAt > SILENT_FOR ? 'cannot' : 'silent';
}

/** `covers` are addresses or prefixes. */
function isIn(address: string, covers: readonly string[]): boolean {
  const ip = parseIp(address);
  if (ip === undefined) return false;
  return covers.some((text) => {
    const prefix = parsePrefix(text);
    if (prefix !== undefined) return contains(prefix, ip);
    const one = parseIp(text);
    return one?.family === ip.family && one.value === ip.value;
  });
}

/** One commit for each record, not for each occurrence: a flood of writes stays one alert. */
async function raiseAll(
  context: ActionContext,
  plant: Plant,
  raised: readonly Raised[],
  settle: (id: string) => Promise<void>,
): Promise<void> {
  const byKey = Map.groupBy(raised, ({ subject }) => dedupKeyOf(subject));
  for (const same of byKey.values()) {
    const [first] = same;
    if (first === undefined) continue;
    const occurrences = same.map(({ occurrence }) => occurrence).sort((a, b) => a.at - b.at);
    await raiseAlert(context, plant, first.subject, occurrences);
    for (const { id } of same) await settle(id);
  }
}
