/**
 * What the sensor uses of the npm package `pcap`. It is declared here because the package is
 * optional: where the addon cannot be built it is absent, and its types with it.
 */
declare module 'pcap' {
  /** The native part. Its methods may be called until `dispatch` has run after `close`. */
  interface NativeSession {
    /** Called when packets are ready. */
    read_callback: () => void;
    /** Takes all packets that are ready. -1: failed. -2: closed, and everything is freed: call nothing more. */
    dispatch(bytes: Buffer, header: Buffer): number;
    /** Makes the session read a file instead. */
    open_offline(
      path: string,
      filter: string,
      bufferSize: number,
      snapLength: number,
      outfile: string,
      packetReady: () => void,
      monitor: boolean,
      bufferTimeout: number,
      warning: () => void,
      promiscuous: boolean,
    ): string;
  }

  class PcapSession {
    constructor(
      live: true,
      device: string,
      filter: string,
      bufferSize: number,
      snapLength: number,
      outfile: null,
      monitor: false,
      bufferTimeout: number,
      promiscuous: boolean,
    );
    readonly link_type: string;
    /** The packet of the current `on_packet_ready`. */
    readonly buf: Buffer;
    /** Seconds, µs, captured and original length: four 32-bit numbers in the order of the machine. */
    readonly header: Buffer;
    readonly session: NativeSession;
    /** Called for each packet; the package's own makes an object and emits an event. */
    on_packet_ready(): void;
    stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number };
    close(): void;
  }

  const pcap: {
    readonly PcapSession: typeof PcapSession;
    /** `libpcap version 1.10.3 (with TPACKET_V3)` */
    readonly lib_version: string;
    /** Told of harmless faults, as of an interface without address. Prints by default. */
    warningHandler: (text: string) => void;
  };
  export = pcap;
}
