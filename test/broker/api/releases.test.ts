import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createQuarantine } from '#broker/api/quarantine.ts';
import type { ReleasePageView, ReleaseView } from '#broker/api/views-releases.ts';
import { listen } from '#broker/run/listen.ts';
import { keepTrust } from '#sbom/trust-keeper.ts';
import { contents, manifestOf } from '../../support/firmware/package.ts';
import { PEOPLE, PLANT } from './plant.ts';
import {
  aVendor,
  MAX_BYTES,
  openReleaseSite,
  type ReleaseSite,
  tarOf,
  type Vendor,
} from './release-site.ts';
import { ORIGIN } from './site.ts';

let vendor: Vendor;
let site: ReleaseSite;
beforeAll(() => {
  vendor = aVendor();
});
afterAll(() => vendor.remove());
beforeEach(async () => {
  site = await openReleaseSite(vendor);
});
afterEach(() => site.close());

const viewOf = async (response: Response): Promise<ReleaseView> =>
  (await response.json()) as ReleaseView;
const errorOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { readonly error: { readonly code: string } }).error.code;
const get = async <T>(path: string): Promise<T> => {
  const { requestOf } = await site.as('susi');
  return (await (await requestOf(site.own, 'GET', path)).json()) as T;
};
const releases = () => get<ReleasePageView>('/api/releases');

/** Chunks until nobody wants more; counts those that were asked for. */
function endless(first: Uint8Array): {
  readonly body: ReadableStream;
  readonly sent: () => number;
} {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(sent === 0 ? first : new Uint8Array(1_000));
        sent += 1;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, sent: () => sent };
}

describe('a package that is what it says it is', () => {
  test('is let in, kept byte for byte for the broker alone, and told with its proof', async () => {
    const bytes = site.signed();
    const response = await site.send('susi', bytes, { name: 'press-2.1.0.tar' });
    expect(response.status).toBe(201);
    const release = await viewOf(response);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(release).toMatchObject({
      verdict: 'allow',
      sentence:
        '`PLC-100` `2.1.0` of `acme` is signed by `Acme Release`, whole and current. It may come in.',
      ...{ vendor: 'acme', product: 'PLC-100', version: '2.1.0', uploadedBy: 'susi' },
      ...{ fileName: 'press-2.1.0.tar', size: bytes.length, sha256, codes: [], reasons: [] },
      manifest: { releaseCounter: 21, hardwareIds: ['acme:plc-100:rev-c'], sbom: 'sbom.cdx.json' },
      signer: { kind: 'certificate', format: 'cms', name: '`Acme Release`' },
      sbom: { specVersion: '1.6', components: 1, boundBy: 'root-hash' },
    });
    expect(release.files.map(({ name }) => name)).toEqual(['images/plc-100.bin', 'sbom.cdx.json']);
    expect(site.inQuarantine()).toEqual([`${release.id}.tar`]);
    const path = join(site.quarantineFolder, `${release.id}.tar`);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await get(`/api/releases/${release.id}`)).toEqual(release);
    expect(site.published).toMatchObject([{ noun: 'release', put: { id: release.id } }]);
  });

  test('leaves one leaf that says what, by whom, and why that verdict', async () => {
    const { id, sha256 } = await viewOf(await site.send('susi', site.signed()));
    expect(await site.leaves()).toMatchObject([
      {
        ...{ actor: 'susi', subject: id, outcome: 'allowed' },
        detail: {
          ...{ verdict: 'allow', reasons: [], sha256, vendor: 'acme', version: '2.1.0' },
          signer: { name: '`Acme Release`' },
        },
      },
    ]);
  });
});

type Files = Map<string, Uint8Array>;
const without =
  (name: string) =>
  (files: Files): Buffer => {
    files.delete(name);
    return tarOf(files);
  };

describe('each other package has a verdict of its own', () => {
  test.for<[string, string, string, () => Buffer]>([
    [
      'a file that was changed after it was signed',
      'deny',
      'file-hash-mismatch',
      () => site.signed(contents().set('images/plc-100.bin', Buffer.alloc(2000))),
    ],
    ['no signature', 'deny', 'unsigned', () => without('none')(contents())],
    [
      'another vendor',
      'deny',
      'vendor-unknown',
      () => site.signed(contents({ ...manifestOf(), vendor: 'bolt' })),
    ],
    [
      'no SBOM',
      'hold',
      'sbom-missing',
      () => {
        const { sbom: _, ...manifest } = manifestOf();
        const files = contents(manifest);
        files.delete('sbom.cdx.json');
        return site.signed(files);
      },
    ],
    ['no manifest', 'deny', 'manifest-missing', () => without('manifest.json')(contents())],
    ['no tar', 'deny', 'package-unreadable', () => Buffer.from('PK\u0003\u0004'.repeat(500))],
    ['a tar that is cut', 'deny', 'package-malformed', () => site.signed().subarray(0, 3_000)],
  ])('%s: %s, %s', async ([, verdict, code, make]) => {
    const response = await site.send('susi', make());
    expect(response.status).toBe(201);
    const release = await viewOf(response);
    expect(release.verdict).toBe(verdict);
    expect(release.codes).toContain(code);
    // What is denied does not stay.
    expect(site.inQuarantine()).toEqual(verdict === 'hold' ? [`${release.id}.tar`] : []);
    expect(await site.leaves()).toMatchObject([
      { subject: release.id, outcome: 'allowed', detail: { verdict } },
    ]);
  });

  test('and nothing that a denied package says of itself counts as proven', async () => {
    const files = contents().set('images/plc-100.bin', Buffer.alloc(2000));
    const release = await viewOf(await site.send('susi', site.signed(files)));
    expect(release).toMatchObject({ product: 'PLC-100' });
    expect(release.sentence).toContain('It says that it is `PLC-100`');
    for (const proven of ['signer', 'sbom', 'manifestSha256']) {
      expect(release).not.toHaveProperty(proven);
    }
  });

  test('the list is filtered by verdict and by words', async () => {
    const { id } = await viewOf(await site.send('susi', site.signed()));
    await site.send('susi', Buffer.alloc(600, 1), { name: 'holiday.zip' });
    const found = async (query: string) =>
      (await get<ReleasePageView>(`/api/releases?${query}`)).items.map((row) => row.id);
    expect(await found('')).toHaveLength(2);
    expect(await found('verdict=allow')).toEqual([id]);
    expect(await found('text=ACME%20plc')).toEqual([id]);
    expect(await found('text=holiday')).not.toContain(id);
    // The first sixteen words are looked for: a search costs the store as much as it has words.
    expect(await found(`text=${'plc%20'.repeat(15)}nothing`)).toEqual([]);
    expect(await found(`text=${'plc%20'.repeat(16)}nothing`)).toEqual([id]);
    expect((await releases()).maxBytes).toBe(MAX_BYTES);
  });
});

describe('an upload that does not end as it should', () => {
  test('larger than it may be: cut while it streams, and nothing is left', async () => {
    const { body, sent } = endless(site.signed());
    const release = await viewOf(await site.send('susi', body));
    expect(release).toMatchObject({ verdict: 'deny', codes: ['package-too-large'] });
    expect(release.sha256).toBeUndefined();
    expect(sent()).toBeLessThan(MAX_BYTES / 1_000 + 3);
    expect(site.inQuarantine()).toEqual([]);
  });

  test('no tar from its first block on: the rest is read and thrown away, so that its sender hears why', async () => {
    let sent = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          controller.enqueue(Buffer.alloc(1_000, 1));
          sent += 1;
          if (sent === 50) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const { codes, size } = await viewOf(await site.send('susi', body));
    expect({ codes, size, sent }).toEqual({ codes: ['package-unreadable'], size: 1_000, sent: 50 });
  });

  test('declared larger than it may be: not read at all', async () => {
    const { body, sent } = endless(site.signed());
    const headers = { 'content-length': String(MAX_BYTES + 1) };
    const release = await viewOf(await site.send('susi', body, { headers }));
    expect(release).toMatchObject({ codes: ['package-too-large'], size: 0 });
    expect(sent()).toBe(0);
  });

  test('broken off: no file, no release, and a leaf that says so', async () => {
    const bytes = site.signed();
    let sent = false;
    const body = new ReadableStream({
      pull(controller) {
        if (sent) controller.error(new Error('connection lost'));
        else controller.enqueue(bytes.subarray(0, 2_000));
        sent = true;
      },
    });
    const response = await site.send('susi', body);
    expect(await errorOf(response)).toBe('broken-off');
    expect(site.inQuarantine()).toEqual([]);
    expect((await releases()).items).toEqual([]);
    expect(await site.leaves()).toMatchObject([
      { outcome: 'failed', detail: { because: 'the upload broke off', size: 2_000 } },
    ]);
    // Who went away is no fault of the broker.
    expect(site.faults).toEqual([]);
  });

  test('the verifier fails: no verdict, no file, and a leaf that says so', async () => {
    const sboms = {
      check: () => Promise.reject(new Error('the thread is gone')),
      close: () => Promise.resolve(),
    };
    const response = await site.send('susi', site.signed(), { app: site.appWith({ sboms }) });
    expect([response.status, await errorOf(response)]).toEqual([500, 'fault']);
    expect(site.inQuarantine()).toEqual([]);
    expect((await releases()).items).toEqual([]);
    expect(await site.leaves()).toMatchObject([{ outcome: 'failed' }]);
    expect(site.faults).toEqual(['release']);
  });

  test('a role that is lost meanwhile is asked for again at the end', async () => {
    const bytes = site.signed();
    const people = new Map(PEOPLE.map((each) => [each.id, each]));
    people.delete('susi');
    const body = new ReadableStream(
      {
        pull(controller) {
          site.plant = { ...PLANT, people };
          controller.enqueue(bytes);
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    expect((await site.send('susi', body)).status).toBe(403);
    expect(site.inQuarantine()).toEqual([]);
    expect(await site.leaves()).toMatchObject([{ actor: 'susi', outcome: 'denied' }]);
  });
});

describe('an upload that is not taken', () => {
  test.for(['anna', 'sam', 'audra', 'ada'])('%s has not the role', async (person) => {
    const { body, sent } = endless(site.signed());
    expect((await site.send(person, body)).status).toBe(403);
    expect(sent()).toBe(0);
    expect(await site.leaves()).toMatchObject([{ actor: person, outcome: 'denied' }]);
  });

  test('from a page of another site, or as what a form can send', async () => {
    const bytes = site.signed();
    const foreign = { headers: { origin: 'http://evil.localhost:8080' } };
    expect((await site.send('susi', bytes, foreign)).status).toBe(403);
    const form = { headers: { 'content-type': 'text/plain' } };
    expect((await site.send('susi', bytes, form)).status).toBe(415);
    expect(site.inQuarantine()).toEqual([]);
  });

  test('where no trust folder is named, a sentence says so, and the list says it too', async () => {
    const susi = await site.as('susi');
    const response = await site.send('susi', site.signed(), { app: site.app() });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('`firmware.trust`');
    const list = await susi.requestOf(site.app(), 'GET', '/api/releases');
    expect(await list.json()).toEqual({ items: [] });
  });

  test('where the trust folder cannot be used, and nothing is kept; the log says why', async () => {
    const { body, sent } = endless(site.signed());
    const app = site.appWith({ trustNow: keepTrust(join(site.trustFolder, 'nowhere')) });
    const response = await site.send('susi', body, { app });
    expect([response.status, await errorOf(response)]).toEqual([503, 'trust']);
    expect([site.faults, site.inQuarantine(), await site.leaves()]).toEqual([['trust'], [], []]);
    // It is read, so that its sender hears the answer, up to what a package may have.
    expect(sent()).toBeLessThan(MAX_BYTES / 1_000 + 3);
  });

  test('where there is no room', async () => {
    const bounds = { total: 100, reserve: 0 };
    const quarantine = createQuarantine(site.quarantineFolder, site.context.store, () => 0, bounds);
    const app = site.appWith({ quarantine });
    expect((await site.send('susi', site.signed(), { app })).status).toBe(507);
  });

  test('a second of the same person, until the first is done', async () => {
    const bytes = site.signed();
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = new ReadableStream({
      async pull(controller) {
        await promise;
        controller.enqueue(bytes);
        controller.close();
      },
    });
    const first = site.send('susi', body);
    await vi.waitUntil(() => site.inQuarantine().length === 1, { timeout: 10_000 });
    const second = await site.send('susi', bytes);
    expect([second.status, await errorOf(second)]).toEqual([429, 'busy']);
    resolve();
    expect((await first).status).toBe(201);
    expect((await site.send('susi', bytes)).status).toBe(201);
  });
});

test('room that an admin makes is found, and a release says that its package is gone', async () => {
  const first = await viewOf(await site.send('susi', site.signed()));
  const [name = ''] = site.inQuarantine();
  const bounds = { total: MAX_BYTES + 1, reserve: 0 };
  let now = 0;
  const { store } = site.context;
  const app = site.appWith({
    quarantine: createQuarantine(site.quarantineFolder, store, () => now, bounds),
  });
  const send = () => site.send('susi', site.signed(), { app });
  expect((await send()).status).toBe(507);
  rmSync(join(site.quarantineFolder, name));
  // A folder that is full is looked at every ten seconds: whoever goes on asking costs little.
  now = 9_999_999;
  expect((await send()).status).toBe(507);
  now = 10_000_000;
  const second = await viewOf(await send());
  const susi = await site.as('susi');
  const keptOf = async (id: string) =>
    ((await (await susi.requestOf(app, 'GET', `/api/releases/${id}`)).json()) as ReleaseView).kept;
  expect([first.kept, await keptOf(first.id), await keptOf(second.id)]).toEqual([
    true,
    false,
    true,
  ]);
});

test('what a crash left without a release is removed at the start', async () => {
  writeFileSync(join(site.quarantineFolder, 'rel_0123456789abcdef.tar'), 'half');
  await createQuarantine(site.quarantineFolder, site.context.store, () => 0).open();
  expect(site.inQuarantine()).toEqual([]);
});

test('what a crash left without a release is removed before the first package comes', async () => {
  writeFileSync(join(site.quarantineFolder, 'rel_0123456789abcdef.tar'), 'half');
  const { id } = await viewOf(await site.send('susi', site.signed()));
  expect(site.inQuarantine()).toEqual([`${id}.tar`]);
});

test('a name with what nobody sees in it is shown with that', async () => {
  const name = 'press\u202egnp.tar';
  const { fileName } = await viewOf(await site.send('susi', site.signed(), { name }));
  expect(fileName).toBe('press\\u{202e}gnp.tar');
});

describe('over a socket', () => {
  const open = async () => {
    const listener = await listen('web', { host: '127.0.0.1', port: 0 }, () => site.own, {
      isUpload: () => true,
    });
    const { cookie } = await site.as('susi');
    const headers = {
      ...{ cookie, host: 'localhost:8080', origin: ORIGIN },
      'content-type': 'application/x-tar',
    };
    const send = (length: number) =>
      request({
        ...{ host: '127.0.0.1', port: listener.address.port, method: 'POST' },
        path: '/api/releases?name=a.tar',
        headers: { ...headers, 'content-length': length },
      });
    return { listener, send };
  };

  test('a client that goes away half-way leaves no file', async () => {
    const { listener, send } = await open();
    const bytes = site.signed();
    const sending = send(bytes.length);
    sending.on('error', () => {});
    sending.write(bytes.subarray(0, 2_000));
    await vi.waitUntil(() => site.inQuarantine().length === 1, { timeout: 10_000 });
    sending.destroy();
    await vi.waitUntil(async () => (await site.leaves()).length === 1, { timeout: 10_000 });
    expect(await site.leaves()).toMatchObject([{ outcome: 'failed' }]);
    await vi.waitUntil(() => site.inQuarantine().length === 0, { timeout: 10_000 });
    await listener.close();
  });

  test('who sends something else hears why after all of it is sent, as browsers do', async () => {
    const { listener, send } = await open();
    const sending = send(MAX_BYTES);
    sending.end(Buffer.alloc(MAX_BYTES, 1));
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
    sending.once('response', resolve);
    const answer = await promise;
    expect(answer.statusCode).toBe(201);
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    expect(JSON.parse(text)).toMatchObject({ verdict: 'deny', codes: ['package-unreadable'] });
    await listener.close();
  });
});
