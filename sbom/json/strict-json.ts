/**
 * JSON from outside, read so that no two readers can take it differently: RFC 8259, and of I-JSON
 * (RFC 7493) UTF-8 without a byte order mark, no name twice in an object (also not as `\u0061`), no lone
 * surrogates, no number beyond a double. Bounded in bytes, depth and values. The grammar is checked here, so
 * that every fault has its line and column; `JSON.parse` then makes the value, and cannot be stopped.
 */
import { isUtf8 } from 'node:buffer';

export interface JsonBounds {
  readonly bytes: number;
  /** Objects and arrays inside each other. */
  readonly depth: number;
  /**
   * Objects, arrays, strings, numbers and so on: what bounds the memory of `JSON.parse`, to which 3 bytes of
   * text are an object.
   */
  readonly values: number;
  /** Where numbers are judged: `19.99999999999999999` and `2e1` are other texts than `20`, and are refused. */
  readonly integersOnly?: boolean;
}

export type ReadJson =
  | { readonly kind: 'json'; readonly value: unknown }
  /** In words: `line 3, column 5: the name \`a\` is there twice`. */
  | { readonly kind: 'refused'; readonly isTooLarge: boolean; readonly why: string };

export function readJson(bytes: Uint8Array, bounds: JsonBounds): ReadJson {
  if (bytes.length > bounds.bytes) {
    return tooLarge(`has ${bytes.length} bytes, and ${bounds.bytes} are allowed`);
  }
  if (!isUtf8(bytes)) return refused('is no UTF-8 text');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
    return refused('line 1, column 1: begins with a byte order mark');
  }
  const fault = scan(text, bounds);
  if (fault !== undefined) {
    const why = `${place(text, fault.at)}: ${fault.what}`;
    return fault.isTooLarge === true ? tooLarge(why) : refused(why);
  }
  return { kind: 'json', value: JSON.parse(text) };
}

const BYTE_ORDER_MARK = 0xfeff;
const refused = (why: string): ReadJson => ({ kind: 'refused', isTooLarge: false, why });
const tooLarge = (why: string): ReadJson => ({ kind: 'refused', isTooLarge: true, why });

interface Fault {
  readonly at: number;
  readonly what: string;
  /** More values than are allowed. */
  readonly isTooLarge?: true;
}

/** What may come next. `first-` means that the container may also end here. */
type Expect = 'value' | 'first-item' | 'first-name' | 'name' | 'after';

interface Scan {
  readonly text: string;
  readonly maxDepth: number;
  readonly maxValues: number;
  readonly integersOnly: boolean;
  /** How many have begun. */
  values: number;
  at: number;
  expect: Expect;
  /** What is open, innermost last: the names of an object so far, or undefined for an array. */
  readonly open: (Set<string> | undefined)[];
}

function scan(text: string, bounds: JsonBounds): Fault | undefined {
  const { depth: maxDepth, values: maxValues, integersOnly = false } = bounds;
  const state: Scan = {
    ...{ text, maxDepth, maxValues, integersOnly },
    ...{ values: 0, at: 0, expect: 'value', open: [] },
  };
  for (;;) {
    skipSpace(state);
    if (state.expect === 'after' && state.open.length === 0) {
      return state.at === text.length ? undefined : here(state, 'something follows the value');
    }
    if (state.at >= text.length) return here(state, 'ends in the middle');
    const fault = step(state);
    if (fault !== undefined) return fault;
  }
}

const here = ({ at }: Scan, what: string): Fault => ({ at, what });

function step(state: Scan): Fault | undefined {
  const code = state.text.charCodeAt(state.at);
  switch (state.expect) {
    case 'value':
      return value(state, code);
    case 'first-item':
      return code === CLOSE_ARRAY ? close(state) : value(state, code);
    case 'first-name':
      return code === CLOSE_OBJECT ? close(state) : name(state, code);
    case 'name':
      return name(state, code);
    case 'after':
      return after(state, code);
    default:
      return state.expect satisfies never;
  }
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [SPACE, TAB, LINE_FEED, RETURN, UNICODE] = [0x20, 0x09, 0x0a, 0x0d, 0x75];

function skipSpace(state: Scan): void {
  for (;;) {
    const code = state.text.charCodeAt(state.at);
    if (code !== SPACE && code !== LINE_FEED && code !== RETURN && code !== TAB) return;
    state.at += 1;
  }
}

function close(state: Scan): undefined {
  state.open.pop();
  state.at += 1;
  state.expect = 'after';
}

function open(state: Scan, names: Set<string> | undefined): Fault | undefined {
  if (state.open.length >= state.maxDepth) {
    return here(state, `is nested more than ${state.maxDepth} levels deep`);
  }
  state.open.push(names);
  state.at += 1;
  state.expect = names === undefined ? 'first-item' : 'first-name';
  return undefined;
}

function value(state: Scan, code: number): Fault | undefined {
  if (state.values >= state.maxValues) {
    return { ...here(state, `there are more than ${state.maxValues} values`), isTooLarge: true };
  }
  state.values += 1;
  if (code === OPEN_OBJECT) return open(state, new Set());
  if (code === OPEN_ARRAY) return open(state, undefined);
  state.expect = 'after';
  return code === QUOTE ? string(state) : scalar(state);
}

function after(state: Scan, code: number): Fault | undefined {
  const isObject = state.open.at(-1) !== undefined;
  if (code === COMMA) {
    state.at += 1;
    state.expect = isObject ? 'name' : 'value';
    return undefined;
  }
  if (code === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return close(state);
  return here(state, `expects \`,\` or \`${isObject ? '}' : ']'}\``);
}

function name(state: Scan, code: number): Fault | undefined {
  if (code !== QUOTE) return here(state, 'expects a name in quotes');
  const from = state.at;
  const fault = string(state);
  if (fault !== undefined) return fault;
  const written = state.text.slice(from, state.at);
  const read: unknown = written.includes('\\') ? JSON.parse(written) : written.slice(1, -1);
  const names = state.open.at(-1);
  const key = String(read);
  if (names?.has(key) === true) return { at: from, what: 'a name is there twice in one object' };
  names?.add(key);
  skipSpace(state);
  if (state.text.charCodeAt(state.at) !== COLON) return here(state, 'expects `:`');
  state.at += 1;
  state.expect = 'value';
  return undefined;
}

/** What may stand in a string as it is. By a pattern, because that is fast from the first text on. */
const PLAIN = /[ !#-[\]-\uffff]*/y;

/** From its quote to behind its other quote. RFC 8259, 7. */
function string(state: Scan): Fault | undefined {
  const { text } = state;
  const from = state.at;
  let hasUnicode = false;
  for (let at = from + 1; ; ) {
    PLAIN.lastIndex = at;
    PLAIN.test(text);
    at = PLAIN.lastIndex;
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      state.at = at + 1;
      const isWhole = !hasUnicode || String(JSON.parse(text.slice(from, at + 1))).isWellFormed();
      return isWhole ? undefined : { at: from, what: 'holds half of a surrogate pair' };
    }
    if (at >= text.length) return { at: from, what: 'a string does not end' };
    if (code !== BACKSLASH) return { at, what: 'a control character stands in a string' };
    const escaped = text.charCodeAt(at + 1);
    const isUnicode = escaped === UNICODE;
    if (isUnicode && !isHex4(text, at + 2)) {
      return { at: at + 1, what: 'expects four hexadecimal digits' };
    }
    if (!isUnicode && !ESCAPES.has(escaped)) {
      return { at: at + 1, what: 'is no escape that JSON has' };
    }
    hasUnicode ||= isUnicode;
    at += isUnicode ? 6 : 2;
  }
}

const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));

const isHex4 = (text: string, at: number): boolean =>
  /^[0-9a-fA-F]{4}$/.test(text.slice(at, at + 4));

const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

function scalar(state: Scan): Fault | undefined {
  SCALAR.lastIndex = state.at;
  const [found] = SCALAR.exec(state.text) ?? [];
  if (found === undefined) return here(state, 'is no JSON value');
  if (Number(found) === Infinity || Number(found) === -Infinity) {
    return here(state, 'is a number too large to be read');
  }
  if (state.integersOnly && IS_NUMBER.test(found) && !IS_INTEGER.test(found)) {
    return here(state, 'is a number that is no plain integer');
  }
  state.at += found.length;
  return undefined;
}

const IS_NUMBER = /^[-\d]/;
const IS_INTEGER = /^(?:0|-?[1-9]\d*)$/;

/** Counted in UTF-16 units, from 1; without a list of the lines, which may be as many as there are bytes. */
function place(text: string, at: number): string {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', start)) {
    line += 1;
    start = end + 1;
  }
  return `line ${line}, column ${at - start + 1}`;
}
