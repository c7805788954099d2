/** Logs of values: what type each has, and each value of it a row. */
import type { Datum, Timed } from '#sensor/decode/opcua/datum.ts';
import {
  hex,
  members,
  nodeValues,
  REDACTED,
  structure,
  text,
  ticksTime,
  type Values,
} from './opcua-data.ts';
import { wireGuid } from './opcua-quirks.ts';
import type { OpcuaRows } from './opcua-rows.ts';
import { diagnosticRows, SOURCES, type Source, statusRow } from './opcua-status.ts';

/** Whose value it is; those within others have the number behind it. */
export const VARIANT_SOURCES = {
  read: { code: 0, name: 'Read' },
  literal: { code: 2, name: 'LiteralOperand' },
  write: { code: 4, name: 'Write' },
} as const;

export type VariantSource = (typeof VARIANT_SOURCES)[keyof typeof VARIANT_SOURCES];

const TYPE = 0x3f;
const IS_ARRAY = 0x80;
const HAS_DIMENSIONS = 0x40;
const SHAPES = ['Value', 'Array', 'MultiDimArray'] as const;

/** Values within values that are followed; each is a row, so that a deep one must not make many. */
const MAX_DEPTH = 4;

/** What stands around a value: when, and whether it is good. `value` is the link to it. */
export function timedValues(
  rows: OpcuaRows,
  timed: Timed,
  { status, source, value }: { status: Source; source: VariantSource; value: string },
): { readonly statusLink: string | undefined; readonly values: Values } {
  const { mask, sourceTimestamp, sourcePicoseconds, serverTimestamp, serverPicoseconds } = timed;
  return {
    statusLink: timed.status === undefined ? undefined : statusRow(rows, status, timed.status),
    values: {
      data_value_encoding_mask: hex(mask),
      source_timestamp: sourceTimestamp === undefined ? undefined : ticksTime(sourceTimestamp),
      source_pico_sec: sourcePicoseconds,
      server_timestamp: serverTimestamp === undefined ? undefined : ticksTime(serverTimestamp),
      server_pico_sec: serverPicoseconds,
      [value]: (mask & 1) === 0 ? undefined : variantRows(rows, timed.value, source),
    },
  };
}

/** Writes a value with all that is in it; gives the link to it. */
export function variantRows(
  rows: OpcuaRows,
  datum: Datum,
  source: VariantSource,
  depth = 0,
): string | undefined {
  if (typeof datum !== 'object' || datum.kind !== 'variant') return undefined;
  const link = rows.link();
  const { encoding, type, value, dimensions } = datum;
  const isArray = (encoding & IS_ARRAY) !== 0;
  const shape = isArray ? ((encoding & HAS_DIMENSIONS) === 0 ? 1 : 2) : 0;
  const data = isArray ? members(value) : [value];
  const inner = depth > 0 ? 1 : 0;
  rows.write('opcua_binary_variant_metadata', {
    variant_source_data_link_id: link,
    variant_data_source: source.code + inner,
    variant_data_source_str: `${source.name}_${inner === 1 ? 'Inner' : ''}Variant`,
    dara_variant_encoding_mask: hex(encoding),
    data_variant_data_type: shape,
    data_variant_data_type_str: SHAPES[shape],
    built_in_data_type: encoding & TYPE,
    built_in_data_type_str: type?.replace(/^UInt/, 'Uint'),
    variant_data_link_id:
      type === undefined ? undefined : dataRows(rows, data, { type, source, depth }),
    variant_data_array_dim:
      isArray && typeof value === 'object' && value.kind === 'list' ? value.count : undefined,
    variant_data_array_multi_dim_link_id: rows.each(
      dimensions,
      'array_dim_link_id',
      'opcua_binary_variant_array_dims',
      (dimension) => ({ dimension: typeof dimension === 'number' ? dimension : undefined }),
    ),
  });
  return link;
}

interface Place {
  readonly type: string;
  readonly source: VariantSource;
  readonly depth: number;
}

function dataRows(rows: OpcuaRows, data: readonly Datum[], place: Place): string | undefined {
  if (data.length === 0) return undefined;
  const link = rows.link();
  for (const datum of data) {
    rows.write('opcua_binary_variant_data', {
      variant_data_link_id: link,
      ...dataValues(rows, datum, place),
    });
  }
  return link;
}

function dataValues(rows: OpcuaRows, datum: Datum, place: Place): Values {
  if (typeof datum === 'number' || typeof datum === 'bigint') return numericValues(datum, place);
  if (typeof datum === 'boolean') return { variant_data_value_unsigned_numeric: datum ? 1 : 0 };
  if (typeof datum === 'string') {
    return { variant_data_value_string: place.type === 'Guid' ? wireGuid(datum) : datum };
  }
  if (datum === undefined) return {};
  switch (datum.kind) {
    case 'bytes':
      return { variant_data_value_string: text(datum) };
    case 'hidden':
      return { variant_data_value_string: REDACTED };
    case 'time':
      return { variant_data_value_time: ticksTime(datum.ticks) };
    case 'status':
      return {
        variant_data_status_code_link_id: statusRow(rows, SOURCES.variant, datum.code),
      };
    case 'node':
    case 'token':
      return nodeValues('variant_data_node_id', datum);
    case 'qualified':
      return {
        variant_data_encoding_name_idx: datum.namespace,
        variant_data_encoding_name: text(datum.name),
      };
    case 'localized':
      return {
        variant_data_mask: hex(datum.mask),
        variant_data_locale: text(datum.locale),
        variant_data_text: text(datum.text),
      };
    case 'diagnostic':
      return {
        variant_data_diag_info_link_id: diagnosticRows(rows, SOURCES.variant, [datum], undefined),
      };
    case 'extension':
      return { variant_data_ext_obj_link_id: extensionRow(rows, datum) };
    case 'timed':
    case 'variant':
      return nestedValues(rows, datum, place);
    case 'choice':
    case 'list':
    case 'structure':
      return {};
    default:
      return datum satisfies never;
  }
}

function numericValues(value: number | bigint, { type }: Place): Values {
  if (type === 'Float' || type === 'Double') return { variant_data_value_decimal: Number(value) };
  const isSigned = type === 'SByte' || type.startsWith('Int');
  return isSigned
    ? { variant_data_value_signed_numeric: value }
    : { variant_data_value_unsigned_numeric: value };
}

function extensionRow(rows: OpcuaRows, datum: Extract<Datum, { kind: 'extension' }>): string {
  const link = rows.link();
  rows.write('opcua_binary_variant_extension_object', {
    ext_obj_link_id: link,
    ...nodeValues('ext_obj_node_id', datum.type),
    ext_obj_type_id_str: structure(datum.body)?.type,
    ext_obj_encoding: hex(datum.encoding),
  });
  return link;
}

function nestedValues(
  rows: OpcuaRows,
  datum: Extract<Datum, { kind: 'timed' | 'variant' }>,
  { source, depth }: Place,
): Values {
  if (depth >= MAX_DEPTH) return {};
  if (datum.kind === 'variant') {
    return { variant_metadata_data_link_id: variantRows(rows, datum, source, depth + 1) };
  }
  const link = rows.link();
  const { mask, status, sourceTimestamp, serverTimestamp } = datum;
  rows.write('opcua_binary_variant_data_value', {
    variant_data_value_source_link: link,
    data_value_encoding_mask: hex(mask),
    status_code_link_id:
      status === undefined ? undefined : statusRow(rows, SOURCES.variant, status),
    source_timestamp: sourceTimestamp === undefined ? undefined : ticksTime(sourceTimestamp),
    source_pico_sec: datum.sourcePicoseconds,
    server_timestamp: serverTimestamp === undefined ? undefined : ticksTime(serverTimestamp),
    server_pico_sec: datum.serverPicoseconds,
    variant_metadata_link_id: variantRows(rows, datum.value, source, depth + 1),
  });
  return { variant_data_value_link_id: link };
}
