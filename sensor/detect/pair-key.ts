/** A client address and a server as one key, under which detectors remember what they did to each other. */
import type { Endpoint } from '#sensor/model/net.ts';

interface Keyed {
  readonly server: Endpoint;
  readonly key: string;
}

/** By the client's end, of which there is one object for each connection: the key is made once for it. */
const keys = new WeakMap<Endpoint, Keyed>();

/** `10.0.1.33 10.0.2.33 502` */
export function pairKey(client: Endpoint, server: Endpoint): string {
  const known = keys.get(client);
  if (known?.server === server) return known.key;
  const key = `${client.ip} ${server.ip} ${server.port}`;
  keys.set(client, { server, key });
  return key;
}
