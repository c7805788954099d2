import { expect, test } from 'vitest';
import {
  createLive,
  type LiveClient,
  MAX_CLIENTS_PER_PERSON,
  MAX_QUEUE,
} from '#broker/api/live.ts';
import type { AlertRowView, LiveEvent } from '#broker/api/views.ts';
import type { Person } from '#policies/plant.ts';
import { openSite } from './site.ts';

const REQUEST: LiveEvent = { event: 'request', data: { id: 'req_1', state: 'pending' } };
const client = (more: Partial<LiveClient> = {}): LiveClient => ({
  person: 'anna',
  stands: () => true,
  sees: () => true,
  ...more,
});

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += Buffer.from(chunk).toString();
  return text;
}

test('an event reaches those who may see it and nobody else', async () => {
  const live = createLive();
  const acme = live.subscribe(
    client({ person: 'vera', sees: (_, { vendor }) => vendor === 'acme' }),
  );
  const other = live.subscribe(
    client({ person: 'x', sees: (_, { vendor }) => vendor === 'other' }),
  );
  if (acme === undefined || other === undefined) throw new Error('no stream');
  live.publish(REQUEST, { vendor: 'acme' });
  live.close();
  expect(await textOf(acme)).toContain(
    'event: request\ndata: {"id":"req_1","state":"pending"}\n\n',
  );
  expect(await textOf(other)).not.toContain('req_1');
});

test('a line break in a text cannot begin another event', async () => {
  const live = createLive();
  const stream = live.subscribe(client());
  if (stream === undefined) throw new Error('no stream');
  const data = { id: 'x\n\nevent: alert\ndata: {}', state: 'pending' } as const;
  live.publish({ event: 'request', data }, {});
  live.close();
  const events = (await textOf(stream)).split('\n').filter((line) => line.startsWith('event:'));
  expect(events).toEqual(['event: request']);
});

test('a client that does not read is cut, and holds back nobody', async () => {
  const live = createLive();
  const slow = live.subscribe(client());
  const quick = live.subscribe(client({ person: 'otto' }));
  if (slow === undefined || quick === undefined) throw new Error('no stream');
  const reader = quick.getReader();
  let read = 0;
  for (let i = 0; i < MAX_QUEUE * 2; i += 1) {
    live.publish(REQUEST, {});
    await reader.read();
    read += 1;
  }
  expect(read).toBe(MAX_QUEUE * 2);
  // What was queued is still delivered, then the stream ends without anybody closing it.
  const events = (await textOf(slow)).match(/event: request/g) ?? [];
  expect(events.length).toBeLessThanOrEqual(MAX_QUEUE);
});

test('who signed out or lost their place is cut at the next heartbeat', async () => {
  const live = createLive();
  let here = true;
  const stream = live.subscribe(client({ stands: () => here }));
  if (stream === undefined) throw new Error('no stream');
  live.beat();
  here = false;
  live.beat();
  live.publish(REQUEST, {});
  const text = await textOf(stream);
  expect(text.match(/: beat/g)).toHaveLength(1);
  expect(text).not.toContain('req_1');
});

test('a stream ends with the sign-out of its browser, and not that of another', async () => {
  const site = await openSite();
  const anna = await site.as('anna');
  const gone = (await anna.get('/api/live')).body;
  const elsewhere = (await (await site.as('anna')).get('/api/live')).body;
  if (gone === null || elsewhere === null) throw new Error('no stream');
  expect((await anna.post('/api/sign-out')).status).toBe(204);
  // Ended by nothing but the sign-out: no heartbeat, no end of the broker.
  expect(await textOf(gone)).toBe('retry: 2000\n\n');
  site.api.live.publish({ event: 'alert', data: { id: 'later' } as AlertRowView }, {});
  site.api.live.close();
  expect(await textOf(elsewhere)).toContain('"id":"later"');
  await site.close();
});

test('a stream ends when the same browser signs in anew', async () => {
  const site = await openSite();
  const anna = await site.as('anna');
  const stream = (await anna.get('/api/live')).body;
  if (stream === null) throw new Error('no stream');
  const answer = await anna.post('/api/sign-in/demo', { person: 'otto' });
  expect(answer.status).toBeLessThan(300);
  expect(await textOf(stream)).toBe('retry: 2000\n\n');
  await site.close();
});

test('one person has a bounded number of streams, and a closed one makes room', async () => {
  const live = createLive();
  const streams = Array.from({ length: MAX_CLIENTS_PER_PERSON }, () => live.subscribe(client()));
  expect(live.subscribe(client())).toBeUndefined();
  expect(live.subscribe(client({ person: 'otto' }))).toBeDefined();
  await streams[0]?.cancel();
  expect(live.subscribe(client())).toBeDefined();
  live.close();
});

test('each event is asked for by the roles of that moment', async () => {
  const site = await openSite();
  const anna = await site.as('anna');
  const answer = await anna.get('/api/live');
  if (answer.body === null || site.plant === undefined) throw new Error('no stream');
  const publish = (id: string): void =>
    site.api.live.publish({ event: 'alert', data: { id } as AlertRowView }, {});
  const { people } = site.plant;
  const as = (change: Partial<Person>): void => {
    const person = people.get('anna');
    if (person === undefined || site.plant === undefined) throw new Error('no anna');
    const changed = new Map([...people, ['anna', { ...person, ...change }]]);
    site.plant = { ...site.plant, people: changed };
  };
  publish('while-analyst');
  as({ roles: [{ role: 'supply-chain' }] });
  publish('without-the-role');
  as({});
  publish('analyst-again');
  as({ subject: 'another' });
  publish('as-another-person');
  site.api.live.close();
  const seen = (await textOf(answer.body)).match(/"id":"[a-z-]+"/g);
  expect(seen).toEqual(['"id":"while-analyst"', '"id":"analyst-again"']);
  await site.close();
});
