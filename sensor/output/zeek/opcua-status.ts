/** Status codes and diagnostics in their parts. OPC 10000-4, 7.39 and 7.12. */
import type { Datum } from '#sensor/decode/opcua/datum.ts';
import { statusOf } from '#sensor/decode/opcua/status-codes.ts';
import { hex, members, number } from './opcua-data.ts';
import type { OpcuaRows } from './opcua-rows.ts';

/** What a status code or a diagnostic is about: even numbers; the odd ones are those within its diagnostics. */
export const SOURCES = {
  responseHeader: { code: 0, name: 'ResponseHeader' },
  browse: { code: 2, name: 'Browse' },
  activateSession: { code: 4, name: 'ActivateSession' },
  read: { code: 6, name: 'Read' },
  createMonitoredItems: { code: 8, name: 'CreateMonitoredItems' },
  selectClause: { code: 10, name: 'EventFilterSelectClause' },
  filterElement: { code: 12, name: 'ContentFilterElement' },
  filterOperand: { code: 14, name: 'ContentFilterElementOperand' },
  variant: { code: 16, name: 'Variant' },
  write: { code: 18, name: 'Write' },
} as const;

export type Source = (typeof SOURCES)[keyof typeof SOURCES];

const SEVERITIES = ['Severity_Good', 'Severity_Uncertain', 'Severity_Bad', 'Reserved'];
const INFO_TYPES = ['InfoType_NotUsed', 'InfoType_DataValue', 'Reserved', 'Reserved'];
const LIMITS = ['LimitBits_None', 'LimitBits_Low', 'LimitBits_High', 'LimitBits_Constant'];
const HISTORIAN = [
  'HistorianBits_Raw',
  'HistorianBits_Calculated',
  'HistorianBits_Interpolated',
  'Reserved',
];

/** Writes the parts of a status code; gives the link to them. */
export function statusRow(rows: OpcuaRows, source: Source, code: number, level = 0): string {
  return writeStatus(rows, source.code, source.name, code, level);
}

/** One link for the status codes of a list. */
export function statusRows(rows: OpcuaRows, source: Source, list: Datum): string | undefined {
  const codes = members(list).map((member) => number(member) ?? 0);
  if (codes.length === 0) return undefined;
  const link = rows.link();
  for (const code of codes) writeStatus(rows, source.code, source.name, code, 0, link);
  return link;
}

function writeStatus(
  rows: OpcuaRows,
  source: number,
  name: string,
  code: number,
  level: number,
  link = rows.link(),
): string {
  const infoType = (code >>> 10) & 3;
  rows.write('opcua_binary_status_code_detail', {
    status_code_link_id: link,
    source,
    source_str: name,
    source_level: level,
    status_code: hex(code, 8),
    severity: code >>> 30,
    severity_str: SEVERITIES[code >>> 30],
    sub_code: (code >>> 16) & 0xfff,
    sub_code_str: statusOf(code).name ?? 'Reserved',
    structure_changed: (code & 0x8000) !== 0,
    semantics_changed: (code & 0x4000) !== 0,
    info_type: infoType,
    info_type_str: INFO_TYPES[infoType],
    ...(infoType === 0 ? {} : infoBits(code)),
  });
  return link;
}

const infoBits = (code: number) => ({
  limit_bits: (code >>> 8) & 3,
  limit_bits_str: LIMITS[(code >>> 8) & 3],
  overflow: (code & 0x80) !== 0,
  historian_bits: code & 3,
  historian_bits_str: HISTORIAN[code & 3],
  historianPartial: (code & 0x04) !== 0,
  historianExtraData: (code & 0x08) !== 0,
  historianMultiValue: (code & 0x10) !== 0,
});

/** What a diagnostic says in numbers is in this table, at these places. */
type StringTable = Datum;

/** Writes diagnostics with what is nested in them; gives the link, or undefined where nothing is said. */
export function diagnosticRows(
  rows: OpcuaRows,
  source: Source,
  diagnostics: readonly Datum[],
  table: StringTable,
): string | undefined {
  const told = diagnostics.filter(
    (datum) => typeof datum === 'object' && datum.kind === 'diagnostic' && datum.mask !== 0,
  );
  if (told.length === 0) return undefined;
  const link = rows.link();
  for (const datum of told) {
    const root = rows.link();
    let level = 0;
    for (let each: Datum = datum; typeof each === 'object' && each.kind === 'diagnostic'; ) {
      writeDiagnostic(rows, { link, root, source, level, table, diagnostic: each });
      each = each.inner;
      level++;
    }
  }
  return link;
}

interface ToldDiagnostic {
  readonly link: string;
  readonly root: string;
  readonly source: Source;
  readonly level: number;
  readonly table: StringTable;
  readonly diagnostic: Extract<Datum, { kind: 'diagnostic' }>;
}

function writeDiagnostic(rows: OpcuaRows, told: ToldDiagnostic): void {
  const { link, root, source, level, table, diagnostic } = told;
  const { mask, symbolicId, namespaceUri, locale, localizedText, additionalInfo } = diagnostic;
  const { innerStatusCode } = diagnostic;
  const said = (place: number | undefined): string | undefined => {
    const word = place === undefined ? undefined : members(table)[place];
    return typeof word === 'string' ? word : undefined;
  };
  const inner = level > 0 ? 1 : 0;
  rows.write('opcua_binary_diag_info_detail', {
    diag_info_link_id: link,
    root_object_id: root,
    source: source.code + inner,
    source_str: `${source.name}_${inner === 1 ? 'Inner' : ''}DiagInfo`,
    inner_diag_level: level,
    has_symbolic_id: (mask & 0x01) !== 0,
    symbolic_id: symbolicId,
    symbolic_id_str: said(symbolicId),
    has_namespace_uri: (mask & 0x02) !== 0,
    namespace_uri: namespaceUri,
    namespace_uri_str: said(namespaceUri),
    has_locale: (mask & 0x08) !== 0,
    locale,
    locale_str: said(locale),
    has_locale_txt: (mask & 0x04) !== 0,
    locale_txt: localizedText,
    locale_txt_str: said(localizedText),
    has_addl_info: (mask & 0x10) !== 0,
    addl_info: additionalInfo,
    has_inner_stat_code: (mask & 0x20) !== 0,
    inner_stat_code:
      innerStatusCode === undefined
        ? undefined
        : writeStatus(rows, source.code + 1, `${source.name}_DiagInfo`, innerStatusCode, level),
    has_inner_diag_info: (mask & 0x40) !== 0,
  });
}
