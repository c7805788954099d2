/** What the decoded fields of an alert say in a few words, whatever the protocol. Fields of a sensor are read as far as they fit. */
import type { AlertView } from '../../api/views.ts';

type Decoded = Pick<AlertView['document'], 'modbus' | 'opcua'>;
type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** `[1,2]`, `15.5`, `on` */
const text = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Functions that write, and where an exchange says what. A masked write puts there what nobody was told. */
function writtenByModbus(modbus: Fields): readonly unknown[] {
  switch (fields(modbus['function'])['code']) {
    case 5:
    case 6:
    case 15:
    case 16:
      return list(modbus['values']);
    case 21:
      return list(modbus['files']).flatMap((record) => list(fields(record)['values']));
    case 23:
      return list(fields(modbus['write'])['values']);
    default:
      return [];
  }
}

/** Values that a write put there, in the order of their registers or nodes; none of what was no write. */
export function writtenIn({ modbus, opcua }: Decoded): readonly string[] {
  if (modbus !== undefined) return writtenByModbus(modbus).map(text);
  if (fields(opcua?.['service'])['name'] !== 'Write') return [];
  return list(opcua?.['nodes']).map((node) => text(fields(node)['value'] ?? 'not known'));
}

/** `: exception 2 (illegal-data-address)`, `: BadUserAccessDenied`; empty where nothing more is known. */
export function refusalIn({ modbus, opcua }: Decoded): string {
  if (modbus !== undefined) {
    const { code, name } = fields(modbus['exception']);
    return code === undefined ? '' : `: exception ${text(code)} (${text(name)})`;
  }
  const { code, name } = fields(opcua?.['status']);
  const whole = name === 'Good' ? undefined : (name ?? code);
  // The service may be good and yet have refused each node.
  const each = [...list(opcua?.['nodes']), ...list(opcua?.['methods'])]
    .map((one) => fields(one)['status'])
    .find((status) => status !== undefined && status !== 'Good');
  const status = whole ?? each;
  return status === undefined ? '' : `: ${text(status)}`;
}
