import { describe, expect, test } from 'vitest';
import { BinaryReader, MAX_DEPTH } from '#sensor/decode/opcua/binary.ts';
import { Budget, type Datum, MAX_DATA, type Structure } from '#sensor/decode/opcua/datum.ts';
import { isMessage, readMessage } from '#sensor/decode/opcua/read-message.ts';
import { codecNamed } from '#sensor/decode/opcua/schema/catalogue.ts';
import { hex } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { array, u8, u32 } from '../../../support/opcua.ts';

const TOKEN = Buffer.from('an authentication token');
const SECRET = Buffer.from('correct horse battery staple');

/** Everything in it as text, wherever it stands. */
const whole = (datum: Datum): string =>
  JSON.stringify(datum, (_, value: unknown) => {
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Map) return [...value];
    if (typeof value !== 'object' || value === null || !('data' in value)) return value;
    return Array.isArray(value.data) ? Buffer.from(value.data).toString('latin1') : value;
  });

const read = (type: string, bytes: Buffer | string): [Datum, BinaryReader] => {
  const reader = new BinaryReader(typeof bytes === 'string' ? hex(bytes) : bytes);
  return [codecNamed(type).read(reader, new Budget()), reader];
};

function fieldOf(tree: Structure | undefined, ...path: readonly string[]): Datum {
  let datum: Datum = tree;
  for (const name of path) {
    if (typeof datum === 'object' && datum.kind === 'structure') datum = datum.fields.get(name);
    else if (typeof datum === 'object' && datum.kind === 'list')
      datum = datum.members[Number(name)];
    else throw new Error(`no ${name} there`);
  }
  return datum;
}

describe('what must not leave the decoder', () => {
  const password = 'correct horse battery staple';
  const audited = Buffer.concat([u8(0x98), array(ua.string('otto'), ua.string(password))]);
  const events = Buffer.concat([u32(1), u32(7), array(ua.string('ChangePassword'), audited)]);
  const notified = Buffer.concat([
    ...[u32(1), Buffer.alloc(8), u32(1), hex('01009403 01'), ua.byteString(events).subarray(1)],
  ]);
  const history = Buffer.concat([u32(1), array(audited)]);
  const messages: readonly (readonly [string, Buffer])[] = [
    ['a nonce', ua.createSessionRequest({ nonce: SECRET })],
    ['the nonce of a server', ua.createSessionResponse(TOKEN, SECRET)],
    ['the token of a new session', ua.createSessionResponse(SECRET)],
    ['the token of a request', ua.readRequest(SECRET, ['i=85'])],
    ['a password', ua.activateSessionRequest(TOKEN, ua.userName('otto', password))],
    [
      'a password in a token that does not fit',
      ua.activateSessionRequest(
        TOKEN,
        Buffer.concat([hex('01004401 01'), ua.text(`xxxx${password}`)]),
      ),
    ],
    [
      'an identity of a type that nobody knows',
      ua.activateSessionRequest(TOKEN, Buffer.concat([hex('01030f01 01'), ua.text(password)])),
    ],
    [
      'an argument that is a text',
      ua.callRequest(TOKEN, {
        object: 'ns=2;i=1',
        method: 'ns=2;i=2',
        arguments: [ua.string(password)],
      }),
    ],
    [
      'any argument of a method of the specification',
      ua.callRequest(TOKEN, {
        object: 'i=12637',
        method: 'i=13737',
        arguments: [ua.string(password)],
      }),
    ],
    [
      'an argument of a call in the event that tells of it',
      ua.body(835, ua.responseHeader(), notified),
    ],
    [
      'one in an event of the past',
      ua.body(
        ...[667, ua.responseHeader(), u32(1), u32(0), ua.text(undefined)],
        ...[hex('01009502 01'), ua.byteString(history).subarray(1), u32(0)],
      ),
    ],
    ['an output of a method', ua.callResponse([ua.string(password)])],
    [
      'a password in a value that was read',
      ua.readResponse([Buffer.concat([u8(22), ua.userName('otto', password)])]),
    ],
    [
      'one in XML',
      ua.readResponse([Buffer.concat([u8(22), hex('01004301 02'), ua.text(password)])]),
    ],
    [
      'one in a value that does not fit its type',
      ua.readResponse([Buffer.concat([u8(22), hex('01004401 01'), ua.text(`xxxx${password}`)])]),
    ],
  ];

  test.each(messages)('%s is hidden and not in the tree', (_name, bytes) => {
    const { tree, isExact, secrets } = readMessage(bytes);
    expect(isExact).toBe(true);
    expect(isMessage(bytes)).toBe(true);
    expect(whole(tree)).not.toMatch(/correct|horse/);
    const place = bytes.indexOf(SECRET);
    expect(place).toBeGreaterThan(0);
    const hidden = Buffer.alloc(bytes.length);
    for (let i = 0; i < secrets.length; i += 2) hidden.fill(1, secrets[i], secrets[i + 1]);
    const left = hidden.subarray(place, place + SECRET.length).indexOf(0);
    expect(left).toBe(-1);
  });

  test('the name of a user may be seen, and who encrypted the password how', () => {
    const { tree } = readMessage(ua.activateSessionRequest(TOKEN, ua.userName('otto', password)));
    const token = fieldOf(tree, 'userIdentityToken');
    if (typeof token !== 'object' || token.kind !== 'extension') throw new Error('no extension');
    const body = token.body as Structure;
    expect([...body.fields]).toEqual([
      ['policyId', 'username'],
      ['userName', 'otto'],
      ['password', { kind: 'hidden', length: password.length }],
      ['encryptionAlgorithm', undefined],
    ]);
  });
});

describe('an extension object', () => {
  test('of the schema is its structure', () => {
    const [datum, reader] = read(
      'ExtensionObject',
      '010076 03 01 10000000 0000000000000000 0000000000002440'.replace('7603', '7603'),
    );
    expect(reader).toMatchObject({ fault: undefined, left: 0 });
    expect(datum).toMatchObject({
      type: { id: { identifier: 'i=886' } },
      length: 16,
      body: {
        type: 'Range',
        fields: new Map([
          ['low', 0],
          ['high', 10],
        ]),
      },
    });
  });

  test.each([
    ['of another type is bytes', '01022a00 01 02000000 0102', 'bytes'],
    [
      'of a type of the specification that is not in the schema is bytes',
      '0100 4f46 01 02000000 0102',
      'bytes',
    ],
    ['that ends too early is hidden', '01007603 01 02000000 0102', 'hidden'],
    [
      'that goes on behind its type is hidden',
      '01007603 01 11000000 0000000000000000000000000000244000',
      'hidden',
    ],
    ['in XML is hidden', '01007503 02 02000000 3c61', 'hidden'],
  ])('%s', (_name, bytes, kind) => {
    const [datum, reader] = read('ExtensionObject', bytes);
    expect(reader).toMatchObject({ fault: undefined, left: 0 });
    expect(datum).toMatchObject({ body: { kind } });
  });

  test('without a body has none', () => {
    expect(read('ExtensionObject', '0000 00')[0]).toMatchObject({ encoding: 0, body: undefined });
    const [datum] = read('ExtensionObject', '01007603 01 ffffffff');
    expect(datum).toMatchObject({ length: -1, body: undefined });
  });
});

describe('a tree', () => {
  test('keeps no more members than there is room for, and proves the others', () => {
    const many = MAX_DATA * 2;
    const bytes = ua.body(
      781,
      ua.requestHeader(TOKEN),
      u32(7),
      array(...Array.from({ length: many }, (_, i) => u32(i))),
    );
    const { tree, isExact } = readMessage(bytes);
    expect(isExact).toBe(true);
    const ids = fieldOf(tree, 'monitoredItemIds');
    if (typeof ids !== 'object' || ids.kind !== 'list') throw new Error('no list');
    expect(ids.count).toBe(many);
    expect(ids.members.length).toBeLessThan(MAX_DATA);
    expect(ids.members.slice(0, 3)).toEqual([0, 1, 2]);
  });

  test('has no more text than there is room for', () => {
    const long = Array.from({ length: 1000 }, () => ua.text('x'.repeat(400)));
    const bytes = ua.body(
      422,
      ua.requestHeader(undefined),
      ua.text(undefined),
      array(...long),
      u32(0),
    );
    const { tree, isExact } = readMessage(bytes);
    expect(isExact).toBe(true);
    expect(whole(tree).length).toBeLessThan(90_000);
  });

  test('is read at the deepest nesting, and not one below', () => {
    const nested = (levels: number): Buffer =>
      Buffer.concat([
        ...Array.from({ length: levels - 1 }, () => hex('98 01000000')),
        ua.double(1),
      ]);
    expect(read('Variant', nested(MAX_DEPTH))[1].fault).toBeUndefined();
    expect(read('Variant', nested(MAX_DEPTH + 1))[1].fault?.name).toBe('opcua.depth');
  });

  test('of extension objects within each other costs no more than its bytes', () => {
    // LiteralOperand, whose variant is a LiteralOperand, and so on: far beyond what any stack must read.
    let value = ua.double(1);
    for (let i = 0; i < 3000; i++) {
      value = Buffer.concat([u8(22), hex('01005502 01'), u32(value.length), value]);
    }
    const [datum, reader] = read('Variant', value);
    expect(reader).toMatchObject({ fault: undefined, left: 0 });
    expect(JSON.stringify(whole(datum)).length).toBeLessThan(100_000);
  });

  test.each([
    ['more members than bytes', '0c ffffff7f 00'],
    ['a negative number of them', '0c feffffff'],
  ])('with %s is a fault before anything is made', (_name, bytes) => {
    const [, reader] = read('Variant', bytes.replace('0c', '8c'));
    expect(reader.fault?.name).toBe('opcua.count');
  });
});
