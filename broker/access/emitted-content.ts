/**
 * What a Modbus request on the wire says, as the bytes of its PDU, so that it can be compared with what
 * the gate emitted. Written from the sensor's account of the exchange: that the decoders of sensor and
 * gate agree is part of what the comparison shows.
 *
 * Layouts: MODBUS Application Protocol V1.1b3, 6.5 (5), 6.6 (6), 6.11 (15), 6.12 (16), 6.17 (23).
 */
import type { ModbusDetail } from '#sensor/model/event.ts';

/** Hex; undefined where the request was not seen whole or its function writes nothing that the gate emits. */
export function writtenPdu(modbus: ModbusDetail): string | undefined {
  const { functionCode, address, quantity, values } = modbus;
  switch (functionCode) {
    case 5:
    case 6: {
      const value = values?.[0];
      if (address === undefined || value === undefined) return undefined;
      return hex(
        byte(functionCode),
        word(address),
        word(functionCode === 6 ? value : value * 0xff00),
      );
    }
    case 15:
    case 16: {
      if (address === undefined || quantity === undefined || values?.length !== quantity) {
        return undefined;
      }
      const data = functionCode === 15 ? bits(values) : words(values);
      return hex(byte(functionCode), word(address), word(quantity), byte(data.length), data);
    }
    case 23: {
      const { read, write } = modbus;
      if (read === undefined || write?.values?.length !== write?.quantity) return undefined;
      if (write?.values === undefined) return undefined;
      const data = words(write.values);
      const blocks = [read, write].flatMap((block) => [word(block.address), word(block.quantity)]);
      return hex(byte(functionCode), ...blocks, byte(data.length), data);
    }
    default:
      return undefined;
  }
}

const hex = (...parts: readonly Buffer[]): string => Buffer.concat(parts).toString('hex');

const byte = (value: number): Buffer => Buffer.from([value]);

const word = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

const words = (values: readonly number[]): Buffer => Buffer.concat(values.map(word));

/** Lowest bit first; the unused ones of the last byte are 0. */
function bits(values: readonly number[]): Buffer {
  const data = Buffer.alloc(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (value !== 0) data.writeUInt8(data.readUInt8(index >> 3) | (1 << (index & 7)), index >> 3);
  }
  return data;
}
