/** Logs of the filters of monitored items. OPC 10000-4, 7.7 and 7.22. */
import type { Datum } from '#sensor/decode/opcua/datum.ts';
import {
  choiceName,
  field,
  flag,
  hex,
  members,
  nodeValues,
  number,
  structure,
  text,
  time,
  type Values,
} from './opcua-data.ts';
import type { OpcuaRows } from './opcua-rows.ts';
import { diagnosticRows, SOURCES, statusRows } from './opcua-status.ts';
import { VARIANT_SOURCES, variantRows } from './opcua-variant.ts';

const DEADBANDS: ReadonlyMap<string, string> = new Map([
  ['None', 'None'],
  ['Absolute', 'AbsoluteDeadband'],
  ['Percent', 'PercentDeadband'],
]);

const TYPE_ID = 'monitoring_parameters_filter_info_type_id_node_id';

const bodyOf = (datum: Datum): Datum =>
  typeof datum === 'object' && datum.kind === 'extension' ? datum.body : undefined;

/** Which filter it is; nothing where there is none. */
export function filterTypeValues(filter: Datum): Values {
  if (typeof filter !== 'object' || filter.kind !== 'extension' || filter.encoding === 0) return {};
  return {
    ...nodeValues(TYPE_ID, filter.type),
    monitoring_parameters_filter_info_type_id_string: structure(filter.body)?.type,
    monitoring_parameters_filter_info_type_id_encoding: hex(filter.encoding),
  };
}

/** Writes what is asked for; gives the link to it. */
export function filterRows(rows: OpcuaRows, filter: Datum): string | undefined {
  const body = structure(bodyOf(filter));
  if (body === undefined) return undefined;
  const link = rows.link();
  switch (body.type) {
    case 'DataChangeFilter':
      rows.write('opcua_binary_data_change_filter', {
        monitored_parameters_link_id: link,
        trigger: choiceName(field(body, 'trigger')),
        deadband_type: DEADBANDS.get(choiceName(field(body, 'deadbandType')) ?? ''),
        deadband_value: number(field(body, 'deadbandValue')),
      });
      return link;
    case 'AggregateFilter':
      rows.write('opcua_binary_aggregate_filter', {
        monitored_parameters_link_id: link,
        start_time: time(field(body, 'startTime')),
        ...nodeValues('aggregate_type', field(body, 'aggregateType')),
        processing_interval: number(field(body, 'processingInterval')),
        ...aggregateValues('', field(body, 'aggregateConfiguration')),
      });
      return link;
    case 'EventFilter':
      rows.write('opcua_binary_event_filter', {
        monitored_parameters_link_id: link,
        select_clause_link_id: rows.each(
          field(body, 'selectClauses'),
          'select_clause_link_id',
          'opcua_binary_event_filter_select_clause',
          (clause) => operandValues(rows, clause, 'SelectClause'),
        ),
        where_clause_content_filter_link_id: whereRows(rows, field(body, 'whereClause')),
      });
      return link;
    default:
      return undefined;
  }
}

/** Writes what the server made of it; gives the link to it. */
export function filterResultRows(rows: OpcuaRows, filter: Datum): string | undefined {
  const body = structure(bodyOf(filter));
  if (body === undefined) return undefined;
  const link = rows.link();
  switch (body.type) {
    case 'AggregateFilterResult':
      rows.write('opcua_binary_aggregate_filter', {
        monitored_parameters_link_id: link,
        revised_start_time: time(field(body, 'revisedStartTime')),
        revised_processing_interval: number(field(body, 'revisedProcessingInterval')),
        ...aggregateValues('revised_', field(body, 'revisedAggregateConfiguration')),
      });
      return link;
    case 'EventFilterResult': {
      const select = rows.link();
      rows.write('opcua_binary_event_filter_select_clause', {
        select_clause_link_id: select,
        select_clause_status_code_link_id: statusRows(
          rows,
          SOURCES.selectClause,
          field(body, 'selectClauseResults'),
        ),
        select_clause_diagnostic_info_link_id: diagnosticRows(
          rows,
          SOURCES.selectClause,
          members(field(body, 'selectClauseDiagnosticInfos')),
          undefined,
        ),
      });
      rows.write('opcua_binary_event_filter', {
        monitored_parameters_link_id: link,
        select_clause_link_id: select,
        where_clause_content_filter_link_id: whereResultRows(
          rows,
          field(body, 'whereClauseResult'),
        ),
      });
      return link;
    }
    default:
      return undefined;
  }
}

const aggregateValues = (prefix: '' | 'revised_', configuration: Datum): Values => ({
  [`${prefix}use_server_capabilities_default`]: flag(
    field(configuration, 'useServerCapabilitiesDefaults'),
  ),
  [`${prefix}treat_uncertain_as_bad`]: flag(field(configuration, 'treatUncertainAsBad')),
  [`${prefix}percent_data_good`]: number(field(configuration, 'percentDataGood')),
  [`${prefix}percent_data_bad`]: number(field(configuration, 'percentDataBad')),
  [`${prefix}use_slopped_extrapolation`]: flag(field(configuration, 'useSlopedExtrapolation')),
});

/** A field of an event: its type, and the path to it. */
const operandValues = (rows: OpcuaRows, operand: Datum, from: string): Values => ({
  ...nodeValues('type_id', field(operand, 'typeDefinitionId')),
  simple_attribute_operand_browse_path_link_id: rows.each(
    field(operand, 'browsePath'),
    'simple_attribute_operand_browse_path_link_id',
    'opcua_binary_event_filter_simple_attribute_operand_browse_paths',
    (name) =>
      typeof name === 'object' && name.kind === 'qualified'
        ? { browse_path_src: from, namespace_index: name.namespace, name: text(name.name) }
        : {},
  ),
  attribute_id: number(field(operand, 'attributeId')),
  index_range: text(field(operand, 'indexRange')),
});

function whereRows(rows: OpcuaRows, where: Datum): string | undefined {
  const elements = members(field(where, 'elements'));
  if (elements.length === 0) return undefined;
  const [link, elementLink] = [rows.link(), rows.link()];
  rows.write('opcua_binary_event_filter_where_clause', {
    where_clause_link_id: link,
    content_filter_element_link_id: elementLink,
  });
  for (const element of elements) {
    for (const operand of members(field(element, 'filterOperands'))) {
      rows.write('opcua_binary_event_filter_where_clause_elements', {
        content_filter_element_link_id: elementLink,
        filter_operator: choiceName(field(element, 'filterOperator')),
        ...operandRows(rows, operand),
      });
    }
  }
  return link;
}

const OPERAND_LINK = 'content_filter_filter_operand_link_id';

function operandRows(rows: OpcuaRows, operand: Datum): Values {
  if (typeof operand !== 'object' || operand.kind !== 'extension') return {};
  const link = rows.link();
  const body = structure(operand.body);
  switch (body?.type ?? '') {
    case 'ElementOperand':
      rows.write('opcua_binary_event_filter_element_operand', {
        [OPERAND_LINK]: link,
        element_index: number(field(body, 'index')),
      });
      break;
    case 'LiteralOperand':
      rows.write('opcua_binary_event_filter_literal_operand', {
        [OPERAND_LINK]: link,
        literal_operand_variant_link: variantRows(
          rows,
          field(body, 'value'),
          VARIANT_SOURCES.literal,
        ),
      });
      break;
    case 'SimpleAttributeOperand':
      rows.write('opcua_binary_event_filter_simple_attribute_operand', {
        [OPERAND_LINK]: link,
        ...operandValues(rows, body, 'SimpleAttributeOperand'),
      });
      break;
    case 'AttributeOperand':
      rows.write('opcua_binary_event_filter_attribute_operand', {
        [OPERAND_LINK]: link,
        ...attributeOperand(rows, body),
      });
      break;
    default:
      break;
  }
  return {
    ...nodeValues('content_filter_filter_operand_type_id_node_id', operand.type),
    content_filter_filter_operand_type_id_string: body?.type,
    content_filter_filter_operand_type_id_encoding: hex(operand.encoding),
    [OPERAND_LINK]: link,
  };
}

const attributeOperand = (rows: OpcuaRows, operand: Datum): Values => ({
  ...nodeValues('node_id', field(operand, 'nodeId')),
  alias: text(field(operand, 'alias')),
  browse_path_element_link_id: rows.each(
    field(field(operand, 'browsePath'), 'elements'),
    'browse_path_element_link_id',
    'opcua_binary_event_filter_attribute_operand_browse_paths',
    (element) => {
      const name = field(element, 'targetName');
      const named = typeof name === 'object' && name.kind === 'qualified';
      return {
        ...nodeValues('type_id', field(element, 'referenceTypeId')),
        is_inverse: flag(field(element, 'isInverse')),
        include_subtypes: flag(field(element, 'includeSubtypes')),
        target_name_namespace_idx: named ? name.namespace : undefined,
        target_name: named ? text(name.name) : undefined,
      };
    },
  ),
  attribute: choiceName(field(operand, 'attributeId')),
  index_range: text(field(operand, 'indexRange')),
});

function whereResultRows(rows: OpcuaRows, result: Datum): string | undefined {
  const elements = members(field(result, 'elementResults'));
  if (elements.length === 0) return undefined;
  const [link, elementLink] = [rows.link(), rows.link()];
  for (const element of elements) {
    const status = number(field(element, 'statusCode')) ?? 0;
    rows.write('opcua_binary_event_filter_where_clause', {
      where_clause_link_id: link,
      content_filter_element_link_id: elementLink,
      content_filter_status_code_link_id: statusRows(rows, SOURCES.filterElement, {
        kind: 'list',
        count: 1,
        members: [status],
      }),
    });
    rows.write('opcua_binary_event_filter_where_clause_elements', {
      content_filter_element_link_id: elementLink,
      content_filter_operand_status_code_link_id: statusRows(
        rows,
        SOURCES.filterOperand,
        field(element, 'operandStatusCodes'),
      ),
      content_filter_operand_diag_info_link_id: diagnosticRows(
        rows,
        SOURCES.filterOperand,
        members(field(element, 'operandDiagnosticInfos')),
        undefined,
      ),
    });
  }
  return link;
}
