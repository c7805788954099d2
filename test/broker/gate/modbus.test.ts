import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Authorizer, createAuthorizer } from '#broker/access/authorize.ts';
import type { Ask, Desk, Intent, Outgoing, Refusal, Settlement } from '#broker/gate/desk.ts';
import { MAX_OUTSTANDING, ModbusFilter } from '#broker/gate/modbus.ts';
import { BUSY } from '#broker/gate/refusals.ts';
import { emitAdu, emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { measureFrame, pduOf, transactionId, unitId } from '#sensor/decode/modbus/frame.ts';
import { operationsOf } from '#sensor/decode/modbus/operations.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import type { ModbusRequest, ModbusResponse } from '#sensor/decode/modbus/pdu.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { GATE, grantOf, PLANT } from '../../support/broker-site.ts';
import { request as anyRequest, cutAt } from '../../support/modbus.ts';
import '../../support/property-runs.ts';
import { runs, SEED } from '../../support/runs.ts';

const GRANT = grantOf();
const UNIT = 1;

const newAuthorizer = (): Authorizer =>
  createAuthorizer({ plant: PLANT, grant: GRANT, locks: () => [], gate: GATE });

/** A filter, what it sent where, and what it told its session. Decisions are the real ones. */
class Bench implements Desk {
  now: Micros = GRANT.notBefore;
  plant = PLANT;
  readonly toAsset: Buffer[] = [];
  readonly toVendor: Buffer[] = [];
  readonly told: string[] = [];
  readonly settled: { readonly intent: Intent; readonly settlement: Settlement }[] = [];
  readonly outgoing: Outgoing[] = [];
  /** Intents wait here until released, if `slow`. */
  readonly waiting: (() => void)[] = [];
  slow = false;
  recordable = true;
  drained = true;
  rooms = 0;
  writing = false;
  sequence = 0;
  readonly filter: ModbusFilter;
  readonly #authorizer: Authorizer;

  constructor(answerWithinMs = 60_000, authorizer = newAuthorizer()) {
    this.#authorizer = authorizer;
    this.filter = new ModbusFilter({
      desk: this,
      units: [UNIT],
      tuple: '127.20.10.1:40000>127.20.1.12:5020',
      answerWithinMs,
      wires: {
        toVendor: (adu) => this.toVendor.push(adu),
        toAsset: (adu) => this.toAsset.push(adu),
        broken: (side, because) => this.told.push(`broken by ${side}: ${because}`),
        done: () => this.told.push('done'),
        room: () => this.rooms++,
        assetDrained: () => this.drained,
        resetAsset: () =>
          this.told.push(`reset, the next write ${this.writing ? 'waits' : 'goes'}`),
      },
    });
  }

  authorize({ request, operations }: Ask) {
    return this.#authorizer(this.now, request.functionCode, operations);
  }
  async refuse(_: Ask, { rule, exception }: Refusal): Promise<void> {
    this.told.push(`refused by ${rule} with ${exception}`);
  }
  takeWrite(): Refusal | undefined {
    if (this.writing) return BUSY;
    this.writing = true;
    return undefined;
  }
  returnWrite(): void {
    if (!this.writing) throw new Error('returned twice');
    this.writing = false;
  }
  async intend(ask: Ask, rule: string, outgoing: Outgoing): Promise<Intent | undefined> {
    this.outgoing.push(outgoing);
    const intent = { sequence: this.sequence++, at: this.now, ask, rule, old: [] };
    if (this.slow) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.recordable ? intent : undefined;
  }
  settle(intent: Intent, settlement: Settlement): void {
    if (this.settled.some((one) => one.intent === intent)) throw new Error('settled twice');
    this.settled.push({ intent, settlement });
  }

  async ask(transaction: number, pdu: ModbusRequest, unit = UNIT): Promise<void> {
    this.filter.vendorBytes(emitAdu(transaction, unit, emitRequest(pdu)));
    await settle();
  }
  /** The asset answers what was sent to it as number `index`, with this transaction id. */
  async reply(index: number, pdu: ModbusResponse, transaction?: number): Promise<void> {
    const asked = this.toAsset[index];
    if (asked === undefined) throw new Error(`nothing number ${index} was sent`);
    this.filter.assetBytes(
      emitAdu(transaction ?? transactionId(asked), unitId(asked), emitResponse(pdu)),
    );
    await settle();
  }
  get outcomes(): string[] {
    return this.settled.map(({ settlement }) => settlement.outcome);
  }
  /** `transaction:function code:first data byte` of what the vendor was answered. */
  get answers(): string[] {
    return this.toVendor.map((adu) => `${transactionId(adu)}:${adu[7]}:${adu[8]}`);
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const read = (address: number, quantity = 1): ModbusRequest => ({
  kind: 'read',
  functionCode: 3,
  address,
  quantity,
});
const write = (address: number, value: number): ModbusRequest => ({
  kind: 'write-single',
  functionCode: 6,
  address,
  value,
});
const echo = (address: number, value: number): ModbusResponse => ({
  kind: 'write-single',
  functionCode: 6,
  address,
  value,
});
const registers = (...values: number[]): ModbusResponse => ({
  kind: 'registers',
  functionCode: 3,
  values,
});

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe('what is allowed', () => {
  test('is sent anew with an id of the gate, and answered with the id of the vendor', async () => {
    await bench.ask(0xbeef, read(10, 2));
    expect(bench.toAsset).toEqual([emitAdu(1, UNIT, emitRequest(read(10, 2)))]);
    expect(bench.outgoing).toMatchObject([
      { transaction: 1, tuple: '127.20.10.1:40000>127.20.1.12:5020' },
    ]);
    await bench.reply(0, registers(7, 8));
    expect(bench.toVendor).toEqual([emitAdu(0xbeef, UNIT, emitResponse(registers(7, 8)))]);
    expect(bench.settled).toMatchObject([{ settlement: { outcome: 'success', read: [7, 8] } }]);
  });

  test('may be pipelined, and is answered by id, not by order', async () => {
    const both = [5, 6].map((id) => emitAdu(id, UNIT, emitRequest(read(id))));
    bench.filter.vendorBytes(Buffer.concat(both));
    await settle();
    await bench.reply(1, registers(66));
    await bench.reply(0, registers(55));
    expect(bench.answers).toEqual(['6:3:2', '5:3:2']);
  });

  test('may carry the same id twice: ids of the gate tell them apart', async () => {
    await bench.ask(7, read(1));
    await bench.ask(7, read(2));
    await bench.reply(1, registers(2));
    await bench.reply(0, registers(1));
    expect(bench.toVendor.map((adu) => adu.readUInt16BE(9))).toEqual([2, 1]);
  });

  test('waits until it stands in the recording, and keeps its order', async () => {
    bench.slow = true;
    await bench.ask(1, read(1));
    await bench.ask(2, read(2));
    expect(bench.toAsset).toEqual([]);
    bench.waiting[1]?.();
    await settle();
    expect(bench.toAsset).toEqual([]);
    bench.waiting[0]?.();
    await settle();
    expect(bench.toAsset.map((adu) => adu.readUInt16BE(8))).toEqual([1, 2]);
  });

  test('is not sent where it cannot be recorded, and the tool is told to try again', async () => {
    bench.recordable = false;
    await bench.ask(3, write(100, 5));
    expect(bench.toAsset).toEqual([]);
    expect(bench.answers).toEqual(['3:134:6']);
    expect(bench.writing).toBe(false);
  });

  test('has the answer of the asset passed on when it is an exception', async () => {
    await bench.ask(4, write(100, 5));
    await bench.reply(0, { kind: 'exception', functionCode: 6, exceptionCode: 4 });
    expect(bench.answers).toEqual(['4:134:4']);
    expect(bench.settled).toMatchObject([
      { settlement: { outcome: 'exception', exceptionCode: 4 } },
    ]);
  });

  test('loses the bits that nobody asked for', async () => {
    const asked: ModbusRequest = { kind: 'read', functionCode: 1, address: 0, quantity: 3 };
    const free = new Bench();
    const because = { rule: 'test', text: 'for this test' };
    free.authorize = () => ({ kind: 'allow', rule: 'test', because });
    await free.ask(1, asked);
    await free.reply(0, { kind: 'bits', functionCode: 1, values: [1, 0, 1, 1, 1, 1, 1, 1] });
    expect(free.toVendor[0]?.subarray(7)).toEqual(Buffer.from([1, 1, 0b101]));
  });
});

describe('what is not allowed', () => {
  test.each<[string, ModbusRequest, number, number]>([
    ['a function that is not granted', { ...write(1, 0), functionCode: 5 } as ModbusRequest, 1, 1],
    [
      'a function that nobody knows',
      { kind: 'unknown', functionCode: 90, data: Buffer.from([0]) },
      1,
      1,
    ],
    [
      'diagnostics',
      { kind: 'diagnostics', functionCode: 8, subFunction: 1, data: Buffer.alloc(2) },
      1,
      1,
    ],
    [
      'a diagnostic that is reserved',
      { kind: 'diagnostics', functionCode: 8, subFunction: 21, data: Buffer.from([0, 3]) },
      1,
      1,
    ],
    ['exception status', { kind: 'bare', functionCode: 7 }, 1, 1],
    [
      'a masked write inside the range',
      { kind: 'mask-write', functionCode: 22, address: 100, andMask: 0, orMask: 5 },
      1,
      1,
    ],
    [
      'a file',
      {
        kind: 'write-file',
        functionCode: 21,
        records: [{ file: 1, record: 0, quantity: 1, values: [1] }],
      },
      1,
      1,
    ],
    ['a queue', { kind: 'read-fifo', functionCode: 24, address: 0 }, 1, 1],
    ['CANopen', { kind: 'canopen', functionCode: 43, data: Buffer.from([1]) }, 1, 1],
    ['an address that is not granted', write(110, 0), 1, 2],
    ['a range that ends outside', read(190, 11), 1, 2],
    ['a value above its bound', write(100, 1501), 1, 3],
    ['a unit that is none of the asset', read(1), 2, 2],
    ['a broadcast', write(100, 1), 0, 2],
  ])('%s is answered with its exception, and the tool goes on', async (_, pdu, unit, exception) => {
    await bench.ask(0x1234, pdu, unit);
    expect(bench.toAsset).toEqual([]);
    expect(bench.answers).toEqual([`4660:${pdu.functionCode | 0x80}:${exception}`]);
    await bench.ask(0x1235, read(1));
    expect(bench.toAsset).toHaveLength(1);
    expect(bench.settled).toEqual([]);
  });

  test('a second write is told to try again while the first is under way, and passes after it', async () => {
    await bench.ask(1, write(100, 1));
    await bench.ask(2, write(101, 2));
    await bench.ask(3, read(1));
    expect(bench.answers).toEqual(['2:134:6']);
    expect(bench.told).toEqual(['refused by one-write with 6']);
    expect(bench.toAsset.map((adu) => adu[7])).toEqual([6, 3]);
    await bench.reply(0, echo(100, 1));
    await bench.ask(4, write(101, 2));
    expect(bench.toAsset.map((adu) => adu[7])).toEqual([6, 3, 6]);
  });

  test('a write waits for nothing in a socket', async () => {
    bench.drained = false;
    await bench.ask(1, write(100, 1));
    await bench.ask(2, read(1));
    expect(bench.answers).toEqual(['1:134:6']);
    expect(bench.toAsset.map((adu) => adu[7])).toEqual([3]);
    expect(bench.writing).toBe(false);
  });
});

describe('the clock', () => {
  test.each([
    [-1, ['6'], []],
    [0, [], ['1:134:1']],
    [1, [], ['1:134:1']],
  ])('at notAfter %d µs a write is sent: %j', async (offset, sent, answers) => {
    bench.now = micros(GRANT.notAfter + offset);
    await bench.ask(1, write(100, 1));
    expect(bench.toAsset.map((adu) => `${adu[7]}`)).toEqual(sent);
    expect(bench.answers).toEqual(answers);
  });

  test('that passes notAfter while a write is being recorded keeps it from being sent', async () => {
    bench.slow = true;
    bench.now = micros(GRANT.notAfter - 1);
    await bench.ask(1, write(100, 1));
    bench.now = GRANT.notAfter;
    bench.waiting[0]?.();
    await settle();
    expect(bench.toAsset).toEqual([]);
    expect(bench.answers).toEqual(['1:134:1']);
    expect(bench.settled).toMatchObject([
      { settlement: { outcome: 'not-sent', refused: { exception: 1 } } },
    ]);
    expect(bench.writing).toBe(false);
  });

  test('lets reads go on in the grace, and then answers once and closes', async () => {
    bench.now = GRANT.notAfter;
    await bench.ask(1, read(1));
    expect(bench.toAsset).toHaveLength(1);
    await bench.reply(0, registers(1));
    bench.now = GRANT.graceUntil;
    await bench.ask(2, read(1));
    await bench.ask(3, read(1));
    expect(bench.answers).toEqual(['1:3:2', '2:131:11']);
    expect(bench.told.at(-1)).toBe('done');
    expect(bench.toAsset).toHaveLength(1);
  });
});

describe('the end of a session', () => {
  test('lets what is under way return, answers one more request, and closes', async () => {
    await bench.ask(1, write(100, 1));
    bench.filter.endAfterNext();
    await bench.ask(2, read(1));
    expect(bench.answers).toEqual(['2:131:11']);
    expect(bench.told).not.toContain('done');
    await bench.reply(0, echo(100, 1));
    expect(bench.answers).toEqual(['2:131:11', '1:6:0']);
    expect(bench.told.at(-1)).toBe('done');
    expect(bench.outcomes).toEqual(['success']);
  });

  test('settles what is under way when everything is cut', async () => {
    bench.slow = true;
    await bench.ask(1, read(1));
    bench.waiting[0]?.();
    await settle();
    await bench.ask(2, write(100, 1));
    bench.filter.close();
    expect(bench.outcomes).toEqual(['no-answer']);
    bench.waiting[1]?.();
    await settle();
    expect(bench.outcomes).toEqual(['no-answer', 'not-sent']);
    expect(bench.toAsset).toHaveLength(1);
    expect(bench.writing).toBe(false);
  });

  test('waits for an answer that the vendor no longer hears, and sends nothing new', async () => {
    bench.slow = true;
    await bench.ask(1, write(100, 1));
    await bench.ask(2, read(1));
    bench.waiting[0]?.();
    await settle();
    bench.filter.vendorGone();
    bench.waiting[1]?.();
    await settle();
    expect(bench.toAsset).toHaveLength(1);
    await bench.reply(0, echo(100, 1));
    expect(bench.outcomes).toEqual(['not-sent', 'success']);
    expect(bench.told).toEqual(['done']);
  });

  test('answers what is under way with exception 11 when the asset is gone', async () => {
    await bench.ask(1, read(1));
    await bench.ask(2, write(100, 1));
    bench.filter.assetGone();
    expect(bench.answers).toEqual(['1:131:11', '2:134:11']);
    expect(bench.outcomes).toEqual(['no-answer', 'no-answer']);
  });
});

describe('a hostile asset', () => {
  const header = (...bytes: number[]) => Buffer.from(bytes);
  test.each<[string, (asked: number) => Buffer]>([
    ['a transaction id that nobody asked with', () => emitAdu(999, 1, emitResponse(registers(1)))],
    ['another unit', (id) => emitAdu(id, 2, emitResponse(registers(1)))],
    [
      'another function',
      (id) => emitAdu(id, 1, emitResponse({ ...registers(1), functionCode: 4 } as ModbusResponse)),
    ],
    ['too many registers', (id) => emitAdu(id, 1, emitResponse(registers(1, 2)))],
    ['an exception of another function', (id) => emitAdu(id, 1, Buffer.from([0x84, 2]))],
    ['an exception code that does not exist', (id) => emitAdu(id, 1, Buffer.from([0x83, 99]))],
    ['a byte count that does not fit', (id) => emitAdu(id, 1, Buffer.from([3, 4, 0, 1]))],
    ['bytes behind the end', (id) => emitAdu(id, 1, Buffer.from([3, 2, 0, 1, 9]))],
    ['another protocol', (id) => header(0, id, 0, 1, 0, 5, 1, 3, 2, 0, 1)],
    ['a giant length', (id) => header(0, id, 0, 0, 0xff, 0xff, 1, 3)],
    ['a length of nothing', (id) => header(0, id, 0, 0, 0, 1, 1)],
  ])('that sends %s is disconnected, and the tool gets exception 11', async (_, bytes) => {
    await bench.ask(7, read(1));
    bench.filter.assetBytes(bytes(1));
    expect(bench.answers).toEqual(['7:131:11']);
    expect(bench.told).toEqual([expect.stringMatching(/^broken by asset: /)]);
    expect(bench.outcomes).toEqual(['no-answer']);
    bench.filter.assetBytes(emitAdu(1, 1, emitResponse(registers(1))));
    await bench.ask(8, read(1));
    expect(bench.toVendor).toHaveLength(1);
    expect(bench.toAsset).toHaveLength(1);
  });

  test('that answers twice is disconnected', async () => {
    await bench.ask(7, read(1));
    await bench.reply(0, registers(1));
    await bench.reply(0, registers(2));
    expect(bench.answers).toEqual(['7:3:2']);
    expect(bench.told).toEqual(['broken by asset: nothing was asked with transaction id 1']);
  });

  test('that echoes another value than was written is disconnected', async () => {
    await bench.ask(7, write(100, 5));
    await bench.reply(0, echo(100, 6));
    expect(bench.answers).toEqual(['7:134:11']);
    expect(bench.writing).toBe(false);
  });

  test('that speaks before it is asked is disconnected', async () => {
    bench.filter.assetBytes(emitAdu(1, 1, emitResponse(registers(1))));
    expect(bench.told).toHaveLength(1);
    expect(bench.toVendor).toEqual([]);
  });

  test('that is silent costs the tool one exception, and a late answer is dropped', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const quick = new Bench(50);
      await quick.ask(7, read(5));
      vi.advanceTimersByTime(49);
      expect(quick.answers).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(quick.answers).toEqual(['7:131:11']);
      expect(quick.outcomes).toEqual(['no-answer']);
      await quick.reply(0, registers(5));
      await quick.ask(8, read(1));
      await quick.reply(1, registers(3));
      expect(quick.answers).toEqual(['7:131:11', '8:3:2']);
      expect(quick.told).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that is silent to a write costs the connection, before another write may go', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const quick = new Bench(50);
      await quick.ask(7, write(100, 5));
      await quick.ask(8, read(1));
      vi.advanceTimersByTime(49);
      expect(quick.answers).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(quick.answers).toEqual(['7:134:11', '8:131:11']);
      expect(quick.told).toEqual(['reset, the next write waits', 'done']);
      expect(quick.settled.map(({ settlement }) => settlement)).toEqual([
        { outcome: 'no-answer', givenUp: true },
        { outcome: 'no-answer', givenUp: true },
      ]);
      expect(quick.writing).toBe(false);
      await quick.ask(9, write(100, 6));
      expect(quick.toAsset).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that owes the answer to a write when the time of writes is over loses the connection', async () => {
    await bench.ask(1, read(1));
    bench.filter.writesOver();
    expect(bench.told).toEqual([]);
    await bench.ask(2, write(100, 5));
    bench.filter.writesOver();
    expect(bench.told).toEqual(['reset, the next write waits', 'done']);
    expect(bench.answers).toEqual(['1:131:11', '2:134:11']);
  });
});

describe('a hostile vendor', () => {
  test.each<[string, Buffer]>([
    ['another protocol', Buffer.from([0, 1, 0, 7, 0, 6, 1, 3, 0, 0, 0, 1])],
    ['a giant length', Buffer.from([0, 1, 0, 0, 1, 0, 1, 3])],
    ['a length that is shorter than the function', Buffer.from([0, 1, 0, 0, 0, 5, 1, 3, 0, 0, 0])],
    ['bytes behind the function', Buffer.from([0, 1, 0, 0, 0, 7, 1, 3, 0, 0, 0, 1, 9])],
    [
      'a write smuggled behind a read',
      Buffer.concat([
        Buffer.from([0, 1, 0, 0, 0, 18, 1, 3, 0, 0, 0, 1]),
        emitAdu(2, 1, emitRequest(write(100, 1))),
      ]),
    ],
    ['quantity 0', Buffer.from([0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0])],
    ['a range that wraps', Buffer.from([0, 1, 0, 0, 0, 6, 1, 3, 0xff, 0xff, 0, 2])],
    ['a byte count that lies', Buffer.from([0, 1, 0, 0, 0, 9, 1, 16, 0, 100, 0, 1, 4, 0, 1])],
    ['a response', Buffer.from([0, 1, 0, 0, 0, 3, 1, 0x83, 2])],
    ['GET / HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ])('that sends %s is disconnected and never answered, nor is what follows', async (_, bytes) => {
    bench.filter.vendorBytes(bytes);
    await settle();
    await bench.ask(9, read(1));
    expect(bench.told).toEqual([expect.stringMatching(/^broken by vendor: /)]);
    expect(bench.toVendor).toEqual([]);
    expect(bench.toAsset).toEqual([]);
  });

  test('that floods is not read beyond what is under way', async () => {
    const many = Array.from({ length: 100 }, (_, i) => emitAdu(i, UNIT, emitRequest(read(1))));
    bench.filter.vendorBytes(Buffer.concat(many));
    await settle();
    expect(bench.toAsset).toHaveLength(MAX_OUTSTANDING);
    expect(bench.filter.hasRoom).toBe(false);
    for (let i = 0; i < 100; i++) await bench.reply(i, registers(i));
    expect(bench.toVendor.map(transactionId)).toEqual(many.map(transactionId));
    expect(bench.filter.hasRoom).toBe(true);
    expect(bench.rooms).toBeGreaterThan(0);
  });

  test('that floods with what is refused is not answered faster than it is recorded', async () => {
    const release: (() => void)[] = [];
    bench.refuse = () => new Promise((resolve) => release.push(resolve));
    const many = Array.from({ length: 100 }, (_, i) =>
      emitAdu(i, UNIT, emitRequest(write(200, 1))),
    );
    bench.filter.vendorBytes(Buffer.concat(many));
    await settle();
    expect(release).toHaveLength(MAX_OUTSTANDING);
    expect(bench.toVendor).toEqual([]);
  });
});

/** Frames of a stream that the filter produced; throws on anything that is none. */
function frames(chunks: readonly Buffer[]): Buffer[] {
  const stream = Buffer.concat(chunks);
  const found: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = measureFrame(stream, at, stream.length);
    if (length <= 0) throw new Error(`no frame at ${at}`);
    found.push(stream.subarray(at, at + length));
    at += length;
  }
  return found;
}

describe('laws', () => {
  test('any cutting of the vendor’s bytes gives the same requests', async () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { maxLength: 6 }), cuts, async (requests, at) => {
        const stream = Buffer.concat(requests.map((pdu, i) => emitAdu(i, UNIT, emitRequest(pdu))));
        const whole = new Bench();
        whole.filter.vendorBytes(stream);
        await settle();
        const pieces = new Bench();
        for (const piece of cutAt(stream, at)) pieces.filter.vendorBytes(piece);
        await settle();
        expect(pieces.toAsset).toEqual(whole.toAsset);
        expect(pieces.answers.toSorted()).toEqual(whole.answers.toSorted());
      }),
    );
  });

  /** Seeded, and quick enough for 10^5: xorshift32. */
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
  }
  function mutate(bytes: Buffer, pick: (below: number) => number): Buffer {
    const changed = Buffer.from(bytes);
    for (let n = pick(4); n > 0; n--) changed.writeUInt8(pick(256), pick(changed.length));
    const cut = pick(8) === 0 ? pick(changed.length) : changed.length;
    return pick(16) === 0
      ? Buffer.concat([changed.subarray(0, cut), changed])
      : changed.subarray(0, cut);
  }

  test(`${runs(100_000)} mutations of a vendor: nothing throws, and nothing leaves that was not granted`, async () => {
    const pick = random(SEED);
    const seeds = [
      ...fc.sample(anyRequest, { numRuns: 20, seed: 7 }),
      read(0, 100),
      write(100, 1500),
      write(109, 0),
      { kind: 'write-multiple', functionCode: 16, address: 100, quantity: 2, values: [1, 2] },
    ].map((pdu) => emitAdu(1, UNIT, emitRequest(pdu as ModbusRequest)));
    const decide = newAuthorizer();
    let sent = 0;
    const leaks: string[] = [];
    for (let round = 0; round < runs(100_000) / 1000; round++) {
      const benches = Array.from({ length: 1000 }, () => new Bench(60_000, decide));
      for (const one of benches) {
        one.filter.vendorBytes(mutate(seeds[pick(seeds.length)] ?? Buffer.alloc(0), pick));
      }
      await settle();
      for (const { toAsset, toVendor, filter } of benches) {
        frames(toVendor);
        for (const adu of frames(toAsset)) {
          const { pdu, faults } = parseRequest(pduOf(adu));
          const decided = decide(GRANT.notBefore, pdu.functionCode, operationsOf(pdu, unitId(adu)));
          if (faults.length > 0 || decided.kind !== 'allow') leaks.push(adu.toString('hex'));
          sent++;
        }
        filter.close();
      }
    }
    expect(leaks).toEqual([]);
    // The mutations reach the inside: many of them are still fine.
    expect(sent).toBeGreaterThan(3_000);
  });

  test(`${runs(30_000)} mutations of an asset: nothing throws, and the vendor gets only whole answers`, async () => {
    const pick = random(SEED);
    let passed = 0;
    const decide = newAuthorizer();
    for (let round = 0; round < runs(30_000) / 1000; round++) {
      const benches = Array.from({ length: 1000 }, () => new Bench(60_000, decide));
      for (const one of benches) {
        one.filter.vendorBytes(emitAdu(77, UNIT, emitRequest(read(5, 3))));
      }
      await settle();
      for (const { filter, toVendor } of benches) {
        filter.assetBytes(mutate(emitAdu(1, UNIT, emitResponse(registers(1, 2, 3))), pick));
        const answers = frames(toVendor);
        expect(answers.length).toBeLessThanOrEqual(1);
        for (const adu of answers) {
          expect(transactionId(adu)).toBe(77);
          const { pdu, faults } = parseResponse(pduOf(adu));
          expect(faults).toEqual([]);
          if (pdu.kind === 'registers') {
            expect(pdu.values).toHaveLength(3);
            passed++;
          }
        }
        filter.close();
      }
    }
    expect(passed).toBeGreaterThan(5_000);
  });
});
