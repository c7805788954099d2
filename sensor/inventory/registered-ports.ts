/** Ports at which something is known to be served: of two ports of a datagram, such a one is the server's. */
import { SIGNATURES } from './signatures/table.ts';

/** Modbus and OPC UA, which have decoders of their own, and services that no signature tells. */
const OTHERS = [502, 4840, 514, 138, 319, 320, 1812, 1813] as const;

export const REGISTERED_PORTS: ReadonlySet<number> = new Set([
  ...OTHERS,
  ...SIGNATURES.flatMap(({ ports }) => ports),
]);
