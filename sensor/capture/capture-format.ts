import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { CaptureBuffer } from './capture-buffer.ts';

/**
 * `packet`: one was filled in. `again`: something else was consumed. `more`: bytes are missing.
 * `end`: nothing that follows can be read; the buffer's faults say why.
 */
export type Step = 'packet' | 'again' | 'more' | 'end';

/** Takes records from a buffer. Made from the first bytes of a capture. */
export interface CaptureFormat {
  readonly name: 'pcap' | 'pcapng';
  /** Consumes at most one record. On `packet`, all fields but `number` are filled. Never throws. */
  next(buffer: CaptureBuffer, packet: CapturedPacket): Step;
}
