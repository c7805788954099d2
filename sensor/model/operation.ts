/**
 * Who did what to which object: the one vocabulary that policies, grants, recordings, alerts and
 * screens share. A decoder translates each PDU into operations; nothing above it knows function codes.
 */
/** What executing an operation does to the plant. */
export type OperationKind =
  | 'read'
  | 'write'
  /** start, stop, restart, mode */
  | 'control'
  /** device or server settings, certificates, trust */
  | 'configure'
  /** program or firmware transfer */
  | 'program'
  | 'browse'
  | 'subscribe'
  | 'identify';

/** The four primary tables. MODBUS Application Protocol V1.1b3, 4.3. */
export type ModbusTable = 'coils' | 'discrete-inputs' | 'input-registers' | 'holding-registers';

type ModbusObject =
  | {
      readonly kind: 'modbus-range';
      readonly unit: number;
      readonly table: ModbusTable;
      /** First address, 0-based as on the wire. */
      readonly address: number;
      /** Number of coils or registers, at least 1; `address + quantity` is at most 65536. */
      readonly quantity: number;
    }
  | {
      /** Records of a file of extended memory. MODBUS Application Protocol V1.1b3, 6.14. */
      readonly kind: 'modbus-file';
      readonly unit: number;
      /** 1..65535 */
      readonly file: number;
      /** Number of the first record, 0-based. */
      readonly record: number;
      /** Number of records, at least 1; `record + quantity` is at most 65536. */
      readonly quantity: number;
    }
  | { readonly kind: 'modbus-device'; readonly unit: number };

/** A NodeId as the wire has it, and by namespace URI where that is known. OPC 10000-6, 5.2.2.9. */
export interface NodeName {
  /** `ns=2;s=Boiler.SetPoint`, `i=2258`; the index means something to this server alone. */
  readonly id: string;
  /** `nsu=urn:acme;s=Boiler.SetPoint`, as policies write it. Valid iff the server's namespaces were seen. */
  readonly uri?: string;
  /** True iff nothing but the server's table of namespaces is missing for `uri`: it may be any node with this identifier. */
  readonly unseen?: true;
}

export type OpcuaObject =
  /** `attribute` by its name, `Value`; `attribute-99` where the specification has no name for it. */
  | { readonly kind: 'opcua-node'; readonly node: NodeName; readonly attribute: string }
  | { readonly kind: 'opcua-method'; readonly object: NodeName; readonly method: NodeName }
  /** The server as a whole, or nodes of it that the sensor does not read out of this service. */
  | { readonly kind: 'opcua-server' };

export type OperationObject = ModbusObject | OpcuaObject;

export interface ModbusOperation {
  readonly kind: OperationKind;
  readonly protocol: 'modbus';
  /** Function code of the request, 1..127. */
  readonly functionCode: number;
  readonly object: ModbusObject;
  /**
   * What a write puts there, one number for each coil (0 or 1), register or record (0..65535).
   * Valid iff `kind` is `write`; absent there means that the new value cannot be known from the request.
   */
  readonly values?: readonly number[];
}

export interface OpcuaOperation {
  readonly kind: OperationKind;
  readonly protocol: 'opcua';
  /** Name of the service, `Write`. OPC 10000-4, 5. */
  readonly service: string;
  readonly object: OpcuaObject;
  /** What a write puts there, in words. Valid iff `kind` is `write` or `configure` and it was read. */
  readonly value?: string;
}

export type Operation = ModbusOperation | OpcuaOperation;

/** Kinds that change something. Each of them is recorded and reported whole, never aggregated. */
export const CHANGING: ReadonlySet<OperationKind> = new Set<OperationKind>([
  'write',
  'control',
  'configure',
  'program',
]);

/** True iff one of `operations` changes something. */
export function changesSomething(operations: readonly Operation[]): boolean {
  for (const { kind } of operations) if (CHANGING.has(kind)) return true;
  return false;
}

const TABLES: ReadonlyMap<ModbusTable, { readonly noun: string; readonly leading: number }> =
  new Map([
    ['coils', { noun: 'coil', leading: 0 }],
    ['discrete-inputs', { noun: 'discrete input', leading: 1 }],
    ['input-registers', { noun: 'input register', leading: 3 }],
    ['holding-registers', { noun: 'holding register', leading: 4 }],
  ] as const);

/** The classic 1-based number that people know a Modbus object by: holding register 100 is `40101`. */
export function classicNumber(table: ModbusTable, address: number): string {
  const { leading } = TABLES.get(table) ?? { leading: 0 };
  const digits = address >= 9999 ? 5 : 4;
  return `${leading}${String(address + 1).padStart(digits, '0')}`;
}

/** An object in words: `holding registers 100-109 (40101-40110) of unit 1`, `node ns=2;s=Boiler.SetPoint`. */
export function describeObject(object: OperationObject): string {
  switch (object.kind) {
    case 'modbus-device':
      return `unit ${object.unit}`;
    case 'modbus-range':
      return describeRange(object);
    case 'modbus-file': {
      const { unit, file, record, quantity } = object;
      const records =
        quantity === 1 ? `record ${record}` : `records ${record}-${record + quantity - 1}`;
      return `${records} of file ${file} of unit ${unit}`;
    }
    case 'opcua-node': {
      const { node, attribute } = object;
      return attribute === 'Value'
        ? `node ${node.id}`
        : `attribute ${attribute} of node ${node.id}`;
    }
    case 'opcua-method':
      return `method ${object.method.id} of object ${object.object.id}`;
    case 'opcua-server':
      return 'the OPC UA server';
    default:
      return object satisfies never;
  }
}

function describeRange(object: Extract<OperationObject, { kind: 'modbus-range' }>): string {
  const { unit, table, address, quantity } = object;
  const noun = TABLES.get(table)?.noun ?? table;
  const last = address + quantity - 1;
  const first = classicNumber(table, address);
  return quantity === 1
    ? `${noun} ${address} (${first}) of unit ${unit}`
    : `${noun}s ${address}-${last} (${first}-${classicNumber(table, last)}) of unit ${unit}`;
}
