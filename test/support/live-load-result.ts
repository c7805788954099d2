/** What `live-load.ts` prints. */
export interface LiveLoad {
  readonly backend: 'pcap' | 'tcpdump' | 'replay';
  /** Packets per second that were sent indeed. */
  readonly rate: number;
  /** As the kernel counts them, and of those the ones that found no room. */
  readonly received: number;
  readonly dropped: number;
  /** That came to the sensor. */
  readonly delivered: number;
  /** CPU of the whole sensor, 1 = all of one core while the packets came. */
  readonly core: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly alerts: number;
  /** Kinds of news that tell of trouble. */
  readonly trouble: readonly string[];
}
