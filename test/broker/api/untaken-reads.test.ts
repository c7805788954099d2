import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createReleaseDoor, type ReleaseDoor } from '#broker/api/release-door.ts';
import { keepTrust } from '#sbom/trust-keeper.ts';
import {
  aVendor,
  MAX_BYTES,
  openReleaseSite,
  type ReleaseSite,
  type Vendor,
} from './release-site.ts';

/** What is not taken is read to its end for the sake of a browser; these are the bounds of that. */

let vendor: Vendor;
let site: ReleaseSite;
let door: ReleaseDoor;
const held: Held[] = [];
beforeAll(() => {
  vendor = aVendor();
});
afterAll(() => vendor.remove());
beforeEach(async () => {
  site = await openReleaseSite(vendor);
  // The validator is the vendor's: it outlives the door.
  const sboms = { ...site.door.sboms, close: async () => undefined };
  // It takes nothing.
  door = createReleaseDoor({
    ...site.door,
    sboms,
    trustNow: keepTrust(join(site.trustFolder, 'nowhere')),
  });
});
afterEach(async () => {
  for (const one of held.splice(0)) one.finish();
  await site.close();
});

type Fate = 'reading' | 'read' | 'cancelled';

interface Held {
  readonly fate: () => Fate | undefined;
  /** Sends its last byte. */
  readonly finish: () => void;
  /** The status of the answer, once there is one. */
  readonly status: Promise<number>;
}

/** Somebody who sends nothing before `finish`. */
function send(actor: string, declared?: number): Held {
  let fate: Fate | undefined;
  const isDone = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        fate = 'reading';
        await isDone.promise;
        if (fate !== 'reading') return;
        fate = 'read';
        controller.close();
      },
      cancel() {
        fate = 'cancelled';
      },
    },
    { highWaterMark: 0 },
  );
  const answer = door.receive({ actor, fileName: 'a.tar', body, declared }, () => ({}));
  const one = {
    fate: () => fate,
    finish: isDone.resolve,
    status: answer.then((response) => (response instanceof Response ? response.status : 0)),
  };
  held.push(one);
  return one;
}

const fates = (all: readonly Held[]): readonly (Fate | undefined)[] =>
  all.map(({ fate }) => fate());

/** One after another: the next sends once this one was begun or given up. */
async function sendEach(actors: readonly string[], declared?: number): Promise<readonly Held[]> {
  const all: Held[] = [];
  for (const actor of actors) {
    const one = send(actor, declared);
    while (one.fate() === undefined) await setImmediate();
    all.push(one);
  }
  return all;
}

const times = <T>(count: number, value: T): readonly T[] =>
  Array.from({ length: count }, () => value);

test('of one person one is read at once, and the others are answered without', async () => {
  const all = await sendEach(times(10, 'susi'));
  expect(fates(all)).toEqual(['reading', ...times(9, 'cancelled')]);
  const [first, ...others] = all;
  expect(await Promise.all(others.map(({ status }) => status))).toEqual(times(9, 503));
  first?.finish();
  expect(await first?.status).toBe(503);
  expect(fates(await sendEach(['susi']))).toEqual(['reading']);
});

test('of all persons four are read at once', async () => {
  const all = await sendEach(['p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
  expect(fates(all)).toEqual([...times(4, 'reading'), ...times(2, 'cancelled')]);
  all[0]?.finish();
  expect(await all[0]?.status).toBe(503);
  expect(fates(await sendEach(['p7', 'p8']))).toEqual(['reading', 'cancelled']);
});

test.for([
  [MAX_BYTES, 'reading'],
  [MAX_BYTES + 1, 'cancelled'],
] as const)('of a package that says that it has %d bytes: %s', async ([declared, fate]) => {
  expect(fates(await sendEach(['susi'], declared))).toEqual([fate]);
});

test('a door that closes waits for nobody who is still sending', async () => {
  const all = await sendEach(['susi', 'otto']);
  await door.close();
  expect(await Promise.all(all.map(({ status }) => status))).toEqual([503, 503]);
  expect(fates(all)).toEqual(['cancelled', 'cancelled']);
});
