/** What is kept of a TCP connection from its first payload byte until it is over. */
import { Direction } from './direction.ts';
import { type FlowOrigin, FlowPeers, type PeerTables } from './flow-peers.ts';

export class TcpConnection extends FlowPeers {
  readonly directions: readonly [Direction, Direction] = [new Direction(0), new Direction(1)];
  /** Place of its link in `Links`. */
  readonly link: number;
  /** Both directions ended; kept only to tell late packets from new ones. */
  closed = false;
  /** Segments of either direction wait. */
  waits = false;

  constructor(flow: number, tables: PeerTables, from: FlowOrigin, link: number) {
    super(flow, tables, from);
    this.link = link;
  }

  /** Bytes of both directions that were never seen. */
  get missed(): number {
    return this.directions[0].missed + this.directions[1].missed;
  }
}
