/** Where bytes of a stream stand in the frame that carried them, so that they can be found there again. */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';

/** Below every place in a frame, whatever is added to it. */
const NOWHERE = -0x4000_0000;

/** Place of the payload, less its first `stale` bytes; nowhere if it was put together of several frames. */
export function placeIn(packet: CapturedPacket, view: PacketView, stale: number): number {
  return view.bytes === packet.bytes ? view.payload + stale - packet.offset : NOWHERE;
}
