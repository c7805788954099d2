import { describe, expect, test } from 'vitest';
import { micros } from '#sensor/model/time.ts';
import { STRIKES_TO_RESYNCHRONISE } from '#sensor/stream/assembly.ts';
import { HISTORY_LENGTH } from '#sensor/stream/history.ts';
import {
  ACKNOWLEDGED_HOLE_WAIT_MICROS,
  HOLE_WAIT_MICROS,
  SETTLING_MICROS,
  SETTLING_SEGMENTS,
} from '#sensor/stream/patience.ts';
import { MAX_PENDING_SEGMENTS } from '#sensor/stream/pending.ts';
import { IDLE_TIMEOUT_MICROS, MINOR_TIMEOUT_MICROS } from '#sensor/stream/reassembly.ts';
import { type Feed, feed, fromServer, type RecordedConnection } from '../../support/streams.ts';

const CLIENT = 1000;
const SERVER = 5000;
const FIN = 17;
const SYN = 2;
const RST = 4;
const SYN_ACK = 18;

const text = (value: string): Buffer => Buffer.from(value, 'latin1');

/** A connection whose handshake was seen; both streams start at offset 0. */
function opened(options: Parameters<typeof feed>[0] = {}) {
  const to = feed(options);
  to.send({ flags: SYN, sequence: CLIENT });
  to.send(fromServer({ flags: SYN_ACK, sequence: SERVER, acknowledgment: CLIENT + 1 }));
  return {
    ...to,
    client: (at: number, payload: string, more: object = {}) =>
      to.send({ sequence: CLIENT + 1 + at, payload: text(payload), ...more }),
    server: (at: number, payload: string, more: object = {}) =>
      to.send({ ...fromServer({ sequence: SERVER + 1 + at, payload: text(payload) }), ...more }),
  };
}

const only = (to: Feed): RecordedConnection => {
  expect(to.connections).toHaveLength(1);
  return to.connections[0] as RecordedConnection;
};

describe('a connection', () => {
  test('is told from its first payload, with both ends in words', () => {
    const to = opened();
    expect(to.connections).toEqual([]);
    to.client(0, 'hello');
    to.server(0, 'world');
    const { connection, text: heard } = only(to);
    expect(heard).toEqual(['hello', 'world']);
    expect(connection.client).toBe(0);
    expect(connection.fromStart).toBe(true);
    expect(connection.startedAt).toBe(1_700_000_000_001_000);
    expect(connection.endpoint(0)).toEqual({
      ip: '192.0.2.7',
      port: 49152,
      mac: '02-00-5E-10-00-07',
    });
    expect(connection.endpoint(1)).toEqual({
      ip: '192.0.2.10',
      port: 502,
      mac: '02-00-5E-10-00-0A',
    });
    expect(connection.endpoint(1)).toBe(connection.endpoint(1));
  });

  test('over IPv6, in a VLAN', () => {
    const to = feed();
    to.send({ from: '2001:db8::7', to: 'fe80::1', vlan: 7, flags: SYN, sequence: 0 });
    to.send({ from: '2001:db8::7', to: 'fe80::1', vlan: 7, sequence: 1, payload: text('x') });
    const { connection } = only(to);
    expect([connection.endpoint(0).ip, connection.endpoint(1).ip]).toEqual([
      '2001:db8::7',
      'fe80::1',
    ]);
    expect([connection.vlan, connection.port(1)]).toEqual([7, 502]);
  });

  test('whose SYN-ACK alone was seen has its client on the other side', () => {
    const to = feed();
    to.send(fromServer({ flags: SYN_ACK, sequence: SERVER, acknowledgment: CLIENT + 1 }));
    to.send({ sequence: CLIENT + 1, payload: text('x') });
    expect(only(to).connection).toMatchObject({ client: 1, fromStart: true });
    expect(only(to).text).toEqual(['', 'x']);
  });

  test('seen from its middle has no client until the content tells; then it stays', () => {
    const to = feed();
    to.send({ sequence: 77, payload: text('abc') });
    to.send(fromServer({ sequence: 9, acknowledgment: 80, payload: text('d') }));
    const { connection, text: heard } = only(to);
    expect(heard[0]).toBe('abc');
    expect(connection).toMatchObject({ client: undefined, fromStart: false });
    connection.setClient(1);
    connection.setClient(0);
    expect(connection.client).toBe(1);
  });

  test('in each VLAN is one of its own', () => {
    const to = feed();
    for (const vlan of [1, 2]) to.send({ vlan, sequence: 0, payload: text(`${vlan}`) });
    to.finish();
    expect(to.connections.map(({ text: heard }) => heard[0])).toEqual(['1', '2']);
  });

  test('that nobody wants costs no consumer, and ignored ones hear nothing more', () => {
    const to = opened({ wanted: () => false });
    to.client(0, 'hello');
    expect(to.connections).toEqual([]);
    const other = opened();
    other.client(0, 'hello');
    only(other).connection.ignore();
    other.client(5, ' again');
    other.client(11, '', { flags: FIN });
    other.finish();
    expect(only(other)).toMatchObject({ text: ['hello', ''], ends: [undefined, undefined] });
  });
});

describe('order', () => {
  test('swapped segments are put in order, each with its own frame', () => {
    const to = opened();
    to.client(3, 'def');
    to.client(0, 'abc');
    expect(only(to).text[0]).toBe('abcdef');
    expect(only(to).frames[0]).toEqual([4, 3]);
    expect(to.reassembler.counters).toMatchObject({ reordered: 1, gaps: 0 });
  });

  test('a retransmission is heard once', () => {
    const to = opened();
    to.client(0, 'abc');
    to.client(0, 'abc');
    to.client(1, 'bcd');
    expect(only(to)).toMatchObject({ text: ['abcd', ''], conflicts: 0 });
    expect(to.reassembler.counters.retransmissions).toBe(1);
  });

  test.for([
    [
      'delivered bytes',
      [
        [0, 'abcd'],
        [0, 'aXXd'],
        [4, 'ef'],
      ],
      'abcdef',
      2,
    ],
    [
      'delivered bytes, with new ones behind',
      [
        [0, 'abcd'],
        [2, 'XXef'],
      ],
      'abcdef',
      2,
    ],
    [
      'waiting bytes',
      [
        [2, 'cd'],
        [2, 'Xd'],
        [0, 'ab'],
      ],
      'abcd',
      1,
    ],
    [
      'waiting bytes, from both sides',
      [
        [2, 'cd'],
        [1, 'bXXe'],
        [0, 'a'],
      ],
      'abcde',
      2,
    ],
    [
      'nothing, where they are the same',
      [
        [0, 'abcd'],
        [1, 'bcde'],
        [3, 'def'],
      ],
      'abcdef',
      0,
    ],
  ] as const)(
    'bytes that contradict %s are told of; the first version counts',
    ([, segments, heard, conflicts]) => {
      const to = opened();
      for (const [at, payload] of segments) to.client(at, payload);
      expect(only(to)).toMatchObject({ text: [heard, ''], conflicts });
      expect(to.reassembler.counters.conflictingBytes).toBe(conflicts);
    },
  );

  test('a contradiction is found in the bytes that are kept, not before a gap', () => {
    const to = opened();
    to.client(0, 'a'.repeat(300));
    to.client(0, 'X'.repeat(300));
    expect(only(to).conflicts).toBe(HISTORY_LENGTH);
  });

  test.for([
    ['empty', ''],
    ['with one byte of rubbish', '?'],
  ] as const)('a keep-alive probe, %s, is no contradiction', ([, payload]) => {
    const to = opened();
    to.client(0, 'abc');
    to.client(2, payload);
    to.client(3, 'def');
    expect(only(to)).toMatchObject({ text: ['abcdef', ''], conflicts: 0 });
    expect(to.reassembler.counters.keepAlives).toBe(payload.length);
  });

  test('a segment that repeats only the last byte is no probe: the rest of it is new', () => {
    const to = opened();
    to.client(0, 'abc');
    to.client(2, 'cd');
    expect(only(to).text[0]).toBe('abcd');
  });

  test('a stream seen from its middle waits for earlier segments until the other end acknowledges', () => {
    const to = feed();
    to.send({ sequence: 103, payload: text('def') });
    to.send({ sequence: 100, payload: text('abc') });
    expect(only(to).text[0]).toBe('');
    to.send(fromServer({ sequence: 9, acknowledgment: 106 }));
    expect(only(to).text[0]).toBe('abcdef');
    expect(to.reassembler.counters).toMatchObject({ gaps: 0, reordered: 0 });
  });

  test('or until enough segments came, or 50 ms passed', () => {
    const many = feed();
    for (let i = 0; i < SETTLING_SEGMENTS; i++)
      many.send({ sequence: 100 + i, payload: text('x') });
    expect(only(many).text[0]).toBe('x'.repeat(SETTLING_SEGMENTS));
    const slow = feed();
    slow.send({ sequence: 100, payload: text('x') });
    slow.reassembler.tick(micros(slow.now() + SETTLING_MICROS), 1);
    expect(only(slow).text[0]).toBe('');
    slow.reassembler.tick(micros(slow.now() + SETTLING_MICROS + 1), 1);
    expect(only(slow).text[0]).toBe('x');
  });
});

describe('a gap', () => {
  test.for([
    ['not yet over', 0, false],
    ['just over', 1, true],
  ] as const)('is told of when the wait is %s', ([, over, told]) => {
    const to = opened();
    to.client(0, 'abc');
    to.client(5, 'fgh');
    const since = to.now();
    to.reassembler.tick(micros(since + HOLE_WAIT_MICROS + over), 9);
    expect(only(to).text[0]).toBe(told ? 'abc[2]fgh' : 'abc');
  });

  test('is told of sooner where the other end has the bytes', () => {
    const to = opened();
    to.client(0, 'abc');
    to.client(5, 'fgh');
    const since = to.now();
    to.server(0, '', { acknowledgment: CLIENT + 1 + 8 });
    to.reassembler.tick(micros(since + ACKNOWLEDGED_HOLE_WAIT_MICROS), 9);
    expect(only(to).text[0]).toBe('abc');
    to.server(0, 'ok', { at: since + ACKNOWLEDGED_HOLE_WAIT_MICROS + 1 });
    expect(only(to).text).toEqual(['abc[2]fgh', 'ok']);
    expect(to.reassembler.counters).toMatchObject({ gaps: 1, gapBytes: 2 });
  });

  test('is told of when too many segments wait', () => {
    const to = opened();
    for (let i = 1; i <= MAX_PENDING_SEGMENTS; i++) to.client(i, 'x');
    expect(only(to).text[0]).toBe('');
    to.client(MAX_PENDING_SEGMENTS + 1, 'x');
    expect(only(to).text[0]).toBe(`[1]${'x'.repeat(MAX_PENDING_SEGMENTS + 1)}`);
    expect(to.reassembler.counters.pendingLimit).toBe(1);
  });

  test('is told of for bytes that the snaplen cut, at once', () => {
    const to = opened();
    to.client(0, 'abcdef', { snaplen: 56 });
    to.client(6, 'ghi');
    expect(only(to).text[0]).toBe('ab[4]ghi');
  });

  test('is told of for the cut end of a segment that came too early, after its bytes', () => {
    const to = opened();
    to.client(3, 'defghi', { snaplen: 56 });
    to.client(0, 'abc');
    to.client(9, 'jkl');
    expect(only(to).text[0]).toBe('abcde[4]jkl');
  });

  test('of unknown length is told of after some segments from far away', () => {
    const to = opened();
    to.client(0, 'abc');
    const far = 0x7000_0000;
    for (let i = 0; i < STRIKES_TO_RESYNCHRONISE; i++) {
      expect(only(to).text[0]).toBe('abc');
      to.client(far + i, 'x');
    }
    expect(only(to).text[0]).toBe('abc[0]x');
    expect(to.reassembler.counters.outOfWindow).toBe(STRIKES_TO_RESYNCHRONISE);
  });

  test('and the stream goes on there although a FIN waited at its old place', () => {
    const to = feed();
    to.send({ flags: FIN, sequence: 1_114_113, payload: text('a') });
    for (let i = 0; i < STRIKES_TO_RESYNCHRONISE; i++) to.send({ sequence: 0, payload: text('x') });
    expect(only(to)).toMatchObject({ text: ['a[0]x', ''], ends: [undefined, undefined] });
  });
});

describe('the end', () => {
  test('by FIN of each side', () => {
    const to = opened();
    to.client(0, 'abc', { flags: FIN });
    expect(only(to).ends).toEqual(['finished', undefined]);
    to.server(0, 'de');
    to.server(2, '', { flags: FIN });
    expect(only(to)).toMatchObject({ text: ['abc', 'de'], ends: ['finished', 'finished'] });
  });

  test('by a FIN that comes before the last bytes waits for them', () => {
    const to = opened();
    to.client(0, 'abc');
    to.client(6, '', { flags: FIN });
    expect(only(to).ends[0]).toBeUndefined();
    to.client(3, 'def');
    expect(only(to)).toMatchObject({ text: ['abcdef', ''], ends: ['finished', undefined] });
  });

  test('by RST, whichever side sends it, delivers what waits', () => {
    const to = opened();
    to.client(0, 'abc');
    to.client(5, 'fgh');
    to.server(0, '', { flags: RST });
    expect(only(to)).toMatchObject({ text: ['abc[2]fgh', ''], ends: ['reset', 'reset'] });
  });

  test('a RST from far away, which anybody could send, changes nothing', () => {
    const to = opened();
    to.client(0, 'abc');
    to.client(0x1000_0000, '', { flags: RST });
    to.client(3, 'def');
    expect(only(to)).toMatchObject({ text: ['abcdef', ''], ends: [undefined, undefined] });
    expect(to.reassembler.counters.ignoredResets).toBe(1);
  });

  test('bytes after a RST or a FIN that was none are read as a new connection, copies are not', () => {
    for (const flags of [RST, FIN]) {
      const to = opened();
      to.client(0, 'abc');
      to.client(3, '', { flags });
      to.client(0, 'abc');
      expect(to.connections).toHaveLength(1);
      to.client(3, 'def');
      to.finish();
      expect(to.connections.map(({ text: heard }) => heard[0])).toEqual(['abc', 'def']);
      expect(to.connections[1]?.connection).toMatchObject({ client: 0, fromStart: false });
    }
  });

  test('of the capture', () => {
    const to = opened();
    to.client(0, 'abc');
    to.finish();
    expect(only(to).ends).toEqual(['capture-end', 'capture-end']);
    expect(to.reassembler.size).toBe(0);
  });
});

describe('the same ends again', () => {
  test('after the connection was over begin a new one', () => {
    const to = opened();
    to.client(0, 'abc', { flags: FIN });
    to.server(0, '', { flags: FIN });
    to.send({ flags: SYN, sequence: 90_000 });
    to.send({ sequence: 90_001, payload: text('new') });
    expect(to.connections.map(({ text: heard }) => heard[0])).toEqual(['abc', 'new']);
    expect(to.connections[1]?.connection.fromStart).toBe(true);
  });

  test('with a SYN that the other end answers replace the running connection', () => {
    const to = opened();
    to.client(0, 'abc');
    to.send({ flags: SYN, sequence: 90_000 });
    expect(only(to).ends[0]).toBeUndefined();
    to.send(fromServer({ flags: SYN_ACK, sequence: 70_000, acknowledgment: 90_001 }));
    expect(only(to).ends).toEqual(['replaced', 'replaced']);
    to.send({ sequence: 90_001, payload: text('new') });
    to.send(fromServer({ sequence: 70_001, payload: text('yes') }));
    expect(to.connections[1]?.text).toEqual(['new', 'yes']);
  });

  test('with a SYN that only data follows, where one direction is seen, replace it too', () => {
    const to = opened();
    to.client(0, 'abc');
    to.send({ flags: SYN, sequence: 90_000 });
    to.send({ sequence: 90_001, payload: text('new') });
    expect(to.connections.map(({ text: heard }) => heard[0])).toEqual(['abc', 'new']);
    expect(to.connections[1]?.connection).toMatchObject({ client: 0, fromStart: true });
  });

  test('with a SYN that nobody answers change nothing: it may be forged', () => {
    const to = opened();
    to.client(0, 'abc');
    to.send({ flags: SYN, sequence: 90_000 });
    to.client(3, 'def');
    to.server(0, 'ok');
    expect(only(to).text).toEqual(['abcdef', 'ok']);
  });

  test('with the same SYN again change nothing', () => {
    const to = opened();
    to.send({ flags: SYN, sequence: CLIENT });
    to.client(0, 'abc');
    to.send({ flags: SYN, sequence: CLIENT });
    to.send(fromServer({ flags: SYN_ACK, sequence: SERVER, acknowledgment: CLIENT + 1 }));
    to.client(0, 'abc');
    to.client(3, 'def');
    expect(only(to).text[0]).toBe('abcdef');
  });

  test('from the other side swap client and server', () => {
    const to = opened();
    to.client(0, 'abc', { flags: FIN });
    to.server(0, '', { flags: FIN });
    to.send(fromServer({ flags: SYN, sequence: 70_000 }));
    to.send(fromServer({ sequence: 70_001, payload: text('x') }));
    expect(to.connections[1]).toMatchObject({ text: ['', 'x'], connection: { client: 1 } });
  });

  test('bytes in a SYN are the first bytes', () => {
    const to = feed();
    to.send({ flags: SYN, sequence: CLIENT, payload: text('fast') });
    to.send({ sequence: CLIENT + 5, payload: text(' open') });
    expect(only(to).text[0]).toBe('fast open');
  });
});

describe('bounds', () => {
  test('a full table gives up flows without payload first, then the longest unused', () => {
    const to = feed({ maxFlows: 3 });
    to.send({ sourcePort: 1, flags: SYN, sequence: 0 });
    to.send({ sourcePort: 1, sequence: 1, payload: text('a') });
    to.send({ sourcePort: 2, flags: SYN, sequence: 0 });
    to.send({ sourcePort: 3, flags: SYN, sequence: 0 });
    to.send({ sourcePort: 3, sequence: 1, payload: text('c') });
    to.send({ sourcePort: 4, flags: SYN, sequence: 0 });
    expect(to.reassembler.counters.evicted).toBe(1);
    expect(to.connections.map(({ ends }) => ends[0])).toEqual([undefined, undefined]);
    to.send({ sourcePort: 4, sequence: 1, payload: text('d') });
    to.send({ sourcePort: 5, flags: SYN, sequence: 0 });
    expect(to.connections.map(({ ends }) => ends[0])).toEqual(['evicted', undefined, undefined]);
    expect(to.reassembler.size).toBe(3);
  });

  test.for([
    ['with payload', 'abc', IDLE_TIMEOUT_MICROS],
    ['without', '', MINOR_TIMEOUT_MICROS],
  ] as const)(
    'a flow %s is given up when it was idle for too long, not before',
    ([, payload, timeout]) => {
      const to = opened();
      to.client(0, payload);
      const last = to.now();
      to.reassembler.tick(micros(last + timeout), 3);
      expect(to.reassembler.size).toBe(1);
      to.reassembler.tick(micros(last + timeout + 1), 3);
      expect(to.reassembler.size).toBe(0);
      expect(to.reassembler.counters.idle).toBe(1);
      if (payload !== '') expect(only(to).ends).toEqual(['idle', 'idle']);
    },
  );
});
