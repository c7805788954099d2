/** How well one link was heard: a VLAN of a capturing interface. Counted by `Links` of sensor/stream/links.ts. */
export interface LinkAccount {
  readonly interfaceIndex: number;
  /** -1: untagged. */
  readonly vlan: number;
  /** Bytes of TCP that were read, and that never came, in so many places. */
  readonly seenBytes: number;
  readonly lostBytes: number;
  readonly holes: number;
  /** Connections with payload of which both directions are seen, and of which only one is. */
  readonly bothWays: number;
  readonly oneWay: number;
}
