/**
 * One reading of capture files: the files in their order as one stretch of time, through the pipeline,
 * and everything that outputs and the summary need of it.
 *
 * Several files are one capture that was cut: connections go on from one to the next, and so do the
 * frame numbers, as after `mergecap -a`.
 */
import { readCaptureFile } from '#sensor/capture/file.ts';
import type { CaptureFault } from '#sensor/capture/source.ts';
import type { PacketSink } from '#sensor/model/captured-packet.ts';
import { type CapturedPacket, createCapturedPacket } from '#sensor/model/captured-packet.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

interface FileReading {
  readonly file: string;
  /** Undefined iff it is a capture and was read as far as it goes. */
  readonly refused: string | undefined;
  readonly faults: readonly CaptureFault[];
  /** Also those that `faults` no longer lists. */
  readonly faultCount: number;
}

export interface Reading {
  readonly files: readonly FileReading[];
  readonly packets: number;
  readonly bytes: number;
  /** Earliest and latest packet; 0 where there was none. */
  readonly from: Micros;
  readonly to: Micros;
}

/** Passes all packets of `files` to `sink`, numbered throughout. `-` is stdin. */
export function readFiles(files: readonly string[], sink: PacketSink): Reading {
  const span = Float64Array.of(Number.POSITIVE_INFINITY, 0);
  const timed: PacketSink = (packet) => {
    if (packet.at < (span[0] ?? 0)) span[0] = packet.at;
    if (packet.at > (span[1] ?? 0)) span[1] = packet.at;
    sink(packet);
  };
  const read: FileReading[] = [];
  let packets = 0;
  let bytes = 0;
  for (const file of files) {
    const result = readCaptureFile(file, packets === 0 ? timed : renumbered(packets, timed));
    if (result.kind === 'read') {
      packets += result.packets;
      bytes += result.bytes;
      const { faults, faultCount } = result;
      read.push({ file, refused: undefined, faults, faultCount });
    } else {
      read.push({ file, refused: result.text, faults: [], faultCount: 0 });
    }
  }
  const any = packets > 0;
  return {
    files: read,
    packets,
    bytes,
    from: micros(any ? (span[0] ?? 0) : 0),
    to: micros(any ? (span[1] ?? 0) : 0),
  };
}

/** The same packets with `before` added to their numbers; their own object, since theirs counts for its file. */
function renumbered(before: number, sink: PacketSink): PacketSink {
  const copy: CapturedPacket = createCapturedPacket(new Uint8Array(0));
  return (packet) => {
    copy.bytes = packet.bytes;
    copy.view = packet.view;
    copy.offset = packet.offset;
    copy.capturedLength = packet.capturedLength;
    copy.originalLength = packet.originalLength;
    copy.at = packet.at;
    copy.linkType = packet.linkType;
    copy.interfaceIndex = packet.interfaceIndex;
    copy.number = packet.number + before;
    sink(copy);
  };
}
