/**
 * One log of Zeek as its ASCII writer has it: header, tab-separated rows, `-` for what is not set, `(empty)`.
 *
 * What would break a row is written as `\x09`: control characters, backslashes, commas within lists, bytes that
 * are no UTF-8, and text that would read as `-` or `(empty)`. The file appears with its first row.
 */

import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { type Micros, micros } from '#sensor/model/time.ts';
import { LineWriter, unwritable } from '../lines.ts';

export type ZeekType =
  | 'time'
  | 'interval'
  | 'string'
  | 'addr'
  | 'port'
  | 'enum'
  | 'bool'
  | 'count'
  | 'int'
  | 'double'
  | 'set[string]'
  | 'vector[count]';

/** `Buffer`: a string of bytes that need be no text. Undefined: not set. */
export type ZeekValue =
  | string
  | number
  | bigint
  | boolean
  | Buffer
  | readonly (string | number)[]
  | undefined;

/** A column: its name and type, and where its value stands in a row. */
export type Column<Row> = readonly [name: string, type: ZeekType, value: (row: Row) => ZeekValue];

const UNSET = '-';
const EMPTY = '(empty)';

export class ZeekLog<Row> {
  readonly #folder: string;
  readonly #name: string;
  readonly #columns: readonly Column<Row>[];
  #writer: LineWriter | undefined;
  #last: Micros = micros(0);

  constructor(folder: string, name: string, columns: readonly Column<Row>[]) {
    this.#folder = folder;
    this.#name = name;
    this.#columns = columns;
  }

  /** `at`: the time of what the row says. Throws `SensorError` where the file cannot be written. */
  write(row: Row, at: Micros): void {
    this.#writer ??= this.#open(at);
    this.#last = at;
    let line = '';
    for (const [, type, value] of this.#columns) line += `\t${zeekText(type, value(row))}`;
    this.#writer.line(line.slice(1));
  }

  close(): void {
    this.#writer?.line(`#close\t${dateText(this.#last)}`);
    this.#writer?.close();
  }

  #open(at: Micros): LineWriter {
    const path = join(this.#folder, `${this.#name}.log`);
    const writer = openLog(path);
    for (const line of [
      '#separator \\x09',
      '#set_separator\t,',
      `#empty_field\t${EMPTY}`,
      `#unset_field\t${UNSET}`,
      `#path\t${this.#name}`,
      `#open\t${dateText(at)}`,
      `#fields\t${this.#columns.map(([name]) => name).join('\t')}`,
      `#types\t${this.#columns.map(([, type]) => type).join('\t')}`,
    ]) {
      writer.line(line);
    }
    return writer;
  }
}

function openLog(path: string): LineWriter {
  try {
    return new LineWriter(path);
  } catch (error) {
    throw unwritable(`\`${path}\``, error);
  }
}

/** A value as it stands in a row. */
export function zeekText(type: ZeekType, value: ZeekValue): string {
  if (value === undefined) return UNSET;
  if (typeof value === 'string') return wholeText(escapeText(value));
  if (typeof value === 'number') return numberText(type, value);
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  if (typeof value === 'bigint') return value.toString();
  if (Buffer.isBuffer(value)) return wholeText(bytesText(value));
  return value.length === 0 ? EMPTY : value.map((item) => itemText(item)).join(',');
}

function numberText(type: ZeekType, value: number): string {
  if (type === 'time' || type === 'interval') return microsText(value);
  return type === 'double' ? doubleText(value) : String(value);
}

/** Seconds with six digits, of microseconds. */
function microsText(value: number): string {
  const seconds = Math.floor(value / 1e6);
  return `${seconds}.${String(value - seconds * 1e6).padStart(6, '0')}`;
}

/** As C's `%.6f`, without the zeros that say nothing but the first. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  return value
    .toFixed(6)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '.0');
}

function wholeText(text: string): string {
  if (text === '') return EMPTY;
  // biome-ignore format: the two that would read as something else
  return text === UNSET ? '\\x2d' : text === EMPTY ? '\\x28empty)' : text;
}

const itemText = (item: string | number): string =>
  typeof item === 'number' ? String(item) : wholeText(escapeText(item).replaceAll(',', '\\x2c'));

const hex = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;

const escapeText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  text.replaceAll(/[\x00-\x1f\x7f\\]/g, (char) => hex(char.charCodeAt(0)));

/** Bytes that are UTF-8 read as text; of others each that is no printable ASCII is escaped. */
function bytesText(bytes: Buffer): string {
  if (isUtf8(bytes)) return escapeText(bytes.toString('utf8'));
  let text = '';
  for (const byte of bytes) {
    text += byte < 0x20 || byte > 0x7e || byte === 0x5c ? hex(byte) : String.fromCharCode(byte);
  }
  return text;
}

/** `2026-11-22-10-15-30`, UTC. */
const dateText = (at: Micros): string =>
  new Date(at / 1000).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
