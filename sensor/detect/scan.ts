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
import type { Detector } from './detector.ts';
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
/** Addresses kept for a pair; more than the threshold need not be told apart. */
const MAX_ADDRESSES = 64;

/** AP 7: exception codes. */
const ILLEGAL_FUNCTION = 1;
const ILLEGAL_DATA_ADDRESS = 2;

/** What one client did to one server, each with its newest time. */
interface Pair {
  readonly functions: Map<number, Micros>;
  readonly refusedFunctions: Map<number, Micros>;
  readonly refusedAddresses: Map<string, Micros>;
}

type Memory = RecentMap<string, Pair>;

export function scanDetector(): Detector<Memory> {
  return {
    name: 'scan',
    remember: () => new RecentMap<string, Pair>(MAX_SCAN_PAIRS),
    inspect: (event, now, memory) => (event.kind === 'exchange' ? inspect(event, now, memory) : []),
  };
}

function inspect(exchange: Exchange, now: Micros, memory: Memory): Fact[] {
  const facts: Fact[] = [];
  if (exchange.protocol !== 'modbus') return [];
  const { client, server, modbus } = exchange;
  // A response whose request was not seen tells nothing about what the client tries.
  if (exchange.frames.request.length === 0) return [];
  const pair = memory.touch(`${client.ip} ${server.ip} ${server.port}`, emptyPair, () => {
    const text = `${MAX_SCAN_PAIRS} pairs of client and server are watched for scans; the one quiet longest was forgotten`;
    facts.push({ name: SCAN_FULL, text });
  });
  const isNew = note(pair.functions, modbus.functionCode, now, DISTINCT_FUNCTIONS * 20);
  const refused = modbus.exceptionCode === ILLEGAL_FUNCTION;
  if (refused) note(pair.refusedFunctions, modbus.functionCode, now, DISTINCT_FUNCTIONS * 20);
  const many = pair.functions.size >= DISTINCT_FUNCTIONS && isNew;
  if (many || (refused && pair.refusedFunctions.size >= REFUSED_FUNCTIONS)) {
    facts.push({ name: FUNCTION_SCAN, text: functionsInWords(pair) });
  }
  if (modbus.exceptionCode === ILLEGAL_DATA_ADDRESS) {
    note(pair.refusedAddresses, `${modbus.functionCode} ${askedFor(modbus)}`, now, MAX_ADDRESSES);
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

const emptyPair = (): Pair => ({
  functions: new Map(),
  refusedFunctions: new Map(),
  refusedAddresses: new Map(),
});

/** Remembers `key` and forgets what left the window; true iff `key` was not in it. */
function note<Key>(seen: Map<Key, Micros>, key: Key, now: Micros, limit: number): boolean {
  for (const [each, at] of seen) {
    if (now - at < SCAN_WINDOW_MICROS) break;
    seen.delete(each);
  }
  const isNew = !seen.delete(key);
  if (seen.size < limit) seen.set(key, now);
  return isNew;
}

function functionsInWords({ functions, refusedFunctions }: Pair): string {
  const tried = `tried ${functions.size} different functions within a minute`;
  return refusedFunctions.size === 0
    ? tried
    : `${tried}, ${refusedFunctions.size} of which the device does not have`;
}
