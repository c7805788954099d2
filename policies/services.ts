/** Who serves which protocol, as far as a policy says. */
import type { Plant } from './plant.ts';

export interface NamedService {
  readonly protocol: 'modbus' | 'opcua';
  readonly transport: 'tcp' | 'udp';
  readonly ip: string;
  readonly port: number;
}

/** Modbus over either transport, OPC UA over TCP. */
export const servicesOf = ({ assets }: Plant): readonly NamedService[] =>
  [...assets.values()].flatMap(({ address: ip, modbus, opcua }): readonly NamedService[] => [
    ...(modbus === undefined
      ? []
      : (['tcp', 'udp'] as const).map(
          (transport) => ({ protocol: 'modbus', transport, ip, port: modbus.port }) as const,
        )),
    ...(opcua === undefined
      ? []
      : [{ protocol: 'opcua', transport: 'tcp', ip, port: opcua.port } as const]),
  ]);
