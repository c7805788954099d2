/**
 * What a device says it is, out of the objects of function 43/14, also where it takes several answers:
 * a device that says that more follows is asked again from the object that it names.
 *
 * Spec: MODBUS Application Protocol V1.1b3, 6.21.
 */
import type { ModbusExchange } from '#sensor/model/event.ts';
import { joinIdentity, type ModbusIdentity } from '#sensor/model/modbus-identity.ts';
import type { Message } from './exchange.ts';
import type { IdentityObject } from './pdu.ts';
import { printable } from './text.ts';

const NAMES = ['vendor', 'product', 'revision', 'url', 'name', 'model', 'application'] as const;

const CONFORMITY: ReadonlyMap<number, NonNullable<ModbusIdentity['conformity']>> = new Map([
  [0x01, 'basic'],
  [0x02, 'regular'],
  [0x03, 'extended'],
  [0x81, 'basic-individual'],
  [0x82, 'regular-individual'],
  [0x83, 'extended-individual'],
]);

/** Single objects; the other levels are asked as a stream, which may go on. */
export const INDIVIDUAL = 4;
const MORE = 0xff;

/** Units of one connection whose identities are unfinished; who asks goes through them one after the other. The oldest goes first. */
const MAX_UNFINISHED = 8;

export function identityOf(
  objects: readonly IdentityObject[],
  conformity: number,
): { readonly identity?: ModbusIdentity } {
  const named = objects.flatMap(({ id, value }) => {
    const name = NAMES[id];
    return name === undefined ? [] : [[name, printable(value)] as const];
  });
  const others = objects.flatMap(({ id, value }) =>
    id < NAMES.length ? [] : [{ id, value: printable(value) }],
  );
  if (named.length + others.length === 0) return {};
  const known = CONFORMITY.get(conformity);
  return {
    identity: {
      ...Object.fromEntries(named),
      ...(others.length === 0 ? {} : { objects: others }),
      ...(known === undefined ? {} : { conformity: known }),
    },
  };
}

interface Unfinished {
  readonly said: ModbusIdentity;
  /** The object that is to be asked for next. */
  readonly next: number;
}

/** Of one connection. */
export class Identities {
  /** By unit; absent until one was asked. */
  #unfinished: Map<number, Unfinished> | undefined;

  /** The exchange with all that its unit has said since it was asked from the start. */
  assembled(
    exchange: ModbusExchange,
    request: Message | undefined,
    response: Message | undefined,
  ): ModbusExchange {
    const { identity, unitId } = exchange.modbus;
    const level = request?.pdu[2] ?? 0;
    if (identity === undefined || response === undefined || request?.pdu[0] !== response.pdu[0]) {
      return exchange;
    }
    if (level < 1 || level >= INDIVIDUAL) return exchange;
    this.#unfinished ??= new Map();
    const before = this.#unfinished.get(unitId);
    const from = request?.pdu[3] ?? 0;
    const goesOn = before !== undefined && from !== 0 && before.next === from;
    const said = goesOn ? joinIdentity(before.said, identity) : identity;
    this.#unfinished.delete(unitId);
    if (response.pdu[4] === MORE)
      keep(this.#unfinished, unitId, { said, next: response.pdu[5] ?? 0 });
    return { ...exchange, modbus: { ...exchange.modbus, identity: said } };
  }
}

function keep(all: Map<number, Unfinished>, unit: number, unfinished: Unfinished): void {
  const [oldest] = all.keys();
  if (all.size === MAX_UNFINISHED && oldest !== undefined) all.delete(oldest);
  all.set(unit, unfinished);
}
