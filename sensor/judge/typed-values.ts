/** What registers mean, by the register map of the plant policy. */
import { MAX_LISTED } from '#sensor/model/bounds.ts';
import type { ModbusExchange, SensorEvent } from '#sensor/model/event.ts';
import { type NamedRegister, type SeenBlock, typedValue } from '#sensor/model/typed-value.ts';

/** `event` with the values that `registersOf` names, where it is an exchange of Modbus that has some. */
export function withTypedValues(
  event: SensorEvent,
  registersOf: (serverIp: string) => readonly NamedRegister[],
): SensorEvent {
  if (event.kind !== 'exchange' || event.protocol !== 'modbus') return event;
  const registers = registersOf(event.server.ip);
  if (registers.length === 0) return event;
  const blocks = blocksOf(event);
  const typed = registers
    .flatMap((register) => blocks.flatMap((block) => typedValue(register, block) ?? []))
    .slice(0, MAX_LISTED);
  return typed.length === 0 ? event : { ...event, modbus: { ...event.modbus, typed } };
}

/** What stands where: read values from the answer, written ones from the request. */
function blocksOf({ modbus, operations }: ModbusExchange): readonly SeenBlock[] {
  return operations.flatMap(({ kind, object, values }) => {
    if (object.kind !== 'modbus-range') return [];
    const { table, address } = object;
    const seen = kind === 'write' ? values : (modbus.read?.values ?? modbus.values);
    return seen === undefined ? [] : [{ table, address, values: seen }];
  });
}
