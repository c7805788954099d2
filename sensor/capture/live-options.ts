/** Room for packets that wait to be read. The default of libpcap, 2 MiB, loses bursts. */
export const KERNEL_BUFFER_BYTES = 67_108_864;

/** The longest IP packet and more; offloading network cards show packets that long. */
export const SNAPLEN = 65_535;

export interface LiveOptions {
  readonly interface: string;
  /** pcap-filter(7); empty for all packets. Checked by libpcap at the start. */
  readonly filter: string;
  /** Also take frames that are not addressed to this machine; a mirror port needs it. */
  readonly promiscuous: boolean;
  /** `auto`: the addon, or tcpdump where the addon is missing or lacks the right to capture. */
  readonly backend: 'auto' | 'pcap' | 'tcpdump';
}
