import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { shortThumbprint } from '#sensor/model/opcua.ts';
import type { Connection } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { listening } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');
const READ = ua.readRequest(TOKEN, ['i=84']);
const VALUE = ua.readResponse([ua.double(1)]);

/** A channel whose two sides count their own chunks. */
class Channel {
  readonly connection: Connection;
  readonly #options: ua.OpenOptions;
  readonly #sequences: [number, number] = [0, 0];
  #request = 0;

  constructor(options: ua.OpenOptions = {}, more: Parameters<typeof listening>[0] = {}) {
    this.#options = options;
    this.connection = listening(more).send(0, ua.hello()).send(1, ua.acknowledge());
    this.open({ channel: 0 }, { token: 1 });
  }

  open(request: ua.OpenOptions, response: ua.OpenOptions = {}): this {
    const number = { request: ++this.#request };
    const [asked, answered] = [this.#next(0), this.#next(1)];
    this.connection
      .send(0, ua.openRequest({ ...this.#options, ...number, sequence: asked, ...request }))
      .send(1, ua.openResponse({ ...this.#options, ...number, sequence: answered, ...response }));
    return this;
  }

  renew(token: number): this {
    return this.open({ channel: 1 }, { token });
  }

  /** Each side sends a message with its token. */
  read(asked: number, answered: number): this {
    const request = ++this.#request;
    this.connection
      .send(0, ua.message({ sequence: this.#next(0), request, token: asked }, READ))
      .send(1, ua.message({ sequence: this.#next(1), request, token: answered }, VALUE));
    return this;
  }

  #next(side: 0 | 1): number {
    this.#sequences[side]++;
    return this.#sequences[side];
  }
}

describe('a token', () => {
  test.each<[string, Channel, string[]]>([
    ['that was given', new Channel().read(1, 1).read(1, 1), []],
    ['that is the new one after a renewal', new Channel().read(1, 1).renew(2).read(2, 2), []],
    [
      'that the server and then the client still use at first',
      new Channel().read(1, 1).renew(2).read(1, 1).read(2, 1).read(2, 2),
      [],
    ],
    ['that nobody gave', new Channel().read(7, 1), ['opcua.token']],
    [
      'that nobody gave, by both sides',
      new Channel().read(7, 8).read(7, 1),
      ['opcua.token', 'opcua.token'],
    ],
    [
      'that was the old one after the new one was in use',
      new Channel().renew(2).read(2, 2).read(1, 2),
      ['opcua.token'],
    ],
    [
      'that was the one before the old one',
      new Channel().read(1, 1).renew(2).read(2, 2).renew(3).read(1, 3),
      ['opcua.token'],
    ],
    [
      'that was given and never used',
      new Channel().read(1, 1).renew(2).renew(3).read(3, 3).read(3, 3),
      [],
    ],
  ])('%s', (_, { connection }, facts) => {
    expect(connection.facts).toEqual(facts);
  });

  test('is told by its number', () => {
    const { connection } = new Channel().renew(2).read(2, 2).read(1, 2).read(5, 2);
    expect(connection.events.flatMap(({ facts }) => facts.map(({ text }) => text))).toEqual([
      'a message was secured with token 1 again, after token 2 was in use',
      'a message names token 5, which no opening of the channel gave',
    ]);
  });

  test('is no matter behind bytes that were never captured: a renewal may be among them', () => {
    const channel = new Channel().read(1, 1);
    channel.connection.gap(1);
    expect(channel.read(7, 7).connection.facts).toEqual(['stream.gap']);
  });

  test('that comes before the answer to a renewal was captured is believed', () => {
    const { connection } = new Channel();
    connection
      .send(0, ua.openRequest({ channel: 1, sequence: 2, request: 2 }))
      .send(0, ua.message({ sequence: 3, request: 3, token: 2 }, READ))
      .send(1, ua.openResponse({ sequence: 2, request: 2, token: 2 }))
      .send(1, ua.message({ sequence: 3, request: 3, token: 2 }, VALUE));
    expect(connection.facts).toEqual([]);
  });

  test('of a policy that hides what an opening gave is the next new one', () => {
    const sealed = { policy: 'Basic256Sha256' };
    const body = (n: number): Buffer => Buffer.alloc(96, 0x80 | n);
    const say = (connection: Connection, token: number): Connection =>
      connection
        .send(0, ua.message({ sequence: 1, request: 1, token }, body(token)))
        .send(1, ua.message({ sequence: 1, request: 1, token }, body(token)));
    const { connection } = new Channel(sealed, { everything: true });
    say(connection, 41);
    connection.send(0, ua.openRequest({ ...sealed, channel: 1 })).send(1, ua.openResponse(sealed));
    say(say(connection, 41), 42);
    expect(connection.facts).toEqual([]);
    say(connection, 41);
    expect(connection.facts).toEqual(['opcua.token', 'opcua.token']);
    connection.send(0, ua.message({ sequence: 1, request: 1, token: 77 }, body(7)));
    expect(connection.facts).toEqual(['opcua.token', 'opcua.token', 'opcua.token']);
  });

  test('counts for routine messages, too', () => {
    const channel = new Channel();
    for (let i = 0; i < 5; i++) channel.read(1, 1);
    expect(channel.connection.opcua).toHaveLength(4);
    channel.read(9, 1);
    expect(channel.connection.facts).toEqual(['opcua.token']);
    expect(channel.connection.opcua).toHaveLength(5);
  });

  const LIFETIME = 3_600_000_000;
  const facts = (channel: Channel) =>
    channel.connection.opcua.flatMap(({ facts: of }) => of.map(({ text }) => text));

  test.each([
    ['a quarter beyond its lifetime is still used', 1.25, []],
    [
      'later is told once',
      1.26,
      ['token 1 is used 36 s after its lifetime and a quarter of it were over'],
    ],
  ] as const)('that %s', (_, times, expected) => {
    const channel = new Channel({}, { everything: true }).read(1, 1);
    // Six segments come after the answer that gave it, a millisecond each.
    channel.connection.wait(LIFETIME * times - 6000);
    expect(facts(channel.read(1, 1).read(1, 1))).toEqual(expected);
  });

  test('that was renewed is used for as long as the old one, and the new one for its own time', () => {
    const channel = new Channel({}, { everything: true }).read(1, 1);
    channel.connection.wait(LIFETIME);
    channel.renew(2);
    channel.connection.wait(LIFETIME * 0.3);
    expect(facts(channel.read(2, 1))).toEqual([
      expect.stringMatching(/^token 1 is used \d+ s after its lifetime/),
    ]);
    channel.connection.wait(LIFETIME);
    expect(facts(channel.read(2, 2))).toHaveLength(2);
  });

  test('that is over is told of routine traffic, too', () => {
    const channel = new Channel().read(1, 1).read(1, 1).read(1, 1);
    channel.connection.wait(LIFETIME * 2);
    expect(facts(channel.read(1, 1))).toEqual([
      expect.stringMatching(/^token 1 is used \d+ s after its lifetime/),
    ]);
  });
});

describe('a renewal', () => {
  const A = Buffer.from('a certificate');
  const B = Buffer.from('another one');

  const shown = (bytes: Buffer): string =>
    shortThumbprint(createHash('sha1').update(bytes).digest('hex'));

  test('is told as one, with how many there were', () => {
    const { connection } = new Channel().renew(2).renew(3);
    expect(connection.opcua.slice(2).map(({ opcua }) => opcua.channel)).toMatchObject([
      { request: 'issue', renewals: 0 },
      { request: 'renew', renewals: 0 },
      { request: 'renew', renewals: 1 },
    ]);
    expect(connection.facts).toEqual([]);
  });

  test.each<[string, (channel: Channel) => Channel, string]>([
    [
      'with another policy',
      (c) => c.open({ channel: 1, policy: 'Basic256' }, { policy: 'Basic256' }),
      'the channel is renewed with policy Basic256, and was opened with Basic256Sha256',
    ],
    [
      'with another certificate of the client',
      (c) => c.open({ channel: 1, certificate: B }),
      `the channel is renewed with certificate of the client ${shown(B)}, and was opened with ${shown(A)}`,
    ],
    [
      'with another certificate of the server',
      (c) => c.open({ channel: 1 }, { certificate: B }),
      `the channel is renewed with certificate of the server ${shown(B)}, and was opened with ${shown(A)}`,
    ],
    [
      'of another channel',
      (c) => c.open({ channel: 5 }, { channel: 5 }),
      'channel 5 is renewed and 5 answers, on the connection of channel 1',
    ],
    [
      'that is none: a second channel',
      (c) => c.open({ channel: 0 }, { channel: 2 }),
      'another channel is opened on the connection of channel 1',
    ],
  ])('%s is a fact', (_, act, text) => {
    const { connection } = act(new Channel({ policy: 'Basic256Sha256', certificate: A }));
    const facts = connection.events.flatMap((event) => event.facts);
    expect(facts.filter(({ name }) => name === 'opcua.renewal').map((fact) => fact.text)).toEqual([
      text,
    ]);
  });

  test('that the server refuses changes nothing', () => {
    const { connection } = new Channel()
      .open({ channel: 1 }, { token: 9, result: 0x8055_0000 })
      .read(1, 1);
    expect(connection.opcua[3]?.outcome).toBe('failure');
    expect(connection.facts).toEqual([]);
  });
});

test.each([
  ['that it was asked for', Buffer.from('a certificate'), 1],
  ['that nobody asked for', Buffer.from('another one'), 2],
])('a server with a certificate %s', (_, certificate, facts) => {
  const receiver = createHash('sha1').update('a certificate').digest();
  const { connection } = new Channel({ policy: 'Basic256Sha256', receiver, certificate });
  expect(connection.opcua[2]?.opcua.channel?.expects).toBe(receiver.toString('hex'));
  const shown = connection.events.flatMap((event) => event.facts.map(({ text }) => text));
  // Neither end shows an X.509 here.
  expect(shown.filter((text) => !text.endsWith('is no X.509'))).toHaveLength(facts - 1);
});

describe('a channel of a policy of elliptic curves', () => {
  const policy = 'ECC_nistP256';
  const signature = Buffer.alloc(64, 0xc3);
  const more = { policy, signature, mode: 2 };
  const signed = (content: Buffer): Buffer => Buffer.concat([content, Buffer.alloc(32, 0xc5)]);
  const opened = (mode: number, sequence = 0): Connection =>
    listening({ everything: true })
      .send(0, ua.hello())
      .send(1, ua.acknowledge())
      .send(0, ua.openRequest({ ...more, mode, sequence }))
      .send(1, ua.openResponse({ ...more, sequence: 0 }));

  test('has an opening that can be read, and says its mode', () => {
    const connection = opened(2)
      .send(0, ua.message({ sequence: 1, request: 2 }, signed(READ)))
      .send(1, ua.message({ sequence: 1, request: 2 }, signed(VALUE)));
    expect(connection.opcua[2]?.opcua).toMatchObject({
      tokenId: 1,
      requestId: 1,
      security: { policy, mode: 'Sign', encrypted: false },
      channel: { request: 'issue', requestedLifetime: 3_600_000, revisedLifetime: 3_600_000 },
    });
    expect(connection.opcua[2]?.opcua.security).not.toHaveProperty('inferred');
    expect(connection.opcua[3]?.opcua).toMatchObject({
      security: { policy, mode: 'Sign', encrypted: false },
      nodes: [{ value: 1 }],
    });
    expect(connection.facts).toEqual([]);
  });

  test('that says it is encrypted is not tried', () => {
    const connection = opened(3).send(0, ua.message({ sequence: 1, request: 2 }, signed(READ)));
    expect(connection.opcua[3]?.opcua).toMatchObject({
      security: { policy, mode: 'SignAndEncrypt', encrypted: true },
      chunkCount: 1,
    });
    expect(connection.opcua[3]?.opcua).not.toHaveProperty('service');
  });

  test.each([
    ['starts with 0', 0, 1, []],
    ['starts with another number', 1, 2, ['opcua.sequence']],
    ['leaves one out', 0, 2, ['opcua.sequence']],
  ])('%s', (_, first, next, facts) => {
    const connection = opened(2, first)
      .send(0, ua.message({ sequence: next, request: 2 }, signed(READ)))
      .send(1, ua.message({ sequence: 1, request: 2 }, signed(VALUE)));
    expect(connection.facts).toEqual(facts);
  });

  test('starts over with 0, and with nothing else', () => {
    const at = (sequence: number, next: number): string[] =>
      opened(2, 0)
        .send(0, ua.openRequest({ ...more, channel: 1, sequence }))
        .send(1, ua.openResponse({ ...more, sequence: 1, token: 2 }))
        .send(0, ua.message({ sequence: next, request: 2 }, signed(READ)))
        .send(1, ua.message({ sequence: 2, request: 2 }, signed(VALUE))).facts;
    // The renewal itself is out of sequence, by which the number gets near its end.
    expect(at(0xffff_ffff, 0)).toEqual(['opcua.sequence']);
    expect(at(0xffff_ffff, 1)).toEqual(['opcua.sequence', 'opcua.sequence']);
    expect(at(4_294_966_271, 1)).toEqual(['opcua.sequence', 'opcua.sequence']);
  });

  test('that asks for no security has a mode that does not fit', () => {
    expect(opened(1).facts).toEqual(['opcua.mode']);
    const plain = listening()
      .send(0, ua.openRequest({ mode: 2 }))
      .send(1, ua.openResponse());
    expect(plain.facts).toEqual(['opcua.mode']);
    expect(plain.opcua[0]?.opcua.security?.mode).toBe('None');
  });
});
