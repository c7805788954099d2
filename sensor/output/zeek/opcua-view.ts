/** Logs of Browse and BrowseNext. */
import type { Datum, Structure } from '#sensor/decode/opcua/datum.ts';
import {
  choiceName,
  field,
  flag,
  hex,
  members,
  nodeValues,
  number,
  text,
  time,
  type Values,
} from './opcua-data.ts';
import type { OpcuaRows } from './opcua-rows.ts';
import { diagnosticRows, SOURCES, statusRow } from './opcua-status.ts';

const DIRECTIONS: ReadonlyMap<string, string> = new Map([
  ['Forward', 'FWD'],
  ['Inverse', 'INV'],
  ['Both', 'BOTH'],
]);

export function browseRequest(rows: OpcuaRows, body: Structure, link: string): void {
  const view = field(body, 'view');
  rows.write('opcua_binary_browse', {
    opcua_link_id: link,
    browse_service_type: body.type,
    ...nodeValues('browse_view_id', field(view, 'viewId')),
    browse_view_description_timestamp: time(field(view, 'timestamp')),
    browse_view_description_view_version: number(field(view, 'viewVersion')),
    req_max_ref_nodes: number(field(body, 'requestedMaxReferencesPerNode')),
    browse_description_link_id: rows.each(
      field(body, 'nodesToBrowse'),
      'browse_description_link_id',
      'opcua_binary_browse_description',
      descriptionValues,
    ),
  });
}

function descriptionValues(description: Datum): Values {
  const classes = number(field(description, 'nodeClassMask')) ?? 0;
  return {
    ...nodeValues('browse_description', field(description, 'nodeId')),
    browse_direction: DIRECTIONS.get(choiceName(field(description, 'browseDirection')) ?? ''),
    ...nodeValues('browse_description_ref', field(description, 'referenceTypeId')),
    browse_description_include_subtypes: flag(field(description, 'includeSubtypes')),
    browse_node_class_mask: classes === 0 ? 'All' : hex(classes, 8),
    browse_result_mask: hex(number(field(description, 'resultMask')) ?? 0, 8),
  };
}

export function browseNextRequest(rows: OpcuaRows, body: Structure, link: string): void {
  rows.write('opcua_binary_browse', {
    opcua_link_id: link,
    browse_service_type: body.type,
    browse_next_release_continuation_point: flag(field(body, 'releaseContinuationPoints')),
    browse_next_link_id: rows.each(
      field(body, 'continuationPoints'),
      'browse_next_link_id',
      'opcua_binary_browse_request_continuation_point',
      (point) => ({ continuation_point: text(point) }),
    ),
  });
}

export function browseResponse(rows: OpcuaRows, body: Structure, link: string): void {
  const table = field(field(body, 'responseHeader'), 'stringTable');
  const told = members(field(body, 'diagnosticInfos'));
  rows.write('opcua_binary_browse', {
    opcua_link_id: link,
    browse_service_type: body.type,
    browse_response_link_id: rows.each(
      field(body, 'results'),
      'browse_response_link_id',
      'opcua_binary_browse_result',
      (result) => resultValues(rows, result),
    ),
    browse_diag_info_link_id: diagnosticRows(rows, SOURCES.browse, told, table),
  });
}

const resultValues = (rows: OpcuaRows, result: Datum): Values => ({
  status_code_link_id: statusRow(rows, SOURCES.browse, number(field(result, 'statusCode')) ?? 0),
  browse_result_continuation_point: text(field(result, 'continuationPoint')),
  browse_reference_link_id: rows.each(
    field(result, 'references'),
    'browse_reference_link_id',
    'opcua_binary_browse_response_references',
    referenceValues,
  ),
});

function referenceValues(reference: Datum): Values {
  const browseName = field(reference, 'browseName');
  const qualified =
    typeof browseName === 'object' && browseName.kind === 'qualified' ? browseName : undefined;
  const displayName = field(reference, 'displayName');
  const localized =
    typeof displayName === 'object' && displayName.kind === 'localized' ? displayName : undefined;
  const nodeClass = choiceName(field(reference, 'nodeClass'));
  return {
    ...nodeValues('browse_response_ref', field(reference, 'referenceTypeId')),
    browse_response_is_forward: flag(field(reference, 'isForward')),
    ...nodeValues('browse_response_ref_type', field(reference, 'nodeId')),
    browse_response_ref_name_idx: qualified?.namespace || undefined,
    browse_response_ref_name: text(qualified?.name),
    browse_response_display_name_mask: localized && hex(localized.mask),
    browse_response_display_name_locale: text(localized?.locale),
    browse_response_display_name_text: text(localized?.text),
    browse_response_node_class: nodeClass === undefined ? undefined : `${nodeClass}NodeClass`,
    ...nodeValues('browse_response_type_def', field(reference, 'typeDefinition')),
  };
}
