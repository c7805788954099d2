/** Reads a capture from memory and writes down what came out. */
import { CaptureReader } from '#sensor/capture/capture-reader.ts';
import type { CaptureResult } from '#sensor/capture/source.ts';

interface ReadPacket {
  readonly hex: string;
  readonly at: number;
  readonly originalLength: number;
  readonly linkType: number;
  readonly interfaceIndex: number;
  readonly number: number;
}

export interface Reading {
  readonly packets: readonly ReadPacket[];
  readonly result: CaptureResult;
}

/** Feeds `bytes` to a reader in pieces of the given sizes, in turn; whole if there are none. */
export function readBytes(bytes: Uint8Array, sizes: readonly number[] = []): Reading {
  const reader = new CaptureReader();
  const packets: ReadPacket[] = [];
  let turn = 0;
  for (let at = 0; at < bytes.length && !reader.ended; turn++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[turn % sizes.length] as number);
    at += reader.append(bytes.subarray(at, at + size));
    while (reader.next()) packets.push(copy(reader));
  }
  reader.finish();
  return { packets, result: reader.result() };
}

function copy({ packet }: CaptureReader): ReadPacket {
  const { bytes, offset, capturedLength, at, originalLength, linkType, interfaceIndex, number } =
    packet;
  const hex = Buffer.from(bytes.subarray(offset, offset + capturedLength)).toString('hex');
  return { hex, at, originalLength, linkType, interfaceIndex, number };
}
