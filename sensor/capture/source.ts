/**
 * Where packets come from, and how a capture ends.
 *
 * How to use:
 *
 *     const result = readCaptureFile(path, (packet) => { ... });            file.ts, `-` is stdin
 *     const capture = await startLiveCapture(options, (packet) => { ... }); live.ts
 *     const capture = startReplay(options, (packet) => { ... });            replay.ts
 *
 * Every source passes the same reused `CapturedPacket` (sensor/model/captured-packet.ts) to one
 * function. Damage in a capture is a value (`CaptureFault`), never an exception.
 */

/** Largest packet that any source delivers: MAXIMUM_SNAPLEN of libpcap. More means a corrupt length. */
export const MAX_CAPTURED_LENGTH = 262_144;

/** Faults of one capture that are kept; the rest is only counted in `CaptureTotals.faults`. */
export const MAX_FAULTS_KEPT = 100;

export type CaptureFaultName =
  /** The capture ends within a record; everything before was delivered. */
  | 'capture.truncated'
  /** A length that no writer writes; what follows cannot be found again. */
  | 'capture.record-length'
  /** A pcapng block whose inner lengths contradict each other; it was skipped. */
  | 'capture.block'
  /** A pcapng packet of an interface that was never described; it was skipped. */
  | 'capture.interface'
  /** A packed capture cannot be unpacked further; everything before was delivered. */
  | 'capture.packed'
  /** A time before 1970 or after 2255, clamped. */
  | 'capture.time'
  /** Reading stopped because the file could not be read on. */
  | 'capture.read-error';

/** Something wrong with the capture itself; has the shape of a Fact (sensor/model/fact.ts). */
export interface CaptureFault {
  readonly name: CaptureFaultName;
  /** In words, with the place. */
  readonly text: string;
  /** Byte offset in the capture at which it was found. */
  readonly offset: number;
}

/** What was read from a capture. */
interface CaptureTotals {
  /** Packets delivered. */
  readonly packets: number;
  /** Captured bytes of those packets, without the headers of the file format. */
  readonly bytes: number;
  /** Number of faults met, also those that `faults` no longer lists. */
  readonly faultCount: number;
  /** The first `MAX_FAULTS_KEPT` of them. */
  readonly faults: readonly CaptureFault[];
}

/**
 * How reading a capture ended.
 * `read`: it is a capture; all that could be read was delivered, the damage stands in `faults`.
 * `compressed`: it is (or may be) a capture packed otherwise than with gzip, which this version does not unpack.
 * `no-capture`: the first bytes are of no capture format (exit code 2 of the command).
 * `unreadable`: the file cannot be opened or read at all (exit code 2).
 */
export type CaptureResult =
  | ({ readonly kind: 'read'; readonly format: 'pcap' | 'pcapng' } & CaptureTotals)
  | { readonly kind: 'compressed'; readonly text: string }
  | { readonly kind: 'no-capture'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly text: string };

/** Counts since the capture started, of a live source. */
export interface CaptureCounters {
  /** Packets that passed the filter, as the kernel counts them: those delivered, those `dropped`, those on their way. */
  readonly received: number;
  /** Packets lost because the kernel's buffer was full. */
  readonly dropped: number;
  /** Packets lost by the interface or its driver, before they were `received`; 0 also where the driver does not say. */
  readonly interfaceDropped: number;
  /** Packets passed to the sink. */
  readonly delivered: number;
}

/**
 * Why a running capture ended. `failed` is not asked for: the interface vanished or the helper
 * process died; the text says which and what to do.
 */
export type CaptureEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly text: string };

/** A capture that goes on by itself until it is stopped or fails. */
export interface RunningCapture {
  readonly backend: 'pcap' | 'tcpdump' | 'replay';
  /** What people should know about the choice of backend, for example why the addon is not used. */
  readonly note: string | undefined;
  /** Newest counts. tcpdump tells those of the kernel only every 5 s. */
  counters(): CaptureCounters;
  /** Resolves once, when no further packet will be delivered; never rejects. */
  readonly ended: Promise<CaptureEnd>;
  /** Stops it and waits for `ended`. Harmless when called again. */
  stop(): Promise<CaptureEnd>;
}
