/**
 * How structures and enumerations of the specification are written down in this folder.
 *
 * Fields stand in the order of the wire, OPC 10000-6, 5.2.6, by the names of OPC 10000-4, each with its type:
 *
 *     nodeId NodeId, indexRange String, dataEncoding QualifiedName    one of each
 *     results StatusCode[]                                           an array
 *     password ByteString!                                           must not leave the decoder
 *
 * A type is a built-in one, another definition, or one of those that `catalogue.ts` adds. Times, durations,
 * counters and locales are written as the built-in types by which they are encoded.
 */

export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  readonly isArray: boolean;
  readonly isHidden: boolean;
}

export interface StructureDefinition {
  readonly kind: 'structure';
  readonly name: string;
  /** Numeric id of its binary encoding, in namespace 0. OPC 10000-6, annex A. */
  readonly id: number;
  readonly fields: readonly FieldDefinition[];
}

export interface EnumerationDefinition {
  readonly kind: 'enumeration';
  readonly name: string;
  readonly names: ReadonlyMap<number, string>;
}

export type Definition = StructureDefinition | EnumerationDefinition;

const FIELD = /^(\w+) (\w+)(\[\])?(!)?$/;

export function structure(name: string, id: number, fields: string): StructureDefinition {
  return { kind: 'structure', name, id, fields: parts(fields).map(field) };
}

/** A request or response: its header stands before its own fields. */
export const request = (name: string, id: number, fields = ''): StructureDefinition =>
  structure(`${name}Request`, id, `requestHeader RequestHeader, ${fields}`);

export const response = (name: string, id: number, fields = ''): StructureDefinition =>
  structure(`${name}Response`, id, `responseHeader ResponseHeader, ${fields}`);

/** `names` count up from 0, or from the number before each: `0 None, Sign, 8 More`. */
export function enumeration(name: string, names: string): EnumerationDefinition {
  const known = new Map<number, string>();
  let next = 0;
  for (const each of parts(names)) {
    const [, number, word = ''] = /^(?:(\d+) )?(\w+)$/.exec(each) ?? [];
    if (word === '') throw new TypeError(`\`${each}\` of ${name} is no name of a value`);
    next = number === undefined ? next : Number(number);
    known.set(next++, word);
  }
  return { kind: 'enumeration', name, names: known };
}

const parts = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

function field(text: string): FieldDefinition {
  const [, name, type, array, hidden] = FIELD.exec(text) ?? [];
  if (name === undefined || type === undefined) throw new TypeError(`\`${text}\` is no field`);
  return { name, type, isArray: array !== undefined, isHidden: hidden !== undefined };
}
