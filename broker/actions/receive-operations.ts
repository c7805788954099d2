/** Takes what sensors saw change on the wire, at least once; `join-operations.ts` asks why. */
import type { AuditEvent } from '#broker/model/audit.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { ReportedOperation } from '#broker/model/operation.ts';
import { changesSomething } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';
import type { Received } from './receive-alerts.ts';

/**
 * µs that an operation may lie back: a sensor that was cut off for a month still reports. It also bounds
 * how many months of history a sensor can make the store open.
 */
export const MAX_AGE = 35 * 24 * 3600 * 1_000_000;
/** µs that it may lie ahead: a clock that was set to local time is wrong by 14 h at most, and is still heard. */
export const MAX_AHEAD = 24 * 3600 * 1_000_000;
/**
 * Operations of one sensor that wait for an explanation: twenty sweeps of the join. What explains itself
 * leaves at once, so only a flood, or a site without a policy, comes here.
 */
export const MAX_WAITING = 10_000;

/**
 * Of items of `sensor` alone. What changes something is asked for a reason, and what nobody knows the
 * effect of; a read that a sensor sends along is not kept. What lies outside any time that can be asked about is told in a leaf and not
 * asked for again; what comes on top of `MAX_WAITING` is not accepted, so that the sensor sends it again.
 */
export async function receiveOperations(
  context: ActionContext,
  sensor: SensorId,
  items: readonly ReportedOperation[],
): Promise<Received> {
  const changing = items.filter(
    ({ exchange: { operations } }) => operations.length === 0 || changesSomething(operations),
  );
  if (changing.length === 0) return acceptedBut(items, []);
  const { store } = context;
  const now = context.clock();
  const timely = changing.filter(
    ({ exchange: { at } }) => at >= now - MAX_AGE && at <= now + MAX_AHEAD,
  );
  const first = changing.find((item) => !timely.includes(item));
  if (first !== undefined) {
    const untimely = changing.length - timely.length;
    await tell(context, sensor, now, { untimely, first: first.id });
  }
  const room = Math.max(0, MAX_WAITING - (await store.history.countUnexplained(sensor)));
  // Under the sensor's name, so that none takes the id of what another is about to report.
  const taken = timely.slice(0, room).map((item) => ({ ...item, id: `${sensor}|${item.id}` }));
  if (taken.length > 0) await store.history.appendOperations(taken, now);
  // Told when it is reached, and not with each try after that.
  if (room > 0 && timely.length >= room) await tell(context, sensor, now, { waiting: MAX_WAITING });
  return acceptedBut(items, timely.slice(room));
}

function acceptedBut(
  items: readonly ReportedOperation[],
  left: readonly ReportedOperation[],
): Received {
  const ids = new Set(left.map(({ id }) => id));
  return { accepted: items.map(({ id }) => id).filter((id) => !ids.has(id)) };
}

async function tell(
  context: ActionContext,
  sensor: SensorId,
  at: Micros,
  detail: AuditEvent['detail'],
): Promise<void> {
  const leaf: AuditEvent = {
    at,
    actor: `sensor:${sensor}`,
    action: 'receive-items',
    subject: sensor,
    outcome: 'failed',
    detail,
  };
  await context.store.commit({ writes: [], audit: [leaf] });
}
