/** What TCP reassembly met. Every kind of loss and oddity has its number; the pipeline reports them. */
export interface StreamCounters {
  /** Connections with payload. */
  connections: number;
  /** Segments with payload of connections that somebody wants. */
  segments: number;
  /** Segments that only repeat what was delivered. */
  retransmissions: number;
  /** Segments that came before the bytes that precede them. */
  reordered: number;
  /** Keep-alive probes. RFC 9293, 3.8.4. */
  keepAlives: number;
  /** Bytes sent again with different content. */
  conflictingBytes: number;
  gaps: number;
  /** Bytes never seen, as far as their number is known. */
  gapBytes: number;
  /** Segments far from where the stream stands. */
  outOfWindow: number;
  /** RST segments far from where the stream stands, which the receiver ignores too. */
  ignoredResets: number;
  /** Segments after the end of their stream. */
  afterEnd: number;
  /** Connections that took the place of one with the same ends. */
  replaced: number;
  /** Flows given up because nothing came for long. */
  idle: number;
  /** Flows given up because the table was full: a limit was reached, and data may be lost. */
  evicted: number;
  /** Waits given up because too much was waiting: a limit was reached. */
  pendingLimit: number;
}

export function createStreamCounters(): StreamCounters {
  return {
    connections: 0,
    segments: 0,
    retransmissions: 0,
    reordered: 0,
    keepAlives: 0,
    conflictingBytes: 0,
    gaps: 0,
    gapBytes: 0,
    outOfWindow: 0,
    ignoredResets: 0,
    afterEnd: 0,
    replaced: 0,
    idle: 0,
    evicted: 0,
    pendingLimit: 0,
  };
}
