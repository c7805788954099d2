import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { capturedPacket, ipFrame, tcpFrame } from '../../support/packets.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

/** LINKTYPE_ values, and one that is not read. */
const LINK_TYPES: readonly number[] = [1, 0, 108, 12, 14, 101, 113, 228, 229, 276, 147];

/** So many bytes stand before the packet in its buffer, and behind it: nothing of them may be shown. */
const AROUND = 32;

/** What a target of packets takes: `link` is a place in `LINK_TYPES`. */
export const frame = (link: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([link]), bytes]);

const payload = Buffer.from('000100000006010300000001', 'hex');
const view = createPacketView();

const IS_CUT = 0x80;
const CUT_OFF = 100;

/** A byte that says which kind of link, and by its highest bit that the capture cut the frame; and the frame. */
export const PACKET: Target = {
  name: 'packet',
  promise: 'what is shown of a packet lies within it',
  most: 300,
  share: 100,
  words: ['8100', '88a8', '0800', '86dd', '0806', '6558', '4500', '60000000', '12b5', '2f'].map(
    (hex) => Buffer.from(hex, 'hex'),
  ),
  work: { each: 10, fixed: 300 },
  seeds: [
    frame(0, tcpFrame({ payload })),
    frame(0, tcpFrame({ payload, vlan: [5, 7], options: 12 })),
    frame(0, tcpFrame({ payload, from: 'fd00::1', to: 'fd00::2' })),
    frame(IS_CUT, tcpFrame({ payload, options: 12 }).subarray(0, -6)),
    frame(0, ipFrame('192.0.2.1', '192.0.2.2', 17, Buffer.from('c00012b500140000', 'hex'))),
    frame(0, ipFrame('fd00::1', 'fd00::2', 0, Buffer.from('3a00050200000000', 'hex'))),
    frame(5, tcpFrame({ payload }).subarray(14)),
    frame(6, Buffer.concat([Buffer.alloc(14), tcpFrame({ payload }).subarray(12)])),
  ],
  run: (bytes) => {
    const frameBytes = bytes.subarray(1);
    const around = Buffer.alloc(AROUND, 0xee);
    const packet = capturedPacket(Buffer.concat([around, frameBytes, around]));
    packet.offset = AROUND;
    packet.capturedLength = frameBytes.length;
    const first = bytes[0] ?? 0;
    packet.originalLength = frameBytes.length + ((first & IS_CUT) === 0 ? 0 : CUT_OFF);
    packet.linkType = LINK_TYPES[(first & ~IS_CUT) % LINK_TYPES.length] ?? 1;
    const kind = parsePacket(packet, view);
    if (kind !== 'tcp' && kind !== 'udp' && kind !== 'ip-other' && kind !== 'fragment') return;
    const [begin, end] = [AROUND, AROUND + frameBytes.length];
    const { payload: from, payloadLength, ipHeader, ipVersion } = view;
    promised(payloadLength >= 0 && view.payloadMissing >= 0, 'a payload is shorter than nothing');
    promised(from >= begin && from + payloadLength <= end, 'a payload lies beyond the packet');
    const address = ipVersion === 4 ? 4 : 16;
    for (const at of [view.sourceAddress, view.destinationAddress]) {
      promised(at >= begin && at + address <= end, 'an address lies beyond the packet');
    }
    promised(ipHeader >= begin && ipHeader < end, 'a header lies beyond the packet');
  },
};
