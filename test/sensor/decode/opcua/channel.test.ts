import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { listening } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');

/** Ciphertext of any content: bytes that mean nothing. */
const cipher = (length: number, seed: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 131 + seed * 57 + (i >> 3) + 91) & 0xff));

/** A message with a signature of `signature` bytes. */
const signed = (request: number, content: Buffer, signature: number): Buffer =>
  ua.message({ sequence: 50 + request, request }, Buffer.concat([content, cipher(signature, 3)]));

const opened = (policy: string): Connection =>
  listening({ everything: true })
    .send(0, ua.openRequest({ policy, certificate: Buffer.from('no certificate') }))
    .send(1, ua.openResponse({ policy, certificate: Buffer.from('another') }));

const WRITE = ua.writeRequest(TOKEN, 'ns=2;s=SetPoint', ua.double(80.5));

/** Its fields do not fit it, so that no message like it proves anything. */
const MONITOR = ua.body(751, ua.requestHeader(TOKEN), ua.u32(1), ua.u32(0), ua.u32(0), ua.u8(0));

describe('a channel that is signed', () => {
  test.each([
    ['Basic256', 20],
    ['Aes256_Sha256_RsaPss', 32],
    ['ECC_nistP256', 32],
    ['ECC_brainpoolP256r1', 32],
    ['ECC_nistP384', 48],
    ['ECC_brainpoolP384r1', 48],
    ['ECC_curve25519', 16],
    ['ECC_curve448', 16],
    ['a policy of next year', 48],
  ])('of policy %s is read in front of its signature', (policy, signature) => {
    const connection = opened(policy)
      .send(0, signed(2, WRITE, signature))
      .send(1, signed(2, ua.writeResponse(0), signature));
    expect(connection.opcua.at(-1)).toMatchObject({
      opcua: { security: { policy, mode: 'Sign', encrypted: false } },
      operations: [{ kind: 'write' }],
      facts: [],
    });
  });

  test.each([
    ['None', false],
    ['Basic256Sha256', true],
    ['ECC_nistP384', undefined],
  ])('of policy %s has openings that are encrypted: %s', (policy, encrypted) => {
    expect(opened(policy).opcua[0]?.opcua.security?.encrypted).toBe(encrypted);
  });

  test('whose opening was not seen is read in front of a signature of 48 bytes, too', () => {
    const connection = listening({ fromStart: false })
      .send(0, signed(2, WRITE, 48))
      .send(1, signed(2, ua.writeResponse(0), 48));
    expect(connection.opcua.at(-1)?.operations).toMatchObject([{ kind: 'write' }]);
  });

  test('is not said to be encrypted where service and header of a message can be read', () => {
    const connection = opened('Basic256Sha256');
    for (let i = 2; i < 6; i++) connection.send(0, signed(i, MONITOR, 32));
    expect(connection.opcua.slice(1).map(({ opcua }) => opcua.security)).toEqual(
      Array.from({ length: 4 }, () => ({ policy: 'Basic256Sha256' })),
    );
  });
});

describe('an encrypted channel', () => {
  test('stays encrypted after a message that was forged to be read', () => {
    const connection = opened('Basic256Sha256');
    const encrypted = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const side = i % 2 === 0 ? 0 : 1;
        connection.send(side, ua.message({ sequence: 1, request: 1 }, cipher(160, i)));
      }
    };
    encrypted(4);
    connection.send(0, signed(2, ua.closeSessionRequest(TOKEN), 32));
    encrypted(12);
    connection.end();
    const after = connection.opcua.filter(({ opcua }) => opcua.service === undefined).slice(-12);
    for (const { opcua, facts } of after) {
      expect(opcua.security).toEqual({
        policy: 'Basic256Sha256',
        mode: 'SignAndEncrypt',
        inferred: true,
        encrypted: true,
      });
      expect(facts).toEqual([]);
    }
    expect(after).toHaveLength(12);
    expect(connection.opcua.filter(({ opcua }) => opcua.service?.id === 0)).toEqual([]);
  });

  test('whose opening was not seen is not taken for an open one because of one message', () => {
    const connection = listening({ fromStart: false })
      .send(0, ua.message({ sequence: 50, request: 2 }, ua.closeSessionRequest(TOKEN)))
      .send(0, ua.message({ sequence: 51, request: 3 }, cipher(160, 1)));
    const [last] = connection.opcua.slice(-1);
    expect(last?.opcua).toEqual({
      messageType: 'MSG',
      channelId: 1,
      tokenId: 1,
      security: {},
      chunkCount: 1,
      messageSize: 184,
    });
    expect(last?.facts).toEqual([]);
  });

  test('that was thought so and is signed is read again with the next whole message', () => {
    const connection = opened('Basic256Sha256')
      .send(0, signed(2, ua.readRequest(TOKEN, ['i=84']), 32))
      .send(0, signed(3, Buffer.from('this is no message at all, and not ciphertext'), 32))
      .send(0, signed(9, WRITE, 32))
      .send(1, signed(9, ua.writeResponse(0), 32));
    expect(connection.opcua.at(-1)).toMatchObject({
      opcua: { security: { mode: 'Sign', encrypted: false } },
      operations: [{ kind: 'write' }],
      facts: [],
    });
  });
});
