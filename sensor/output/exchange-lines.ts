/**
 * Exchanges as NDJSON. A plain read or write, as nearly all are, is put together byte by byte out of parts
 * that are the same for a connection, a function, an object and a second; of all others the document is
 * made (ecs.ts). Both give the same line.
 */
import type { Exchange, ModbusExchange } from '#sensor/model/event.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import { describeObject, type ModbusOperation } from '#sensor/model/operation.ts';
import { isoMicros, type Micros, micros } from '#sensor/model/time.ts';
import type { EcsWriter } from './ecs.ts';
import type { LineWriter } from './lines.ts';

/** Longer than all of a plain line but its values and its numbers of frames. */
const LINE_BYTES = 1024;
/** A value below 65536 with its comma; a frame below 2^53. */
const VALUE_BYTES = 6;
const FRAME_BYTES = 17;

/** Objects whose words are kept; a power of two. */
const KEPT_OBJECTS = 16_384;

const NOTHING = Buffer.alloc(0);

/** Keys of `ModbusDetail` of a plain exchange. */
const PLAIN_KEYS = 7;

type Range = Extract<ModbusOperation['object'], { readonly kind: 'modbus-range' }>;

/** A plain exchange; what it has no field for it does not say. */
interface Plain {
  readonly transactionId: number;
  readonly functionName: string;
  readonly address: number;
  readonly quantity: number;
  readonly values: readonly number[];
  readonly took: number;
  readonly kind: ModbusOperation['kind'];
  readonly range: Range;
}

interface Peers {
  readonly server: Endpoint;
  /** From `network` to the transaction id. */
  readonly text: Buffer;
}

export class ExchangeLines {
  readonly #out: LineWriter;
  readonly #ecs: EcsWriter;
  /** By the client's end, of which there is one object for each connection. */
  readonly #peers = new WeakMap<Endpoint, Peers>();
  /** By the name of the function: what follows the time, and what follows the unit. */
  readonly #actions = new Map<string, Buffer>();
  readonly #functions = new Map<string, Buffer>();
  /**
   * Objects in words, as ends of lines. One stands in its place or in the one beside it: two that are read in turn
   * do not drive each other out. What tells them apart stands in one array, because most are not in the cache.
   */
  readonly #objects = new Array<Buffer>(KEPT_OBJECTS).fill(NOTHING);
  readonly #objectKeys = new Int32Array(KEPT_OBJECTS * 2);
  #second = -1;
  #secondText: Buffer = NOTHING;
  /** Where the line that is being written stands. */
  #bytes: Buffer = NOTHING;
  #at = 0;

  constructor(out: LineWriter, ecs: EcsWriter) {
    this.#out = out;
    this.#ecs = ecs;
  }

  write(exchange: Exchange): void {
    const plain = exchange.protocol === 'modbus' && plainOf(exchange);
    if (plain) this.#plain(exchange, plain);
    else this.#out.json(this.#ecs.document(exchange));
  }

  #plain(exchange: ModbusExchange, plain: Plain): void {
    const { request, response } = exchange.frames;
    const frames = request.length + response.length;
    const most = LINE_BYTES + plain.values.length * VALUE_BYTES + frames * FRAME_BYTES;
    const { bytes, at } = this.#out.room(most);
    this.#bytes = bytes;
    this.#at = at;
    this.#time(exchange.at);
    this.#copy(this.#action(plain.functionName));
    this.#number(plain.took);
    this.#copy(this.#network(exchange));
    this.#modbus(exchange.modbus.unitId, exchange.modbus.functionCode, plain);
    this.#copy(REQUEST_FRAMES);
    this.#numbers(request);
    this.#copy(RESPONSE_FRAMES);
    this.#numbers(response);
    this.#copy(this.#object(exchange.modbus.functionCode, plain));
    this.#out.ended(this.#at);
  }

  #time(at: Micros): void {
    const second = Math.floor(at / 1_000_000);
    if (second !== this.#second) {
      const iso = isoMicros(micros(second * 1_000_000));
      this.#second = second;
      this.#secondText = Buffer.from(`{"@timestamp":"${iso.slice(0, -'000000Z'.length)}`);
    }
    this.#copy(this.#secondText);
    let rest = at - second * 1_000_000;
    for (let place = this.#at + 5; place >= this.#at; place--) {
      const tenth = Math.floor(rest / 10);
      this.#bytes[place] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#at += 6;
  }

  #modbus(unitId: number, functionCode: number, plain: Plain): void {
    this.#number(plain.transactionId);
    this.#copy(UNIT);
    this.#number(unitId);
    this.#copy(this.#function(functionCode, plain.functionName));
    this.#number(plain.address);
    this.#copy(QUANTITY);
    this.#number(plain.quantity);
    this.#copy(VALUES);
    this.#numbers(plain.values);
  }

  #action(name: string): Buffer {
    return kept(
      this.#actions,
      name,
      () =>
        `Z","event":{"kind":"event","category":["network"],"type":["protocol"],"action":${JSON.stringify(`modbus-${name}`)},"outcome":"success","duration":`,
    );
  }

  #function(code: number, name: string): Buffer {
    return kept(
      this.#functions,
      name,
      () => `,"function":{"code":${code},"name":${JSON.stringify(name)}},"address":`,
    );
  }

  /** As the whole document has it. */
  #network(exchange: ModbusExchange): Buffer {
    const known = this.#peers.get(exchange.client);
    if (known?.server === exchange.server) return known.text;
    const { network, source, destination } = this.#ecs.document(exchange);
    const said = JSON.stringify({ network, source, destination });
    const text = Buffer.from(`},${said.slice(1, -1)},"modbus":{"transaction_id":`);
    this.#peers.set(exchange.client, { server: exchange.server, text });
    return text;
  }

  /** The function says what is done, and to which table. */
  #object(functionCode: number, { kind, range }: Plain): Buffer {
    const keys = this.#objectKeys;
    const block = (range.address << 16) | range.quantity;
    const asked = (range.unit << 8) | functionCode;
    const place = placeOf(block, asked);
    const beside = place ^ 1;
    if (keys[place * 2] === block && keys[place * 2 + 1] === asked) {
      return this.#objects[place] as Buffer;
    }
    if (keys[beside * 2] === block && keys[beside * 2 + 1] === asked) {
      return this.#objects[beside] as Buffer;
    }
    const said = JSON.stringify({ operation: { kind, object: describeObject(range) } });
    const text = Buffer.from(`]},${said.slice(1, -1)}}}\n`);
    this.#objects[beside] = this.#objects[place] as Buffer;
    this.#objects[place] = text;
    keys.copyWithin(beside * 2, place * 2, place * 2 + 2);
    keys[place * 2] = block;
    keys[place * 2 + 1] = asked;
    return text;
  }

  #copy(text: Buffer): void {
    this.#bytes.set(text, this.#at);
    this.#at += text.length;
  }

  #numbers(values: readonly number[]): void {
    for (let i = 0; i < values.length; i++) {
      if (i > 0) this.#bytes[this.#at++] = COMMA;
      this.#number(values[i] as number);
    }
  }

  /** A whole number that is not negative. */
  #number(value: number): void {
    if (value > MAX_SMALL) {
      this.#at += this.#bytes.write(`${value}`, this.#at, 'latin1');
      return;
    }
    let rest = value | 0;
    let end = this.#at + digitsOf(rest);
    this.#at = end;
    do {
      const tenth = (rest / 10) | 0;
      this.#bytes[--end] = ZERO + rest - tenth * 10;
      rest = tenth;
    } while (rest > 0);
  }
}

const ZERO = 0x30;
const COMMA = 0x2c;
const MAX_SMALL = 0x3fff_ffff;

const UNIT = Buffer.from(',"unit_id":');
const QUANTITY = Buffer.from(',"quantity":');
const VALUES = Buffer.from(',"values":[');
const REQUEST_FRAMES = Buffer.from(']},"lockkeeper":{"frames":{"request":[');
const RESPONSE_FRAMES = Buffer.from('],"response":[');

function placeOf(block: number, asked: number): number {
  const hash = Math.imul(block ^ Math.imul(asked, 0x85eb_ca6b), 0x9e37_79b1);
  return (hash >>> 16) & (KEPT_OBJECTS - 1);
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

function kept(texts: Map<string, Buffer>, key: string, make: () => string): Buffer {
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = Buffer.from(make());
  texts.set(key, text);
  return text;
}

/** Undefined where the exchange says anything else than what was read or written, and that it was. */
function plainOf({ modbus, operations, outcome, facts, took }: ModbusExchange): Plain | undefined {
  const { transactionId, functionName, address, quantity, values } = modbus;
  const [operation] = operations;
  if (operation === undefined || operations.length !== 1 || facts.length > 0) return undefined;
  const { object, kind } = operation;
  const isDone = outcome === 'success' && took !== undefined && object.kind === 'modbus-range';
  if (!isDone || transactionId === undefined || functionName === undefined) return undefined;
  if (address === undefined || quantity === undefined || values === undefined) return undefined;
  if (Object.keys(modbus).length !== PLAIN_KEYS) return undefined;
  return { transactionId, functionName, address, quantity, values, took, kind, range: object };
}
