/**
 * Who is known to serve a protocol on whatever port: because the plant policy says so, or because it was
 * heard to answer in it. There a connection is read as one on the registered port is: one message is
 * evidence enough, and nothing odd makes the sensor look away.
 */
import type { Endpoint, Protocol, Transport } from '#sensor/model/net.ts';
import type { Side } from '#sensor/stream/consumer.ts';
import type { Decoder, Peers } from './protocol.ts';

/** Servers that are remembered because they were heard; a plant has some hundreds. The oldest goes first. */
const MAX_HEARD = 4096;

export interface Service extends Pick<Endpoint, 'ip' | 'port'> {
  readonly protocol: Protocol;
  readonly transport: Transport;
}

export class KnownServers {
  #declared: ReadonlySet<string> = new Set();
  readonly #heard = new Set<string>();
  /** 1 where some server has this port: most connections of a network are done with here. */
  readonly #ports = new Uint8Array(65_536);

  /** What the plant policy says, in place of what it said before. */
  declare(services: readonly Service[]): void {
    this.#declared = new Set(services.map(keyOf));
    for (const { port } of services) this.#ports[port] = 1;
  }

  /** A server that answered. */
  hear(service: Service): void {
    const key = keyOf(service);
    this.#heard.delete(key);
    this.#heard.add(key);
    this.#ports[service.port] = 1;
    if (this.#heard.size <= MAX_HEARD) return;
    for (const oldest of this.#heard) {
      this.#heard.delete(oldest);
      return;
    }
  }

  /** True iff `side` is known to serve the protocol of `decoder`. */
  serves({ protocol, port: registered }: Decoder, peers: Peers, side: Side): boolean {
    const port = peers.port(side);
    if (port === registered) return true;
    if (this.#ports[port] !== 1) return false;
    const key = keyOf({ protocol, transport: peers.transport, ip: peers.endpoint(side).ip, port });
    return this.#declared.has(key) || this.#heard.has(key);
  }
}

const keyOf = ({ protocol, transport, ip, port }: Service): string =>
  `${protocol} ${transport} ${ip} ${port}`;
