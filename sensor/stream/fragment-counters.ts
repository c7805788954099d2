/** What putting fragments together met. Counts are of fragments unless said otherwise. */
export interface FragmentCounters {
  /** Datagrams put together. */
  datagrams: number;
  /** Of other protocols than TCP and tunnels, of which nothing is read. */
  unwanted: number;
  /** Came again with the same bytes. */
  copies: number;
  /** Without bytes, of an odd length, beyond the end of their datagram or of any. RFC 791, 3.2. */
  malformed: number;
  /** Cut by the snaplen. */
  cut: number;
  /** IPv4 bytes that came twice and differ; the first ones count. */
  conflictingBytes: number;
  /** Of IPv6 datagrams whose fragments overlap. RFC 5722. */
  overlapping: number;
  /** Given up because the rest did not come in time. */
  incomplete: number;
  /** Given up because too many waited: a limit was reached. */
  evicted: number;
}

export function createFragmentCounters(): FragmentCounters {
  return {
    datagrams: 0,
    unwanted: 0,
    copies: 0,
    malformed: 0,
    cut: 0,
    conflictingBytes: 0,
    overlapping: 0,
    incomplete: 0,
    evicted: 0,
  };
}
