/**
 * States that a client tries out what a device can do: function codes, or addresses.
 *
 * Thresholds follow Quickdraw 1111013/1111014 and Defender's catalogue (exceptions 1 and 2 within a
 * minute), but count DIFFERENT codes and addresses: an HMI that was configured wrong asks for the
 * same missing register for years, and is no scan.
 */
import type { Exchange, ModbusDetail } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Micros } from '#sensor/model/time.ts';
import { type Detector, NO_FACTS } from './detector.ts';
import { pairKey } from './pair-key.ts';
import { RecentKeys } from './recent-keys.ts';
import { RecentMap } from './recent-map.ts';

export const FUNCTION_SCAN = 'scan.functions';
export const ADDRESS_SCAN = 'scan.addresses';
export const SCAN_FULL = 'scan.memory-full';

/** What happened before is forgotten. */
export const SCAN_WINDOW_MICROS = 60_000_000;
/** Different functions that the device refused as not known (exception 1). */
export const REFUSED_FUNCTIONS = 3;
/** Different functions at all, whatever the device answered: a busy HMI uses six or seven. */
export const DISTINCT_FUNCTIONS = 9;
/** Different addresses that the device refused (exception 2). */
export const REFUSED_ADDRESSES = 5;
/** Pairs of client and server watched at once. */
export const MAX_SCAN_PAIRS = 4096;
/** Function codes that there are. */
const MAX_FUNCTIONS = 128;
/** Addresses kept for a pair; more than the threshold need not be told apart. */
const MAX_ADDRESSES = 64;

/** AP 7: exception codes. */
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_DATA_ADDRESS = 2;

const FORGOTTEN: Fact = {
  name: SCAN_FULL,
  text: `${MAX_SCAN_PAIRS} pairs of client and server are watched for scans; the one quiet longest was forgotten`,
};

/** What one client did to one server, each with its newest time. */
interface Pair {
  readonly functions: RecentKeys<number>;
  /** Absent until one was refused. */
  refusedFunctions?: RecentKeys<number>;
  refusedAddresses?: RecentKeys<string>;
}

type Memory = RecentMap<string, Pair>;

export function scanDetector(): Detector<Memory> {
  return {
    name: 'scan',
    remember: () => new RecentMap<string, Pair>(MAX_SCAN_PAIRS),
    inspect: (event, now, memory) =>
      event.kind === 'exchange' ? inspect(event, now, memory) : NO_FACTS,
  };
}

function inspect(exchange: Exchange, now: Micros, memory: Memory): readonly Fact[] {
  if (exchange.protocol !== 'modbus') return NO_FACTS;
  const { client, server, modbus } = exchange;
  // A response whose request was not seen tells nothing about what the client tries.
  if (exchange.frames.request.length === 0) return NO_FACTS;
  const key = pairKey(client, server);
  const known = memory.touch(key);
  const pair = known ?? emptyPair();
  const forgot = known === undefined && memory.add(key, pair);
  const isNew = pair.functions.note(modbus.functionCode, now);
  // Nothing is remarkable about nearly all of them.
  if (!forgot && !isNew && modbus.exceptionCode === undefined) return NO_FACTS;
  const facts: Fact[] = [];
  if (forgot) facts.push(FORGOTTEN);
  const refused = modbus.exceptionCode === ILLEGAL_FUNCTION;
  if (refused) {
    pair.refusedFunctions ??= new RecentKeys(SCAN_WINDOW_MICROS, MAX_FUNCTIONS);
    pair.refusedFunctions.note(modbus.functionCode, now);
  }
  const many = pair.functions.size >= DISTINCT_FUNCTIONS && isNew;
  if (many || (refused && (pair.refusedFunctions?.size ?? 0) >= REFUSED_FUNCTIONS)) {
    facts.push({ name: FUNCTION_SCAN, text: functionsInWords(pair) });
  }
  if (modbus.exceptionCode === ILLEGAL_DATA_ADDRESS) {
    pair.refusedAddresses ??= new RecentKeys(SCAN_WINDOW_MICROS, MAX_ADDRESSES);
    pair.refusedAddresses.note(`${modbus.functionCode} ${askedFor(modbus)}`, now);
    const found = pair.refusedAddresses.size;
    if (found >= REFUSED_ADDRESSES) {
      const text = `asked for ${found} different addresses that ${server.ip} does not have, within a minute`;
      facts.push({ name: ADDRESS_SCAN, text });
    }
  }
  return facts;
}

/** An address, or the first record of a file. */
function askedFor({ address, write, files }: ModbusDetail): number | string {
  const [first] = files ?? [];
  if (first !== undefined) return `${first.file}/${first.record}`;
  return address ?? write?.address ?? 0;
}

const emptyPair = (): Pair => ({ functions: new RecentKeys(SCAN_WINDOW_MICROS, MAX_FUNCTIONS) });

function functionsInWords({ functions, refusedFunctions }: Pair): string {
  const tried = `tried ${functions.size} different functions within a minute`;
  return refusedFunctions === undefined
    ? tried
    : `${tried}, ${refusedFunctions.size} of which the device does not have`;
}
