/** Takes from a sensor whom it heard, at least once: the same again changes nothing. */
import { type AssetId, type AssetRecord, assetIdOf } from '#broker/model/asset.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { Write } from '#broker/store/store.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { joined, sightingOf } from './asset-sighting.ts';
import type { ActionContext } from './context.ts';

/** Two sensors that hear the same addresses overtake each other now and then. */
const MAX_ATTEMPTS = 16;

/** Twice what one sensor remembers (`sensor/output/assets.ts`): who forges addresses fills no disk. */
export const MAX_ADDRESSES = 131_072;

/**
 * All or none; false = overtaken each time, and the sensor sends again. Without an audit leaf: nobody
 * acted. Once `MAX_ADDRESSES` are known, new ones are taken off the wire and told in a leaf.
 */
export async function receiveAssets(
  context: ActionContext,
  sensor: SensorId,
  reports: readonly AssetReport[],
): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { writes, leftOut } = await changesOf(context, sensor, reports);
    if (writes.length === 0 && leftOut.length === 0) return true;
    const told = {
      at: context.clock(),
      actor: `sensor:${sensor}`,
      action: 'receive-items',
      subject: sensor,
      outcome: 'failed',
      detail: { addresses: MAX_ADDRESSES, leftOut: leftOut.length, first: leftOut[0] },
    } as const;
    const audit = leftOut.length === 0 ? [] : [told];
    const committed = await context.store.commit({ writes, audit });
    if (committed.kind === 'conflict') continue;
    for (const write of writes) context.publish(write);
    return true;
  }
  return false;
}

interface Changes {
  readonly writes: readonly Write[];
  /** Addresses that found no room. */
  readonly leftOut: readonly string[];
}

/** One write for each address, however often the batch names it. */
async function changesOf(
  { store, clock }: ActionContext,
  sensor: SensorId,
  reports: readonly AssetReport[],
): Promise<Changes> {
  const now = clock();
  const before = new Map<AssetId, AssetRecord | undefined>();
  const after = new Map<AssetId, AssetRecord>();
  const leftOut: string[] = [];
  let room = reports.length === 0 ? 0 : MAX_ADDRESSES - (await store.assets.count());
  for (const report of reports) {
    const id = assetIdOf(report.ip);
    if (id === undefined) continue;
    if (!before.has(id)) before.set(id, await store.assets.get(id));
    const known = after.get(id) ?? before.get(id);
    if (known === undefined && --room < 0) {
      leftOut.push(report.ip);
      continue;
    }
    const told = sightingOf(sensor, report, now);
    const own = known?.sightings.find((sighting) => sighting.sensor === sensor);
    const others = known?.sightings.filter((sighting) => sighting !== own) ?? [];
    after.set(id, {
      id,
      version: before.get(id)?.version ?? 0,
      address: known?.address ?? report.ip,
      sightings: [...others, own === undefined ? told : joined(own, told)],
    });
  }
  const writes = [...after.values()].flatMap((record): readonly Write[] => {
    const expected = record.version;
    if (saysTheSame(record, before.get(record.id))) return [];
    return [{ noun: 'asset', expected, put: { ...record, version: expected + 1 } }];
  });
  return { writes, leftOut };
}

/** Sightings in whatever order: that of the sensor which spoke last stands last. */
function saysTheSame(one: AssetRecord, other: AssetRecord | undefined): boolean {
  const inOrder = ({ sightings }: AssetRecord): string =>
    JSON.stringify(sightings.toSorted((a, b) => (a.sensor < b.sensor ? -1 : 1)));
  return other !== undefined && inOrder(one) === inOrder(other);
}
