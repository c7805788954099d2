import { type Micros, micros } from './time.ts';

/**
 * One packet as it was captured, before anything in it is understood.
 *
 * There is ONE such object for each source, filled anew for each packet: it is valid only during
 * the call it is passed to. Who keeps a packet copies the bytes (`sensor/capture/ring.ts`). The time
 * is a field and not a parameter because a number above 2^31 that is passed to a function which is
 * not inlined costs a heap number; a field of a reused object costs nothing.
 */
export interface CapturedPacket {
  /** The buffer the packet lies in; much more than this packet, and overwritten later. */
  bytes: Uint8Array;
  /** Over the same memory and with the same origin as `bytes`: `offset` counts for both. */
  view: DataView;
  /** Where the link-layer header starts. */
  offset: number;
  /** Bytes present at `offset`; below `originalLength` where the capture cut the packet (snaplen). */
  capturedLength: number;
  /** Bytes that the packet had on the wire. */
  originalLength: number;
  /** When it was captured. */
  at: Micros;
  /** LINKTYPE_ value of tcpdump.org/linktypes.html; 1 = Ethernet. */
  linkType: number;
  /** Index of the capturing interface within the capture's section; 0 where there is only one. */
  interfaceIndex: number;
  /** 1-based number of the frame in its capture, as Wireshark counts. Rises with each packet. */
  number: number;
}

/** Takes one packet. The object and its bytes are valid only until it returns. */
export type PacketSink = (packet: CapturedPacket) => void;

/** An empty packet for a source to fill. */
export function createCapturedPacket(bytes: Uint8Array): CapturedPacket {
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: 0,
    capturedLength: 0,
    originalLength: 0,
    at: micros(0),
    linkType: 1,
    interfaceIndex: 0,
    number: 0,
  };
}
