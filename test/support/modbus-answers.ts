/** What a sound device answers to plain reads and writes. */
import type { ModbusRequest, ModbusResponse } from '#sensor/decode/modbus/pdu.ts';

/** Undefined for what is neither a plain read nor a plain write. */
export function answerTo(asked: ModbusRequest): ModbusResponse | undefined {
  if (asked.kind === 'write-single') return asked;
  if (asked.kind === 'write-multiple') {
    const { functionCode, address, quantity } = asked;
    return { kind: 'written', functionCode, address, quantity };
  }
  if (asked.kind !== 'read') return undefined;
  const { functionCode, quantity } = asked;
  return functionCode === 1 || functionCode === 2
    ? { kind: 'bits', functionCode, values: counting(Math.ceil(quantity / 8) * 8, 2) }
    : { kind: 'registers', functionCode, values: counting(quantity, 65_536) };
}

const counting = (length: number, below: number): number[] =>
  Array.from({ length }, (_, i) => (i * 257) % below);
