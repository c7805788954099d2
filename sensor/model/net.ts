/** Who talks to whom, as seen on the wire. */

/** One end of a conversation. `mac` is upper case with hyphens, as ECS wants it (`00-00-5E-00-53-23`). */
export interface Endpoint {
  /** Text form of the address; IPv6 compressed as RFC 5952 says. */
  readonly ip: string;
  /** 0 where it is not known, as of an IP fragment without its first part. */
  readonly port: number;
  /** Valid iff the frame carried one, which a routed capture or a tunnel may not. */
  readonly mac?: string;
}

/** Protocols that the product decodes, named as `network.protocol` of ECS. */
export type Protocol = 'modbus' | 'opcua';

export type Transport = 'tcp' | 'udp';
