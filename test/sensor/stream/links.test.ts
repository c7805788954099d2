import { describe, expect, test } from 'vitest';
import { micros } from '#sensor/model/time.ts';
import { Links, MAX_LINKS } from '#sensor/stream/links.ts';
import { ACKNOWLEDGED_HOLE_WAIT_MICROS, HOLE_WAIT_MICROS } from '#sensor/stream/patience.ts';
import { feed, fromServer } from '../../support/streams.ts';

const TEN = Buffer.alloc(10, 1);
const SYN = 2;
const SYN_ACK = 18;

/** A connection that has been opened and has carried ten bytes each way. */
function opened() {
  const to = feed();
  to.send({ flags: SYN, sequence: 99 });
  to.send(fromServer({ flags: SYN_ACK, sequence: 499, acknowledgment: 100 }));
  to.send({ sequence: 100, acknowledgment: 500, payload: TEN });
  to.send(fromServer({ sequence: 500, acknowledgment: 110, payload: TEN }));
  return to;
}

const account = ({ reassembler }: ReturnType<typeof feed>) => reassembler.links.accounts()[0];

describe('bytes that never came', () => {
  test('are lost once the other end acknowledged them', () => {
    const to = opened();
    to.send({ sequence: 120, acknowledgment: 510, payload: TEN });
    to.send(fromServer({ sequence: 510, acknowledgment: 130 }));
    const at = to.now() + ACKNOWLEDGED_HOLE_WAIT_MICROS + 1;
    to.send({ ...fromServer({ sequence: 510, acknowledgment: 130 }), at });
    expect(account(to)).toMatchObject({ seenBytes: 30, lostBytes: 10, holes: 1 });
  });

  test('are lost once nobody sent them again', () => {
    const to = opened();
    to.send({ sequence: 120, acknowledgment: 510, payload: TEN });
    to.send({ sequence: 130, at: to.now() + HOLE_WAIT_MICROS + 1, payload: TEN });
    expect(account(to)).toMatchObject({ seenBytes: 40, lostBytes: 10, holes: 1 });
  });

  test('and come after all are not', () => {
    const to = opened();
    to.send({ sequence: 120, payload: TEN });
    to.send({ sequence: 110, payload: TEN });
    to.finish();
    expect(account(to)).toMatchObject({ seenBytes: 40, lostBytes: 0, holes: 0 });
  });

  test('are not known to be lost where the capture ends', () => {
    const to = opened();
    to.send({ sequence: 120, payload: TEN });
    to.finish();
    expect(account(to)).toMatchObject({ lostBytes: 0, holes: 0 });
  });

  test('are not lost where the snaplen cut them', () => {
    const to = opened();
    to.send({ sequence: 110, payload: TEN, snaplen: 60 });
    to.send({ sequence: 120, payload: TEN });
    expect(account(to)).toMatchObject({ seenBytes: 36, lostBytes: 0, holes: 0 });
  });
});

describe('a connection of which', () => {
  test('both directions are seen is one', () => {
    const to = opened();
    to.finish();
    expect(account(to)).toMatchObject({ bothWays: 1, oneWay: 0 });
  });

  test('one end alone is seen is told apart, and nothing of the other is missed', () => {
    const to = feed();
    to.send({ flags: SYN, sequence: 99 });
    for (let i = 0; i < 5; i++) {
      to.send({ sequence: 100 + 10 * i, acknowledgment: 500 + 10 * i, payload: TEN });
    }
    to.finish();
    expect(account(to)).toMatchObject({ bothWays: 0, oneWay: 1, seenBytes: 50, lostBytes: 0 });
  });

  test('it is known after a while, though it goes on', () => {
    const to = opened();
    const { reassembler } = to;
    reassembler.tick(micros(to.now() + 9_000_000), 9);
    expect(account(to)).toMatchObject({ bothWays: 0, oneWay: 0 });
    reassembler.tick(micros(to.now() + 11_000_000), 9);
    expect(account(to)).toMatchObject({ bothWays: 1, oneWay: 0 });
    to.finish();
    expect(account(to)).toMatchObject({ bothWays: 1, oneWay: 0 });
  });
});

test('each VLAN is counted for itself, to a bound', () => {
  const to = feed();
  to.send({ vlan: 10, payload: TEN });
  to.send({ vlan: 20, payload: TEN });
  to.finish();
  expect(to.reassembler.links.accounts()).toMatchObject([
    { interfaceIndex: 0, vlan: 10, seenBytes: 10 },
    { interfaceIndex: 0, vlan: 20, seenBytes: 10 },
  ]);
  const links = new Links();
  const places = Array.from({ length: MAX_LINKS + 5 }, (_, vlan) => links.placeOf(2, vlan - 1));
  expect(new Set(places).size).toBe(MAX_LINKS);
  expect(links.accounts()).toHaveLength(MAX_LINKS);
  expect(links.accounts()[0]).toMatchObject({ interfaceIndex: 2, vlan: -1 });
});
