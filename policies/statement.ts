/**
 * The sentences of policy tests and of `lockkeeper policy explain`:
 *
 *   modbus fc3 0+10                                 address + quantity; quantity 1 where left out
 *   modbus fc16 100+2 value 1500 [unit 2]           one value for each object, or one for all
 *   modbus fc23 read 0+10 write 100+2 value 5,6
 *   modbus fc43                                     as fc7, fc11, fc12, fc17, fc20, fc24
 *   modbus fc8/4, modbus fc90/0x41                  its sub-function, the code of UMAS; `modbus fc90` = each of them
 *   modbus fc21 value 7                             as fc43; one value for each record
 *   opcua write nsu=urn:acme;s=Boiler.SetPoint      see opcua-statement.ts
 *   read | write | control | ... | everything       kinds of operation, as a whole
 */
import type { ModbusOperation, ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import {
  MAX_ADDRESS,
  MAX_VALUE,
  POLICY_FUNCTIONS,
  type PolicyFunction,
} from './modbus-functions.ts';
import { type OpcuaStatement, parseOpcua } from './opcua-statement.ts';

export interface RequestStatement {
  readonly kind: 'request';
  readonly functionCode: number;
  /** Of a function that has some. */
  readonly subFunction?: number;
  /** Absent = the first unit of the asset. */
  readonly unit?: number;
  readonly read?: Block;
  readonly write?: Block;
  /** Absent = not known. */
  readonly values?: readonly number[];
}

interface Block {
  /** 0-based. */
  readonly address: number;
  readonly quantity: number;
}

interface KindStatement {
  readonly kind: 'kinds';
  readonly kinds: readonly OperationKind[];
}

export type Statement = RequestStatement | OpcuaStatement | KindStatement;

export type ParsedStatement = Statement | { readonly kind: 'fault'; readonly message: string };

const KINDS: readonly OperationKind[] = [
  'read',
  'write',
  'control',
  'configure',
  'program',
  'browse',
  'subscribe',
  'identify',
];

const FORM =
  'write it like `modbus fc16 100+10 value 1500`, `modbus fc43`, `write` or `everything`';
const OPCUA_FORM =
  'write it like `opcua write nsu=urn:acme;s=Boiler.SetPoint`, `opcua call METHOD on OBJECT` or `opcua identify`';
/** Longer ones say nothing more. */
const MAX_STATEMENT = 2000;

const fault = (message: string): ParsedStatement => ({ kind: 'fault', message });

export function parseStatement(said: string): ParsedStatement {
  if (said.length > MAX_STATEMENT) return fault('this statement is too long');
  const words = said.trim().split(/\s+/);
  const [first = '', code = '', ...rest] = words;
  if (words.length === 1) {
    const kinds = first === 'everything' ? KINDS : KINDS.filter((kind) => kind === first);
    return kinds.length === 0
      ? fault(`\`${said}\` is no statement: ${FORM}`)
      : { kind: 'kinds', kinds };
  }
  if (first === 'opcua') {
    return parseOpcua(words.slice(1)) ?? fault(`\`${said}\` is no statement: ${OPCUA_FORM}`);
  }
  const match = /^fc(\d{1,3})(?:\/(\d{1,5}|0x[0-9a-f]{1,4}))?$/.exec(code);
  const functionCode = Number(match?.[1]);
  const subFunction = match?.[2] === undefined ? undefined : Number(match[2]);
  if (first !== 'modbus' || !(functionCode >= 1 && functionCode <= 127)) {
    return fault(`\`${said}\` is no statement: ${FORM}`);
  }
  const known = POLICY_FUNCTIONS.get(functionCode);
  const isWhole = subFunction === undefined && known?.onlyNamed === true;
  if (!isWhole && (known?.subFunctions === undefined) !== (subFunction === undefined)) {
    return subFunction === undefined
      ? fault(
          `function ${functionCode} needs its sub-function, as in \`modbus fc${functionCode}/4\``,
        )
      : fault(`function ${functionCode} has no sub-functions here`);
  }
  const parsed = parseRequest(functionCode, known, rest);
  return parsed.kind === 'request' && subFunction !== undefined
    ? { ...parsed, subFunction }
    : parsed;
}

function parseRequest(
  functionCode: number,
  known: PolicyFunction | undefined,
  words: readonly string[],
): ParsedStatement {
  const clauses = readClauses(words);
  if (clauses === undefined) return fault(`function ${functionCode}: ${FORM}`);
  const base = {
    kind: 'request',
    functionCode,
    ...(clauses.unit !== undefined && { unit: clauses.unit }),
  } as const;
  const isBare =
    clauses.plain === undefined && clauses.read === undefined && clauses.write === undefined;
  // Of a function that is not decoded nothing more can be said, and nothing can allow it.
  if (known?.table === undefined) {
    if (!isBare) return fault(`function ${functionCode} has no addresses here`);
    if (clauses.values === undefined) return base;
    const writes = known?.kinds.includes('write') === true && known.valueUnknown !== true;
    return writes
      ? { ...base, values: clauses.values }
      : fault(`function ${functionCode} writes no value`);
  }
  const reads = known.kinds.includes('read');
  const writes = known.kinds.includes('write');
  const read = reads && writes ? clauses.read : reads ? clauses.plain : undefined;
  const write = reads && writes ? clauses.write : writes ? clauses.plain : undefined;
  if (reads !== (read !== undefined) || writes !== (write !== undefined)) {
    const form = reads && writes ? 'read 0+10 write 100+2' : '100+2';
    return fault(`function ${functionCode} needs its addresses, as in \`${form}\``);
  }
  const wrong = sizeFault(known, read, write);
  if (wrong !== undefined) return fault(`function ${functionCode}: ${wrong}`);
  const values = valuesFor(write, clauses.values);
  if (values !== undefined && known.valueUnknown === true) {
    return fault(
      `function ${functionCode}: what it writes depends on what was there: name no value`,
    );
  }
  if (values === 'wrong') {
    return fault(
      `function ${functionCode}: one value for each object that is written, or one for all`,
    );
  }
  return {
    ...base,
    ...(read !== undefined && { read }),
    ...(write !== undefined && { write }),
    ...(values !== undefined && { values }),
  };
}

interface Clauses {
  plain?: Block;
  read?: Block;
  write?: Block;
  unit?: number;
  values?: readonly number[];
}

/** Undefined where something is said twice or cannot be read. */
function readClauses(words: readonly string[]): Clauses | undefined {
  const found: Clauses = {};
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const key = isClause(word) ? word : 'plain';
    const said = key === 'plain' ? word : (rest.shift() ?? '');
    if (found[key === 'value' ? 'values' : key] !== undefined) return undefined;
    if (key === 'unit' || key === 'value') {
      const numbers = said.split(',').map((each) => (/^\d{1,5}$/.test(each) ? Number(each) : -1));
      const max = key === 'unit' ? 255 : MAX_VALUE;
      if (numbers.some((number) => number < 0 || number > max)) return undefined;
      const [unit] = numbers;
      if (key === 'value') found.values = numbers;
      else if (numbers.length === 1 && unit !== undefined) found.unit = unit;
      else return undefined;
      continue;
    }
    const block = /^(\d{1,5})(?:\+(\d{1,4}))?$/.exec(said);
    if (block === null) return undefined;
    found[key] = { address: Number(block[1]), quantity: Number(block[2] ?? 1) };
  }
  return found;
}

const isClause = (word: string): word is 'unit' | 'value' | 'read' | 'write' =>
  ['unit', 'value', 'read', 'write'].includes(word);

function sizeFault(
  { maxRead = 0, maxWrite = 0 }: PolicyFunction,
  read: Block | undefined,
  write: Block | undefined,
): string | undefined {
  const limits = [
    { block: read, max: maxRead, verb: 'reads' },
    { block: write, max: maxWrite, verb: 'writes' },
  ];
  for (const { block, max, verb } of limits) {
    if (block === undefined) continue;
    if (block.quantity < 1 || block.quantity > max) return `${verb} 1 to ${max} at once`;
    if (block.address + block.quantity - 1 > MAX_ADDRESS) return `addresses end at ${MAX_ADDRESS}`;
  }
  return undefined;
}

function valuesFor(
  write: Block | undefined,
  values: readonly number[] | undefined,
): readonly number[] | undefined | 'wrong' {
  if (values === undefined) return undefined;
  if (write === undefined) return 'wrong';
  const [only] = values;
  if (values.length === 1 && only !== undefined)
    return Array.from({ length: write.quantity }, () => only);
  return values.length === write.quantity ? values : 'wrong';
}

/** What the request does to `unit`, the write first as a device executes it; none = not understood. */
export function operationsOf(
  statement: RequestStatement,
  unit: number,
): readonly ModbusOperation[] {
  const { functionCode, read, write, values } = statement;
  const known = POLICY_FUNCTIONS.get(functionCode);
  if (known === undefined) return [];
  const base = { protocol: 'modbus', functionCode } as const;
  const { table, files, subFunctions } = known;
  if (files === true) {
    // Any file will do: the language names none.
    const quantity = values?.length ?? 1;
    const object = { kind: 'modbus-file', unit, file: 1, record: 0, quantity } as const;
    return known.kinds.map((kind) => ({ ...base, kind, object, ...(values && { values }) }));
  }
  if (table === undefined) {
    const kinds =
      subFunctions === undefined || statement.subFunction === undefined
        ? known.kinds
        : [subFunctions.get(statement.subFunction) ?? ('configure' as const)];
    return kinds.map((kind) => ({ ...base, kind, object: { kind: 'modbus-device', unit } }));
  }
  const on = (block: Block): ModbusOperation['object'] => rangeOf(unit, table, block);
  return [
    ...(write === undefined
      ? []
      : [{ ...base, kind: 'write', object: on(write), ...(values && { values }) } as const]),
    ...(read === undefined ? [] : [{ ...base, kind: 'read', object: on(read) } as const]),
  ];
}

const rangeOf = (unit: number, table: ModbusTable, block: Block): ModbusOperation['object'] => ({
  kind: 'modbus-range',
  unit,
  table,
  ...block,
});
