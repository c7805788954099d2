/** Protocols as people write them; one that is not listed is shown as the sensor calls it. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['modbus', 'Modbus'],
  ['opcua', 'OPC UA'],
]);

export const protocolName = (protocol: string): string => NAMES.get(protocol) ?? protocol;

export const protocolNames = (protocols: readonly string[]): string =>
  protocols.map(protocolName).join(', ');
