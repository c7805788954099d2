/** A real Modbus client (modbus-serial) that speaks from a chosen loopback address, as one party of the plant. */
import modbusSerial from 'modbus-serial';

export type Client = InstanceType<typeof modbusSerial.default>;

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly unit: number;
}

/** Milliseconds that a client waits for an answer. */
const ANSWER_WITHIN = 2_000;

/** Rejects when nobody listens at `target`. */
export async function connectFrom(from: string, target: Target): Promise<Client> {
  const client = new modbusSerial.default();
  await client.connectTCP(target.host, { port: target.port, localAddress: from });
  client.setID(target.unit);
  client.setTimeout(ANSWER_WITHIN);
  return client;
}

export function disconnect(client: Client): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  client.close(() => resolve());
  return promise;
}
