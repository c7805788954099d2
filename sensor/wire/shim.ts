/**
 * What may stand between Ethernet and IP: MPLS labels, and PPPoE.
 *
 *     MPLS    20 bits label | 3 class | 1 last | 8 time to live, again and again until the last
 *             then IP, told by its version, or a frame behind a control word of zeros (RFC 4385, 3)
 *     PPPoE   version and type 0x11, code 0, session 2, length 2, PPP protocol 2 (counted in the length)
 *
 * Labels differ each way, and a PPPoE session is one subscriber, so neither names a network.
 * Spec: RFC 3032, 2.1; RFC 2516, 4; PPP protocol numbers 0x0021 and 0x0057.
 */
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from './ether-type.ts';
import type { PacketView } from './packet-view.ts';
import { enterFrame, markTunnel, noteLength, type Opened, skip } from './tunnel-note.ts';

const LABEL_LENGTH = 4;
const LAST_LABEL = 0x100;
/** Seven are in use with traffic engineering; the rest is room. */
const MAX_MPLS_LABELS = 16;
const CONTROL_WORD_LENGTH = 4;

const PPPOE_LENGTH = 8;
/** The length counts what follows it, of which the PPP protocol is the beginning. */
const PPPOE_LENGTH_AT = 4;
const PPPOE_UNCOUNTED = 6;
const PPPOE_SESSION_DATA = 0x1100;
const PPP_PROTOCOL_AT = 6;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

export function openMpls(view: DataView, out: PacketView): Opened {
  let length = 0;
  for (let last = false; !last; length += LABEL_LENGTH) {
    if (length === MAX_MPLS_LABELS * LABEL_LENGTH) return 'mpls-depth';
    if (out.payloadLength < length + LABEL_LENGTH) return 'mpls-short';
    last = (view.getUint32(out.payload + length) & LAST_LABEL) !== 0;
  }
  if (out.payloadLength < length + CONTROL_WORD_LENGTH) return 'mpls-short';
  const word = view.getUint32(out.payload + length);
  const version = word >>> 28;
  if (version !== 4 && version !== 6 && word !== 0) return 'closed';
  markTunnel(out, 'mpls');
  if (word === 0) return enterFrame(view, out, length + CONTROL_WORD_LENGTH);
  skip(out, length);
  out.etherType = version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  return undefined;
}

export function openPppoe(view: DataView, out: PacketView): Opened {
  const at = out.payload;
  if (out.payloadLength < PPPOE_LENGTH) return 'pppoe-short';
  if (view.getUint16(at) !== PPPOE_SESSION_DATA) return 'closed';
  const protocol = view.getUint16(at + PPP_PROTOCOL_AT);
  if (protocol !== PPP_IPV4 && protocol !== PPP_IPV6) return 'closed';
  markTunnel(out, 'pppoe');
  noteLength(out, at + PPPOE_LENGTH_AT);
  out.etherType = protocol === PPP_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  const stated = PPPOE_UNCOUNTED + view.getUint16(at + PPPOE_LENGTH_AT);
  const captured = out.payloadLength;
  const onWire = captured + out.payloadMissing;
  // Behind what is stated lies the padding of Ethernet.
  const length = stated < PPPOE_LENGTH ? onWire : Math.min(stated, onWire);
  out.payloadLength = Math.min(length, captured);
  out.payloadMissing = length - out.payloadLength;
  skip(out, PPPOE_LENGTH);
  return undefined;
}
