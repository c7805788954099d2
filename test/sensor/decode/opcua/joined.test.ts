import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SERVICES } from '#sensor/decode/opcua/services.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import { hex } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { array, double, f64, text, u8, u32 } from '../../../support/opcua.ts';
import { emitHeader, emitMessage } from '../../../support/opcua-emit.ts';
import { Session } from '../../../support/opcua-session.ts';
import { structureOf } from '../../../support/opcua-trees.ts';

const TOKEN = Buffer.from('token');
const NONE = u32(0);
const NOTHING = text(undefined);
const NO_FILTER = u8(0, 0, 0);
const SUBSCRIPTION = u32(9);

/** ns=2;i=5 */
const node = (id: number): Buffer => u8(1, 2, id, 0);

const item = (id: number, handle: number): Buffer =>
  Buffer.concat([
    ...[node(id), u32(13), NOTHING, hex('0000'), NOTHING, u32(2)],
    ...[u32(handle), f64(500), NO_FILTER, u32(10), u8(1)],
  ]);

const created = (number: number, status = 0): Buffer =>
  Buffer.concat([u32(status), u32(number), f64(500), u32(10), NO_FILTER]);

const notification = (...changes: readonly (readonly [number, Buffer])[]): Buffer => {
  const body = Buffer.concat([
    array(...changes.map(([handle, value]) => Buffer.concat([u32(handle), u8(1), value]))),
    NONE,
  ]);
  return Buffer.concat([hex('01002b03 01'), u32(body.length), body]);
};

class Talk {
  readonly session: Session;
  #request = 1;

  constructor(session = new Session({ everything: true })) {
    this.session = session;
  }

  ask(request: readonly [number, ...Buffer[]], response: readonly [number, ...Buffer[]]): this {
    const [asked, ...fields] = request;
    const [answered, ...results] = response;
    this.#request++;
    this.session.say(0, this.#request, ua.body(asked, ua.requestHeader(TOKEN), ...fields));
    this.session.say(1, this.#request, ua.body(answered, ua.responseHeader(), ...results));
    return this;
  }

  watch(...items: readonly (readonly [number, number])[]): this {
    return this.ask(
      [751, SUBSCRIPTION, NONE, array(...items.map(([id, handle]) => item(id, handle)))],
      [754, array(...items.map(([id]) => created(id + 100))), NONE],
    );
  }

  publish(...notifications: readonly Buffer[]): this {
    return this.ask(
      [826, NONE],
      [829, SUBSCRIPTION, NONE, u8(0), u32(1), f64(0), array(...notifications), NONE, NONE],
    );
  }

  get last(): OpcuaExchange {
    const last = this.session.connection.opcua.at(-1);
    if (last === undefined) throw new Error('nothing was heard');
    return last;
  }

  get nodes() {
    return this.last.opcua.nodes?.map(({ nodeId, value }) => [nodeId, value]);
  }
}

describe('a notification', () => {
  test('names its nodes, with their values', () => {
    const talk = new Talk().watch([5, 70], [6, 71]);
    talk.publish(notification([71, double(2.5)], [70, double(1)]));
    expect(talk.last.facts).toEqual([]);
    expect(talk.last.opcua).toMatchObject({
      subscriptionId: 9,
      nodes: [
        { nodeId: 'ns=2;i=6', attribute: 'Value', value: 2.5, type: 'Double', status: 'Good' },
        { nodeId: 'ns=2;i=5', attribute: 'Value', value: 1, type: 'Double', status: 'Good' },
      ],
    });
    expect(talk.last.opcua.nodeCount).toBeUndefined();
  });

  test('that is asked for again names its nodes as well', () => {
    const talk = new Talk().watch([5, 70], [6, 71]);
    talk.ask(
      [832, SUBSCRIPTION, u32(3)],
      [835, u32(3), f64(0), array(notification([71, double(2.5)], [99, double(1)]))],
    );
    expect(talk.last.facts).toEqual([]);
    expect(talk.last.opcua).toMatchObject({
      service: { name: 'Republish' },
      subscriptionId: 9,
      nodes: [{ nodeId: 'ns=2;i=6', attribute: 'Value', value: 2.5 }],
      nodeCount: 2,
      parameters: {
        request: { subscriptionId: 9, retransmitSequenceNumber: 3 },
        response: { notificationMessage: { sequenceNumber: 3 } },
      },
    });
  });

  test('that is asked for again, and not seen asked, names none', () => {
    const talk = new Talk().watch([5, 70]);
    const answer = array(notification([70, double(2.5)]));
    talk.session.say(1, 40, ua.body(835, ua.responseHeader(), u32(3), f64(0), answer));
    talk.session.connection.end();
    expect(talk.last.opcua).toMatchObject({ service: { name: 'Republish' }, nodes: [] });
    expect(talk.last.opcua).not.toHaveProperty('subscriptionId');
  });

  test('names each node, however many items one request makes', () => {
    const items = Array.from({ length: 2500 }, (_, i) => [i % 200, i + 1000] as const);
    const talk = new Talk();
    talk.ask(
      [751, SUBSCRIPTION, NONE, array(...items.map(([id, handle]) => item(id, handle)))],
      [754, array(...items.map((_, i) => created(i + 1))), NONE],
    );
    expect(talk.last.opcua).toMatchObject({ nodeCount: 2500 });
    talk.publish(notification([3499, double(1)], [1000, double(2)]));
    expect(talk.nodes).toEqual([
      ['ns=2;i=99', 1],
      ['ns=2;i=0', 2],
    ]);
  });

  test('of items that nobody saw made is counted', () => {
    const talk = new Talk().watch([5, 70]).publish(notification([70, double(1)], [99, double(2)]));
    expect(talk.last.opcua).toMatchObject({ nodes: [{ nodeId: 'ns=2;i=5' }], nodeCount: 2 });
  });

  test('of an event names the node that it comes from', () => {
    const body = Buffer.concat([array(Buffer.concat([u32(70), array(double(1))]))]);
    const event = Buffer.concat([hex('01009403 01'), u32(body.length), body]);
    const talk = new Talk().watch([5, 70]).publish(event);
    expect(talk.nodes).toEqual([['ns=2;i=5', undefined]]);
  });

  test('that does not fit its type names nothing', () => {
    const broken = Buffer.concat([hex('01002b03 01'), u32(4), u32(7)]);
    const talk = new Talk().watch([5, 70]).publish(broken);
    expect(talk.last.opcua).toMatchObject({ nodes: [] });
  });

  test('is about the node of its item after the client called that otherwise', () => {
    const talk = new Talk().watch([5, 70], [6, 71]);
    const parameters = Buffer.concat([u32(80), f64(500), NO_FILTER, u32(1), u8(1)]);
    const revised = Buffer.concat([u32(0), f64(500), u32(1), NO_FILTER]);
    talk.ask(
      [763, SUBSCRIPTION, NONE, array(Buffer.concat([u32(105), parameters]))],
      [766, array(revised), NONE],
    );
    talk.publish(notification([80, double(1)], [71, double(2)], [70, double(3)]));
    expect(talk.nodes).toEqual([
      ['ns=2;i=5', 1],
      ['ns=2;i=6', 2],
    ]);
  });

  test('is about no node whose item was deleted, refused, or of a subscription that is no more', () => {
    const talk = new Talk().watch([5, 70], [6, 71]);
    talk.ask([781, SUBSCRIPTION, array(u32(105))], [784, array(NONE), NONE]);
    talk.publish(notification([70, double(1)], [71, double(2)]));
    expect(talk.nodes).toEqual([['ns=2;i=6', 2]]);
    talk.ask(
      [751, SUBSCRIPTION, NONE, array(item(7, 72))],
      [754, array(created(0, 0x8034_0000)), NONE],
    );
    talk.publish(notification([72, double(1)]));
    expect(talk.nodes).toEqual([]);
    talk.ask([847, array(SUBSCRIPTION)], [850, array(NONE), NONE]);
    talk.publish(notification([71, double(2)]));
    expect(talk.nodes).toEqual([]);
  });

  test('is about no item of an older subscription with the same number', () => {
    const talk = new Talk().watch([5, 70]);
    talk.ask(
      [787, f64(1000), NONE, NONE, NONE, u8(1, 0)],
      [790, SUBSCRIPTION, f64(1000), NONE, NONE],
    );
    talk.publish(notification([70, double(1)]));
    expect(talk.nodes).toEqual([]);
  });

  test('is about the same nodes after another session took the subscription over', () => {
    const talk = new Talk().watch([5, 70]);
    talk.ask([841, array(SUBSCRIPTION), u8(1)], [844, array(Buffer.concat([u32(0), NONE])), NONE]);
    talk.publish(notification([70, double(4)]));
    expect(talk.nodes).toEqual([['ns=2;i=5', 4]]);
  });
});

describe('a write is told with what it replaces', () => {
  const written = (talk: Talk, id: string, value: Buffer, status = 0) => {
    const session = talk.session;
    session.say(0, 500, ua.writeRequest(TOKEN, id, value)).say(1, 500, ua.writeResponse(status));
    return talk.last.opcua.nodes?.[0];
  };
  const read = (talk: Talk, id: string, value: Buffer): Talk => {
    talk.session.say(0, 400, ua.readRequest(TOKEN, [id])).say(1, 400, ua.readResponse([value]));
    return talk;
  };

  test('as it was read', () => {
    const node = written(read(new Talk(), 'ns=2;i=5', double(80)), 'ns=2;i=5', double(95));
    expect(node).toMatchObject({ value: 95, previous: { value: 80 }, status: 'Good' });
    expect(node?.previous?.at).toMatch(/^1970-01-01T/);
  });

  test('as it was published', () => {
    const talk = new Talk().watch([5, 70]).publish(notification([70, double(81)]));
    expect(written(talk, 'ns=2;i=5', double(95))?.previous?.value).toBe(81);
  });

  test('as it was written before, unless that was refused', () => {
    const talk = read(new Talk(), 'ns=2;i=5', double(80));
    written(talk, 'ns=2;i=5', double(90));
    expect(written(talk, 'ns=2;i=5', double(95), 0x803b_0000)?.previous?.value).toBe(90);
    expect(written(talk, 'ns=2;i=5', double(99))?.previous?.value).toBe(90);
  });

  test('but not where nobody saw it, or not this node', () => {
    const talk = read(new Talk(), 'ns=2;i=5', double(80));
    expect(written(talk, 'ns=2;i=6', double(95))?.previous).toBeUndefined();
  });
});

describe('what a server says of its software', () => {
  const parts = ['urn:product', 'Acme', 'PLC runtime', '3.5.1', '42'].map(text);
  const info = Buffer.concat([...parts, hex('00008192b17adc01')]);
  const held = (id: string, body: Buffer) =>
    Buffer.concat([u8(22), hex(id), u8(1), u32(body.length), body]);
  const status = Buffer.concat([f64(0), f64(0), u32(0), info, u32(0), u8(0)]);
  const whole = {
    productUri: 'urn:product',
    manufacturerName: 'Acme',
    productName: 'PLC runtime',
    softwareVersion: '3.5.1',
    buildNumber: '42',
    buildDate: '2026-01-01T00:00:00.000Z',
  };

  test.each([
    ['in its build info', 'i=2260', held('01005401', info)],
    ['in its status', 'i=2256', held('01006003', status)],
  ])('%s is told', (_name, id, value) => {
    const { session } = new Talk();
    session.say(0, 2, ua.readRequest(TOKEN, [id])).say(1, 2, ua.readResponse([value]));
    const { buildInfo } = session.connection.opcua.at(-1)?.opcua ?? {};
    expect(buildInfo).toEqual(whole);
  });

  test('in a node for each part is put together', () => {
    const { session } = new Talk();
    session
      .say(0, 2, ua.readRequest(TOKEN, ['i=2261', 'i=84', 'i=2264']))
      .say(1, 2, ua.readResponse([ua.string('PLC runtime'), double(1), ua.string('3.5.1')]));
    expect(session.connection.opcua.at(-1)?.opcua.buildInfo).toEqual({
      productName: 'PLC runtime',
      softwareVersion: '3.5.1',
    });
  });

  test('is not what another node holds', () => {
    const { session } = new Talk();
    session
      .say(0, 2, ua.readRequest(TOKEN, ['ns=2;i=2260']))
      .say(1, 2, ua.readResponse([held('01005401', info)]));
    expect(session.connection.opcua.at(-1)?.opcua.buildInfo).toBeUndefined();
  });
});

test('every exchange of a session says whose it is, whatever the service', () => {
  const servers = new Talk();
  servers.session
    .say(0, 2, ua.createSessionRequest({ name: 'panel', uri: 'urn:hmi' }))
    .say(1, 2, ua.createSessionResponse(TOKEN))
    .say(0, 3, ua.activateSessionRequest(TOKEN, ua.userName('otto', 'secret')))
    .say(1, 3, ua.activateSessionResponse());
  const requests = [...SERVICES.values()]
    .map(({ name }) => name)
    .filter((name) => !/Channel|CreateSession|ActivateSession|CloseSession/.test(name));
  const told = requests.map((name, i) => {
    const [tree] = fc.sample(structureOf(`${name}Request`), { numRuns: 1, seed: i });
    if (tree === undefined) throw new Error('no tree');
    const whole = emitMessage(tree);
    const header = emitHeader(tree);
    const type = whole.subarray(0, 4);
    const fields = whole.subarray(4 + header.length);
    servers.session
      .say(0, 10 + i, Buffer.concat([type, ua.requestHeader(TOKEN), fields]))
      .say(1, 10 + i, ua.body(397, ua.responseHeader(0x800b_0000)));
    const { service, session, identity } = servers.last.opcua;
    return [service?.name, session?.name, session?.applicationUri, identity?.user];
  });
  expect(told).toEqual(requests.map((name) => [name, 'panel', 'urn:hmi', 'otto']));
});

test('what was asked in a session is of it, though it is answered after that was closed', () => {
  const { session } = new Talk();
  session
    .say(0, 2, ua.createSessionRequest({ name: 'panel' }))
    .say(1, 2, ua.createSessionResponse(TOKEN))
    .say(0, 3, ua.body(826, ua.requestHeader(TOKEN), NONE))
    .say(0, 4, ua.closeSessionRequest(TOKEN))
    .say(1, 4, ua.body(476, ua.responseHeader()))
    .say(1, 3, ua.body(397, ua.responseHeader(0x8026_0000)));
  const last = session.connection.opcua.at(-1);
  expect(last?.opcua).toMatchObject({ service: { name: 'Publish' }, session: { name: 'panel' } });
});
