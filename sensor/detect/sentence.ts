/** What an event did, in words for people: `192.0.2.7 wrote 1500 to holding register 100 (40101) of unit 1 on plc-12`. */
import {
  deedOf,
  type Exchange,
  isUnanswered,
  type OpcuaExchange,
  type SensorEvent,
} from '#sensor/model/event.ts';
import { describeObject, type Operation, type OperationKind } from '#sensor/model/operation.ts';
import { type RegisterType, typedInWords } from '#sensor/model/typed-value.ts';
import { countOperations } from './operation-count.ts';

/** More values than these are counted, not listed. */
const VALUES_SHOWN = 8;
/** More operations than these are counted; one Modbus request has up to 35, one of OPC UA thousands. */
const OPERATIONS_SHOWN = 3;

/** Of these the register is the value. */
const PLAIN_TYPES: ReadonlySet<RegisterType> = new Set(['bool', 'uint16']);
/** More typed values than these are counted. */
const TYPED_SHOWN = 3;

/** `[done, tried]`; `tried` is used where the device refused it. */
const VERBS: Readonly<Record<OperationKind, readonly [string, string]>> = {
  read: ['read', 'read'],
  write: ['wrote', 'write'],
  control: ['controlled', 'control'],
  configure: ['configured', 'configure'],
  program: ['programmed', 'program'],
  browse: ['browsed', 'browse'],
  subscribe: ['subscribed to', 'subscribe to'],
  identify: ['identified', 'identify'],
};

/** What the verb is about: `1500 to holding register 100`, `node i=84`. */
function what(operation: Operation, exchange: Exchange): string {
  const object = describeObject(operation.object);
  const { kind } = operation;
  if (operation.object.kind === 'modbus-device' && kind === 'write') {
    return `to ${object}${deviceFunction(operation, exchange)}`;
  }
  if (kind !== 'write') return `${object}${deviceFunction(operation, exchange)}`;
  const value =
    operation.protocol === 'modbus'
      ? (maskInWords(exchange) ??
        `${valuesInWords(operation.values)}${meaning(operation, exchange)}`)
      : (operation.value ?? 'a value that cannot be told');
  return `${value} to ${object}`;
}

/** Of what is asked of a device as a whole, what that is: ` (force-listen-only-mode)`. */
function deviceFunction({ kind, object }: Operation, exchange: Exchange): string {
  if (exchange.protocol !== 'modbus' || object.kind !== 'modbus-device') return '';
  const name = deedOf(exchange.modbus);
  return name === undefined || kind === 'identify' ? '' : ` (${name})`;
}

/** `wrote 5 to holding register 100 and read holding register 7`, `browsed node i=84, node i=85 and 23 more` */
function deeds(exchange: Exchange, refused: boolean): string {
  const { operations } = exchange;
  const shown = operations.slice(0, OPERATIONS_SHOWN);
  const said = shown.map((operation, i) => {
    const { kind } = operation;
    if (shown[i - 1]?.kind === kind) return `, ${what(operation, exchange)}`;
    return `${i === 0 ? '' : ' and '}${VERBS[kind][refused ? 1 : 0]} ${what(operation, exchange)}`;
  });
  const more = countOperations(operations.slice(OPERATIONS_SHOWN), exchange);
  return `${said.join('')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Of function 22: the new value depends on the old one. */
function maskInWords(exchange: Exchange): string | undefined {
  if (exchange.protocol !== 'modbus') return undefined;
  const { andMask, orMask } = exchange.modbus;
  if (andMask === undefined || orMask === undefined) return undefined;
  const hex = (mask: number): string => `0x${mask.toString(16).padStart(4, '0')}`;
  return `bits (and ${hex(andMask)}, or ${hex(orMask)})`;
}

/** What registers mean that do not say it themselves: ` (pressure 12.5 bar)`. */
function meaning({ object }: Operation, exchange: Exchange): string {
  if (exchange.protocol !== 'modbus' || object.kind !== 'modbus-range') return '';
  const { table, address, quantity } = object;
  const typed = (exchange.modbus.typed ?? []).filter(
    (each) =>
      !PLAIN_TYPES.has(each.type) &&
      each.table === table &&
      each.address >= address &&
      each.address < address + quantity,
  );
  if (typed.length === 0) return '';
  const more = typed.length - TYPED_SHOWN;
  const shown = typed.slice(0, TYPED_SHOWN).map(typedInWords).join(', ');
  return ` (${shown}${more > 0 ? ` and ${more} more` : ''})`;
}

function valuesInWords(values: readonly number[] | undefined): string {
  if (values === undefined) return 'a value that cannot be told';
  if (values.length <= VALUES_SHOWN) return values.join(', ');
  return `${values.slice(0, VALUES_SHOWN).join(', ')} and ${values.length - VALUES_SHOWN} more values`;
}

function ending(exchange: Exchange, server: string): string {
  const refusal = refusalOf(exchange);
  if (refusal !== undefined) return `; ${server} refused it with ${refusal}`;
  return isUnanswered(exchange) ? '; no answer was seen' : '';
}

function exchangeInWords(exchange: Exchange, nameOf: (ip: string) => string): string {
  const client = nameOf(exchange.client.ip);
  const server = nameOf(exchange.server.ip);
  const refused = refusalOf(exchange) !== undefined;
  if (exchange.operations.length > 0) {
    const did = deeds(exchange, refused);
    return `${client} ${refused ? 'tried to ' : ''}${did} on ${server}${ending(exchange, server)}`;
  }
  return `${client} ${sent(exchange)} ${server}${ending(exchange, server)}`;
}

/** What was sent where no operation can be named; ends before the name of the server. */
function sent(exchange: Exchange): string {
  switch (exchange.protocol) {
    case 'modbus': {
      const { functionCode, functionName = 'not understood', unitId } = exchange.modbus;
      return `sent function ${functionCode} (${functionName}) to unit ${unitId} on`;
    }
    case 'opcua': {
      const { messageType, service, security } = exchange.opcua;
      if (messageType === 'HEL') return 'opened an OPC UA connection to';
      if (messageType === 'OPN') return `opened a secure channel${securityInWords(exchange)} with`;
      if (service === undefined && security?.encrypted === true) {
        return 'sent an encrypted OPC UA message to';
      }
      const name = service?.name ?? (service && `service ${service.id}`) ?? messageType;
      return `sent ${name}${identityInWords(exchange)} to`;
    }
    default:
      return exchange satisfies never;
  }
}

function securityInWords({ opcua }: OpcuaExchange): string {
  const { policy } = opcua.security ?? {};
  return policy === undefined ? '' : policy === 'None' ? ' without security' : ` (${policy})`;
}

function identityInWords({ opcua }: OpcuaExchange): string {
  const { type, user } = opcua.identity ?? {};
  if (type === undefined) return '';
  return user === undefined ? ` as ${type} user` : ` as user \`${user}\``;
}

/** With what the server refused; undefined where it did not. */
function refusalOf(exchange: Exchange): string | undefined {
  if (exchange.outcome !== 'failure') return undefined;
  switch (exchange.protocol) {
    case 'modbus': {
      const { exceptionCode, exceptionName, umas } = exchange.modbus;
      if (exceptionCode === undefined && umas !== undefined) return 'a UMAS error';
      const code = `exception ${exceptionCode}`;
      return exceptionName === undefined ? code : `${exceptionName} (${code})`;
    }
    case 'opcua': {
      const { status, nodes = [], methods = [] } = exchange.opcua;
      const refused = [...nodes, ...methods].find((each) => each.status?.startsWith('Bad'))?.status;
      const isGood = status === undefined || status.name === 'Good';
      return isGood ? (refused ?? 'an error') : (status.name ?? `status ${status.code}`);
    }
    default:
      return exchange satisfies never;
  }
}

/** One sentence without its full stop. `nameOf` gives an asset's id, or the address itself. */
export function describeEvent(event: SensorEvent, nameOf: (ip: string) => string): string {
  switch (event.kind) {
    case 'exchange':
      return exchangeInWords(event, nameOf);
    case 'fault':
      return `the conversation of ${nameOf(event.client.ip)} with ${nameOf(event.server.ip)} could not be read in full`;
    case 'health': {
      const { received, dropped } = event;
      return `the sensor lost ${dropped} of ${received} packets on ${event.interface}`;
    }
    default:
      return event satisfies never;
  }
}
