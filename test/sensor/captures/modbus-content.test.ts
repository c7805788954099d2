import { appendFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ModbusExchange } from '#sensor/model/event.ts';
import {
  captureFiles,
  haveSharedCaptures,
  isModbus,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';
import { runs } from '../../support/runs.ts';
import { haveTshark, tsharkRows } from '../../support/tshark.ts';

/**
 * What Modbus messages carry, field by field, against tshark: registers, coils, masks, objects, counts, sub-functions, of each
 * frame of each capture.
 *
 * A difference is explained by one of these reasons or the test fails; so does a reason that explains none any more.
 */
const REASONS: Readonly<Record<string, (frame: Differing) => boolean>> = {
  'of a malformed message tshark guesses the fields, we keep the bytes': ({ facts }) =>
    facts.some((name) => MALFORMED.has(name)),
  'of function 90 tshark shows bytes, we its fields': ({ functions }) => functions.has(90),
  'of some diagnostics tshark shows the data as well': ({ functions, ours, theirs }) =>
    functions.has(8) && theirs.filter((each) => !each.startsWith('data ')).join() === ours.join(),
};

const MALFORMED: ReadonlySet<string> = new Set([
  'modbus.surplus',
  'modbus.truncated',
  'modbus.quantity',
  'modbus.byte-count',
]);

interface Differing {
  readonly capture: string;
  readonly frame: number;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** Names of facts about the exchanges of this frame. */
  readonly facts: readonly string[];
  /** Function codes of its messages. */
  readonly functions: ReadonlySet<number>;
}

const FIELDS = [
  'frame.number',
  'modbus.regval_uint16',
  'modbus.bitval',
  'modbus.data',
  'modbus.and_mask',
  'modbus.or_mask',
  'modbus.diagnostic_code',
  'modbus.ev_status',
  'modbus.ev_count',
  'modbus.ev_msg_count',
  'modbus.exception_code',
] as const;

const word = (value: number): string => value.toString(16).padStart(4, '0');

const packed = (bits: readonly number[]): string => {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (bit << (i & 7));
  return bytes.toString('hex');
};

/** What a request carries beside address and quantity, as `field value`. */
function asked({ modbus }: ModbusExchange): string[] {
  const { functionCode: code, values = [], write, andMask, orMask, subCode, data } = modbus;
  switch (code) {
    case 5:
      return values.map((value) => `data ${value === 0 ? '0000' : 'ff00'}`);
    case 6:
      return values.map((value) => `data ${word(value)}`);
    case 15:
      return [`data ${packed(values)}`];
    case 16:
      return values.map((value) => `register ${value}`);
    case 22:
      return andMask === undefined ? [] : [`and ${andMask}`, `or ${orMask}`];
    case 23:
      return write?.values === undefined ? [] : [`data ${write.values.map(word).join('')}`];
    case 8:
      return [`diagnostic ${subCode}`];
    default:
      return data?.request === undefined || data.request === '' ? [] : [`data ${data.request}`];
  }
}

function answered(exchange: ModbusExchange): string[] {
  const { functionCode: code, exceptionCode, values = [], read, ...rest } = exchange.modbus;
  if (exceptionCode !== undefined) return [`exception ${exceptionCode}`];
  switch (code) {
    case 1:
    case 2:
      return values.map((value) => `bit ${value}`);
    case 3:
    case 4:
      return values.map((value) => `register ${value}`);
    case 5:
    case 6:
    case 22:
    case 8:
      return asked(exchange);
    case 15:
    case 16:
      return [];
    case 23:
      return read?.values === undefined ? [] : [`data ${read.values.map(word).join('')}`];
    case 7:
      return [`data ${(rest.status ?? 0).toString(16).padStart(2, '0')}`];
    case 17: {
      const { response = '' } = rest.data ?? {};
      // With its byte count.
      return [`data ${(response.length / 2).toString(16).padStart(2, '0')}${response}`];
    }
    case 11:
      return [`status ${rest.status}`, `events ${rest.eventCount}`];
    case 12:
      return [
        `status ${rest.status}`,
        `events ${rest.eventCount}`,
        `messages ${rest.messageCount}`,
      ];
    default:
      return rest.data?.response === undefined ? [] : [`data ${rest.data.response}`];
  }
}

const KIND: Readonly<Record<string, (value: string) => string>> = {
  'modbus.regval_uint16': (value) => `register ${value}`,
  'modbus.bitval': (value) => `bit ${value}`,
  'modbus.data': (value) => `data ${value}`,
  'modbus.and_mask': (value) => `and ${Number(value)}`,
  'modbus.or_mask': (value) => `or ${Number(value)}`,
  'modbus.diagnostic_code': (value) => `diagnostic ${value}`,
  'modbus.ev_status': (value) => `status ${Number(value)}`,
  'modbus.ev_count': (value) => `events ${value}`,
  'modbus.ev_msg_count': (value) => `messages ${value}`,
  'modbus.exception_code': (value) => `exception ${value}`,
};

/** What tshark prints for a field of no bytes. */
const EMPTY = '<MISSING>';

interface Compared {
  /** Fields that are the same. */
  readonly same: number;
  readonly differing: readonly Differing[];
}

function compare(capture: string): Compared {
  const frames = framesOf(capture);
  if (frames.size === 0 && !isProof) return { same: 0, differing: [] };
  let same = 0;
  const differing: Differing[] = [];
  for (const row of tsharkRows(capture, 'modbus', FIELDS)) {
    const frame = Number(row[0]);
    const theirs = FIELDS.flatMap((field, i) => {
      const kind = KIND[field];
      const values = row[i] ?? '';
      const isThere = values !== '' && values !== EMPTY;
      return kind === undefined || !isThere ? [] : values.split('|').map(kind);
    });
    const { ours, facts, functions } = frames.get(frame) ?? NOTHING;
    if (ours.toSorted().join() === theirs.toSorted().join()) same += ours.length;
    else differing.push({ capture, frame, ours, theirs, facts, functions });
  }
  return { same, differing };
}

interface Frame {
  readonly ours: string[];
  readonly facts: string[];
  readonly functions: Set<number>;
}

const NOTHING: Frame = { ours: [], facts: [], functions: new Set() };

function framesOf(capture: string): Map<number, Frame> {
  const frames = new Map<number, Frame>();
  const add = (number: number | undefined, { modbus, facts }: ModbusExchange, ours: string[]) => {
    if (number === undefined) return;
    const frame = frames.get(number) ?? { ours: [], facts: [], functions: new Set() };
    frames.set(number, frame);
    frame.ours.push(...ours);
    frame.facts.push(...facts.map(({ name }) => name));
    frame.functions.add(modbus.functionCode);
  };
  for (const event of readCapture(capture).events.filter(isModbus)) {
    add(event.frames.request.at(-1), event, asked(event));
    add(event.frames.response.at(-1), event, answered(event));
  }
  return frames;
}

/**
 * tshark takes minutes for the largest, and a moment for each; `npm run prove differential` reads all, `npm test` small ones
 * in which there is Modbus.
 */
const BRIEF = 150_000;
const LARGEST = runs(BRIEF);
const isProof = LARGEST > BRIEF;

const { LOCKKEEPER_NOTES: notes } = process.env;
const note = (line: string): void => {
  if (notes !== undefined) appendFileSync(notes, `${line}\n`);
};

const may = haveSharedCaptures() && haveTshark();
const files = may
  ? captureFiles(SHARED_CAPTURES).filter(
      // The variants of one capture are held against that capture (variants.test.ts).
      (file) => statSync(file).size <= LARGEST && !file.includes('_derived'),
    )
  : [];

test.runIf(may)('the content of Modbus messages is what tshark reads', () => {
  const explained = new Map<string, number>();
  let agreed = 0;
  const disagreed: Differing[] = [];
  for (const file of files) {
    const { same, differing } = compare(file);
    agreed += same;
    for (const each of differing) {
      const reason = Object.keys(REASONS).find((name) => REASONS[name]?.(each));
      if (reason === undefined) disagreed.push(each);
      else explained.set(reason, (explained.get(reason) ?? 0) + 1);
    }
  }
  note(`Modbus content: ${agreed} fields agreed, ${disagreed.length} frames disagreed; explained:`);
  for (const [reason, count] of explained) note(`- ${count} frames: ${reason}`);
  expect(disagreed.slice(0, 10)).toEqual([]);
  expect([...explained.keys()].sort()).toEqual(Object.keys(REASONS).sort());
  expect(agreed).toBeGreaterThan(isProof ? 100_000 : 1000);
});
