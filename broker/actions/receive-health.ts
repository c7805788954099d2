/** A sensor has spoken, and perhaps said how it is, oldest report first. */
import type { SensorId } from '#broker/model/ids.ts';
import type { Sensor, SensorFact } from '#broker/model/sensor.ts';
import type { Write } from '#broker/store/store.ts';
import type { HealthReport } from '#sensor/model/link.ts';
import { micros, parseIso } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';

/** The next report says it again. */
const MAX_ATTEMPTS = 4;

/** Facts kept of one sensor; the oldest go first. A sensor knows some thirty names. */
const MAX_FACTS = 32;

/** The newest fact of each name, the latest last. */
function merge(
  known: readonly SensorFact[],
  reports: readonly HealthReport[],
): readonly SensorFact[] {
  const byName = new Map(known.map((fact) => [fact.name, fact]));
  for (const { at, facts } of reports) {
    for (const { name, text } of facts) {
      byName.delete(name);
      byName.set(name, { name, text, at: parseIso(at) ?? micros(0) });
    }
  }
  return [...byName.values()].slice(-MAX_FACTS);
}

/** Without an audit leaf: nobody acted, and it comes many times a minute. */
export async function receiveHealth(
  context: ActionContext,
  id: SensorId,
  reports: readonly HealthReport[],
): Promise<void> {
  const report = reports.at(-1);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const sensor = await context.store.sensors.get(id);
    if (sensor === undefined) return;
    const put: Sensor = {
      ...sensor,
      version: sensor.version + 1,
      lastSeen: context.clock(),
      ...(report && { received: report.received, dropped: report.dropped }),
      facts: merge(sensor.facts ?? [], reports),
      ...(report?.bundle !== undefined && { bundle: report.bundle }),
    };
    const write: Write = { noun: 'sensor', expected: sensor.version, put };
    const { kind } = await context.store.commit({ writes: [write], audit: [] });
    if (kind === 'committed') return context.publish(write);
  }
}
