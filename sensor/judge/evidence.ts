/**
 * Cuts the packets that prove an alert out of the ring of recent packets, for `read` and `run` alike:
 * the frames of request and response, and what the same connection said just before.
 *
 * Decoders overwrite secrets in the ring as they read them. Of a connection that carries secrets, what no
 * decoder has vouched for is overwritten here: a packet that was sent again, one that came too early and
 * was never used, bytes that nobody could read.
 */
import { HIDDEN, type PacketRing } from '#sensor/capture/ring.ts';
import { OPCUA_PORT } from '#sensor/decode/opcua/probe.ts';
import type { Evidence } from '#sensor/detect/alert-book.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { createCapturedPacket } from '#sensor/model/captured-packet.ts';
import { cutEvidence, type EvidenceFrame } from '#sensor/output/evidence.ts';
import { addressText, datagramKey, isOfTcp } from '#sensor/wire/fragment.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView, type PacketKind, type PacketView } from '#sensor/wire/packet-view.ts';

/** Frames of the same connection before the first one that proves it. */
export const MAX_CONTEXT_FRAMES = 30;

const ETHERNET_HEADER = 14;

/**
 * Frames looked through for them: a busy mirror port carries much else in between. It is done on the
 * packet path, at some µs a frame.
 */
const LOOK_BACK_FRAMES = 500;

export interface CutterOptions {
  readonly ring: PacketRing;
  /** Keeps the file under this name, and gives the name by which others find it. */
  readonly save: (name: string, pcapng: Buffer, sha256: string) => string;
}

type Lookup = (number: number) => EvidenceFrame | undefined;

/** For `AlertBookOptions.evidence`. Undefined where none of the frames is kept any more. */
export function evidenceCutter({
  ring,
  save,
}: CutterOptions): (alert: Alert) => Evidence | undefined {
  const view = createPacketView();
  const lookup: Lookup = (number) => {
    const found = ring.find(number);
    if (found.kind !== 'found') return undefined;
    const { packet } = found;
    hideUnvouched(packet, ring, view);
    return packet;
  };
  return (alert) => {
    const { frames, alert: stream } = alert.lockkeeper;
    if (!frames.some((frame) => lookup(frame) !== undefined)) return undefined;
    const proof = withFragments(frames, lookup);
    const { pcapng, sha256, complete } = cutEvidence({
      comment: `${alert.rule.name}: ${alert.message} (${stream.id})`,
      frames: proof,
      context: contextOf(proof, lookup, ring),
      lookup,
    });
    return { pcap: save(`${stream.id}.pcapng`, pcapng, sha256), sha256, complete };
  };
}

/** The frames, and of those that completed a datagram its other fragments. */
function withFragments(frames: readonly number[], lookup: Lookup): readonly number[] {
  const view = createPacketView();
  const keyOf = (number: number): string | undefined => {
    const frame = lookup(number);
    return frame !== undefined && parse(frame, view) === 'fragment' ? datagramKey(view) : undefined;
  };
  const all = new Set(frames);
  for (const last of frames) {
    const key = keyOf(last);
    if (key === undefined) continue;
    const oldest = Math.max(1, last - LOOK_BACK_FRAMES);
    for (let number = last - 1; number >= oldest; number--) {
      if (keyOf(number) === key) all.add(number);
    }
  }
  return [...all];
}

/** Overwrites what is not vouched for, if the connection of the frame is one that carries secrets. */
function hideUnvouched(
  frame: EvidenceFrame & { readonly vouchedFrom: number; readonly vouchedTo: number },
  ring: Pick<PacketRing, 'isGuarded' | 'guardsHost'>,
  view: PacketView,
): void {
  const { bytes, vouchedFrom, vouchedTo } = frame;
  const kind = parse(frame, view);
  if (kind === 'fragment' && isOfTcp(view)) {
    // Only the first of them has ports, and what is vouched for is said of the datagram.
    const hosts = [view.sourceAddress, view.destinationAddress];
    if (hosts.some((at) => ring.guardsHost(addressText(view, at))))
      bytes.fill(HIDDEN, view.payload);
    return;
  }
  if (kind !== 'tcp') {
    // No segment of TCP, or a piece of a tunnel: whose it is cannot be told.
    bytes.fill(HIDDEN, ETHERNET_HEADER);
    return;
  }
  const ends = [
    [view.sourceAddress, view.sourcePort],
    [view.destinationAddress, view.destinationPort],
  ] as const;
  const guarded = ends.some(
    ([address, port]) => port === OPCUA_PORT || ring.isGuarded(addressText(view, address), port),
  );
  if (!guarded) return;
  const isVouched = vouchedTo > vouchedFrom;
  bytes.fill(HIDDEN, view.payload, isVouched ? Math.max(view.payload, vouchedFrom) : bytes.length);
  if (isVouched) bytes.fill(HIDDEN, Math.max(view.payload, vouchedTo));
}

/** Newest frames of the same connection up to the last of `frames`, each once where the mirror port gave it twice. */
function contextOf(
  frames: readonly number[],
  lookup: Lookup,
  ring: Pick<PacketRing, 'show'>,
): number[] {
  const last = Math.max(...frames);
  const proof = lookup(last);
  const wanted = createPacketView();
  if (proof === undefined || parse(proof, wanted) !== 'tcp') return [];
  const view = createPacketView();
  const packet = createCapturedPacket(new Uint8Array(0));
  const context: number[] = [];
  const oldest = Math.max(1, Math.min(...frames) - LOOK_BACK_FRAMES);
  for (let number = last; number >= oldest && context.length < MAX_CONTEXT_FRAMES; number--) {
    if (!ring.show(number, packet) || parsePacket(packet, view) !== 'tcp') continue;
    if (isSameWay(view, wanted) || isOtherWay(view, wanted)) context.push(number);
  }
  return context;
}

const isSameWay = (a: PacketView, b: PacketView): boolean =>
  a.sourcePort === b.sourcePort &&
  a.destinationPort === b.destinationPort &&
  isSameAddress(a, a.sourceAddress, b, b.sourceAddress) &&
  isSameAddress(a, a.destinationAddress, b, b.destinationAddress);

const isOtherWay = (a: PacketView, b: PacketView): boolean =>
  a.sourcePort === b.destinationPort &&
  a.destinationPort === b.sourcePort &&
  isSameAddress(a, a.sourceAddress, b, b.destinationAddress) &&
  isSameAddress(a, a.destinationAddress, b, b.sourceAddress);

function isSameAddress(a: PacketView, at: number, b: PacketView, bt: number): boolean {
  if (a.ipVersion !== b.ipVersion) return false;
  const length = a.ipVersion === 4 ? 4 : 16;
  for (let i = 0; i < length; i++) if (a.bytes[at + i] !== b.bytes[bt + i]) return false;
  return true;
}

function parse(frame: EvidenceFrame, view: PacketView): PacketKind {
  const packet = createCapturedPacket(frame.bytes);
  packet.capturedLength = frame.bytes.length;
  packet.originalLength = frame.originalLength;
  packet.linkType = frame.linkType;
  return parsePacket(packet, view);
}
