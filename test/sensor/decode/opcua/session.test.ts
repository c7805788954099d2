import { describe, expect, test } from 'vitest';
import * as ua from '../../../support/opcua.ts';
import { Session } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');

test('a token that is cut off is not that of an anonymous user', () => {
  const whole = ua.activateSessionRequest(TOKEN, ua.userName('joe', 'secret'));
  const cut = whole.subarray(0, whole.indexOf(ua.u8(1, 0, 0x44, 1)));
  for (const asked of [cut, whole.subarray(0, cut.length + 4)]) {
    const { connection } = new Session()
      .say(0, 2, asked)
      .say(1, 2, ua.activateSessionResponse())
      .say(0, 3, ua.writeRequest(TOKEN, 'i=84', ua.double(1)))
      .say(1, 3, ua.writeResponse(0));
    const [activated, written] = connection.opcua.slice(-2);
    expect(activated?.facts.map(({ name }) => name)).toEqual(['opcua.truncated']);
    expect(activated?.opcua.identity).toBeUndefined();
    expect(written?.opcua.identity).toBeUndefined();
  }
});

describe('a session is the same', () => {
  /** Its authentication token as the server gave it, and as the client may encode it later. */
  const sessionOf = (given: Buffer, later: Buffer) => {
    const created = ua.createSessionResponse(TOKEN);
    const from = created.indexOf(Buffer.concat([ua.u8(5, 0, 0, 5, 0, 0, 0), TOKEN]));
    const response = [created.subarray(0, from), given, created.subarray(from + 7 + TOKEN.length)];
    const asked = ua.writeRequest(TOKEN, 'i=84', ua.double(1));
    const request = [asked.subarray(0, 4), later, asked.subarray(4 + 7 + TOKEN.length)];
    const { connection } = new Session()
      .say(0, 2, ua.createSessionRequest({ name: 'panel' }))
      .say(1, 2, Buffer.concat(response))
      .say(0, 3, Buffer.concat(request))
      .say(1, 3, ua.writeResponse(0));
    const last = connection.opcua.at(-1);
    expect(last?.opcua.service?.name).toBe('Write');
    return last?.opcua.session?.name;
  };
  const two = ua.u8(0, 99);
  const four = ua.u8(1, 0, 99, 0);
  const seven = ua.u8(2, 0, 0, 99, 0, 0, 0);
  const text = (kind: number, value: string) => Buffer.concat([ua.u8(kind, 1, 0), ua.text(value)]);
  const long = (end: string) => `${'x'.repeat(600)}${end}`;

  test.each([
    ['two bytes, then four', two, four],
    ['two bytes, then seven', two, seven],
    ['seven bytes, then four', seven, four],
    ['a text', text(3, 'token'), text(3, 'token')],
  ])('whose token is encoded in %s', (_name, given, later) => {
    expect(sessionOf(given, later)).toBe('panel');
  });

  test.each([
    ['namespace', four, ua.u8(1, 1, 99, 0)],
    ['kind', text(3, 'token'), text(5, 'token')],
    ['end, beyond what is shown of a text', text(3, long('a')), text(3, long('b'))],
    ['unclean text', text(3, '\u0001'), text(3, '\u0002')],
  ])('only if the token has no other %s', (_name, given, later) => {
    expect(sessionOf(given, later)).toBeUndefined();
  });
});

test('a session that is activated on another channel goes on there under its name, as its new user', () => {
  const old = new Session();
  old
    .say(0, 2, ua.createSessionRequest({ name: 'panel', uri: 'urn:panel' }))
    .say(1, 2, ua.createSessionResponse(TOKEN))
    .say(0, 3, ua.activateSessionRequest(TOKEN, ua.userName('joe', 'secret')))
    .say(1, 3, ua.activateSessionResponse());
  old.connection.end('finished');
  const { connection } = old;
  const moved = new Session({ ports: [40_001, 4840], beside: connection });
  moved
    .say(0, 2, ua.activateSessionRequest(TOKEN, ua.userName('ann', 'secret')))
    .say(1, 2, ua.activateSessionResponse());
  for (const request of [3, 4, 5]) {
    moved
      .say(0, request, ua.writeRequest(TOKEN, 'i=84', ua.double(request)))
      .say(1, request, ua.writeResponse(0));
  }
  const writes = connection.opcua.filter(({ opcua }) => opcua.service?.name === 'Write');
  expect(
    writes.map(({ client, opcua: { session, identity } }) => [client.port, session, identity]),
  ).toEqual(
    [3, 4, 5].map(() => [
      40_001,
      { name: 'panel', applicationUri: 'urn:panel' },
      { type: 'user-name', user: 'ann' },
    ]),
  );
  expect(connection.events.flatMap(({ facts }) => facts)).toEqual([]);
});

test('no token at all is that of an anonymous user', () => {
  const { connection } = new Session()
    .say(0, 2, ua.activateSessionRequest(TOKEN, ua.u8(0, 0, 0)))
    .say(1, 2, ua.activateSessionResponse());
  expect(connection.opcua.at(-1)?.opcua.identity).toEqual({ type: 'anonymous' });
});
