/** Logs of Read and Write. */
import type { Datum, Structure } from '#sensor/decode/opcua/datum.ts';
import { choiceName, field, members, nodeValues, number, text, type Values } from './opcua-data.ts';
import type { OpcuaRows } from './opcua-rows.ts';
import { timestampsValues } from './opcua-session.ts';
import { diagnosticRows, SOURCES, statusRow } from './opcua-status.ts';
import { timedValues, VARIANT_SOURCES } from './opcua-variant.ts';

const attributeValues = (of: Datum): Values => ({
  attribute_id: number(field(of, 'attributeId')),
  attribute_id_str: choiceName(field(of, 'attributeId')),
  index_range: text(field(of, 'indexRange')),
});

export function readRequest(rows: OpcuaRows, body: Structure, link: string): void {
  const age = number(field(body, 'maxAge'));
  rows.write('opcua_binary_read', {
    opcua_link_id: link,
    max_age: age === undefined || !Number.isFinite(age) ? undefined : Math.trunc(age),
    ...timestampsValues(body),
    nodes_to_read_link_id: rows.each(
      field(body, 'nodesToRead'),
      'nodes_to_read_link_id',
      'opcua_binary_read_nodes_to_read',
      (node) => {
        const encoding = field(node, 'dataEncoding');
        const named = typeof encoding === 'object' && encoding.kind === 'qualified';
        return {
          ...nodeValues('node_id', field(node, 'nodeId')),
          ...attributeValues(node),
          data_encoding_name_idx: named ? encoding.namespace : undefined,
          data_encoding_name: named ? text(encoding.name) : undefined,
        };
      },
    ),
  });
}

export function readResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const table = field(field(body, 'responseHeader'), 'stringTable');
  const told = members(field(body, 'diagnosticInfos'));
  rows.write('opcua_binary_read', {
    opcua_link_id: link,
    read_results_link_id: rows.each(
      field(body, 'results'),
      'results_link_id',
      'opcua_binary_read_results',
      (result) => {
        if (typeof result !== 'object' || result.kind !== 'timed') return {};
        const { statusLink, values } = timedValues(rows, result, {
          status: SOURCES.read,
          source: VARIANT_SOURCES.read,
          value: 'read_results_variant_metadata_link_id',
        });
        return { level: 0, status_code_link_id: statusLink, ...values };
      },
    ),
    diag_info_link_id: diagnosticRows(rows, SOURCES.read, told, table),
  });
}

export function writeRequest(rows: OpcuaRows, body: Structure, link: string): void {
  for (const node of members(field(body, 'nodesToWrite'))) {
    const value = field(node, 'value');
    const timed = typeof value === 'object' && value.kind === 'timed' ? value : undefined;
    const told =
      timed &&
      timedValues(rows, timed, {
        status: SOURCES.write,
        source: VARIANT_SOURCES.write,
        value: 'write_results_variant_metadata_link_id',
      });
    rows.write('opcua_binary_write', {
      opcua_link_id: link,
      ...nodeValues('node_id', field(node, 'nodeId')),
      ...attributeValues(node),
      req_status_code_link_id: told?.statusLink,
      ...told?.values,
    });
  }
}

export function writeResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const table = field(field(body, 'responseHeader'), 'stringTable');
  const told = members(field(body, 'diagnosticInfos'));
  const diagnostics = diagnosticRows(rows, SOURCES.write, told, table);
  for (const result of members(field(body, 'results'))) {
    rows.write('opcua_binary_write', {
      opcua_link_id: link,
      res_status_code_link_id: statusRow(rows, SOURCES.write, number(result) ?? 0),
      diag_info_link_id: diagnostics,
    });
  }
}
