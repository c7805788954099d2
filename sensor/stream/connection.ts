/** What is kept of a TCP connection from its first payload byte until it is over. */
import type { StreamConsumer } from './consumer.ts';
import { Direction } from './direction.ts';
import type { FlowTable } from './flow.ts';
import { type FlowOrigin, FlowPeers } from './flow-peers.ts';

export class TcpConnection extends FlowPeers {
  readonly directions: readonly [Direction, Direction] = [new Direction(0), new Direction(1)];
  consumer: StreamConsumer | undefined = undefined;
  /** Place of its link in `Links`. */
  readonly link: number;
  /** Both directions ended; kept only to tell late packets from new ones. */
  closed = false;

  constructor(flow: number, flows: FlowTable, macs: Int32Array, from: FlowOrigin, link: number) {
    super(flow, flows, macs, from);
    this.link = link;
  }

  /** Bytes of both directions that were never seen. */
  get missed(): number {
    return this.directions[0].missed + this.directions[1].missed;
  }
}
