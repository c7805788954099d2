/** Builds packets byte by byte for the tests of capture, wire and stream. */
import { type CapturedPacket, createCapturedPacket } from '#sensor/model/captured-packet.ts';
import { micros } from '#sensor/model/time.ts';

export interface SegmentOptions {
  readonly from?: string;
  readonly to?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  /** FIN 1, SYN 2, RST 4, ACK 16. */
  readonly flags?: number;
  readonly payload?: Uint8Array;
  /** VLAN ids, the outermost first: one tag, or more (QinQ). */
  readonly vlan?: number | readonly number[];
  /** Bytes of TCP options, a multiple of 4. */
  readonly options?: number;
}

/** An Ethernet frame with an IPv4 or IPv6 (where `from` has a colon) TCP segment. */
export function tcpFrame(options: SegmentOptions): Buffer {
  const {
    from = '192.0.2.7',
    to = '192.0.2.10',
    sourcePort = 49152,
    destinationPort = 502,
    sequence = 0,
    acknowledgment = 0,
    flags = 16,
    payload = Buffer.alloc(0),
  } = options;
  const words = 5 + (options.options ?? 0) / 4;
  const tcp = Buffer.alloc(words * 4);
  tcp.writeUInt16BE(sourcePort, 0);
  tcp.writeUInt16BE(destinationPort, 2);
  tcp.writeUInt32BE(sequence >>> 0, 4);
  tcp.writeUInt32BE(acknowledgment >>> 0, 8);
  tcp.writeUInt8(words << 4, 12);
  tcp.writeUInt8(flags, 13);
  tcp.writeUInt16BE(65_535, 14);
  return ipFrame(from, to, 6, Buffer.concat([tcp, payload]), options.vlan);
}

/** An Ethernet frame with an IPv4 or IPv6 (where `from` has a colon) UDP datagram. */
export function udpFrame(
  options: Pick<
    SegmentOptions,
    'from' | 'to' | 'sourcePort' | 'destinationPort' | 'payload' | 'vlan'
  >,
): Buffer {
  const {
    from = '192.0.2.7',
    to = '192.0.2.10',
    sourcePort = 49152,
    destinationPort = 502,
    payload = Buffer.alloc(0),
  } = options;
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return ipFrame(from, to, 17, Buffer.concat([header, payload]), options.vlan);
}

/** An Ethernet frame with `payload` as protocol `protocol` over IPv4 or IPv6. */
export function ipFrame(
  from: string,
  to: string,
  protocol: number,
  payload: Uint8Array,
  vlan?: SegmentOptions['vlan'],
): Buffer {
  const six = from.includes(':');
  const header = six
    ? ipv6Header(from, to, protocol, payload.length)
    : ipv4Header(from, to, protocol, payload.length);
  return Buffer.concat([ethernetHeader(six ? 0x86dd : 0x0800, vlan), header, payload]);
}

export function ethernetHeader(etherType: number, vlan: SegmentOptions['vlan'] = []): Buffer {
  const ids = typeof vlan === 'number' ? [vlan] : vlan;
  const tags = ids.map((id) => `8100${id.toString(16).padStart(4, '0')}`).join('');
  return Buffer.from(
    `02005e10000a02005e100007${tags}${etherType.toString(16).padStart(4, '0')}`,
    'hex',
  );
}

function ipv4Header(from: string, to: string, protocol: number, length: number): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + length, 2);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  header.set(from.split('.').map(Number), 12);
  header.set(to.split('.').map(Number), 16);
  return header;
}

function ipv6Header(from: string, to: string, protocol: number, length: number): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(length, 4);
  header.writeUInt8(protocol, 6);
  header.writeUInt8(64, 7);
  header.set(ipv6Bytes(from), 8);
  header.set(ipv6Bytes(to), 24);
  return header;
}

function ipv6Bytes(text: string): Buffer {
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = groups(tail ?? '');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  const all = tail === undefined ? left : [...left, ...zeros, ...right];
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** A packet object for `frame`, alone in its buffer. */
export function capturedPacket(
  frame: Uint8Array,
  number = 1,
  at = 1_700_000_000_000_000,
): CapturedPacket {
  const packet = createCapturedPacket(frame);
  packet.capturedLength = frame.length;
  packet.originalLength = frame.length;
  packet.number = number;
  packet.at = micros(at);
  return packet;
}

export interface PcapOptions {
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
  readonly linkType?: number;
  readonly snaplen?: number;
  /** Time of the first packet; each later one comes `stepMicros` after it. */
  readonly startMicros?: number;
  readonly stepMicros?: number;
}

/** A classic capture file of `frames`. */
export function pcapFile(frames: readonly Uint8Array[], options: PcapOptions = {}): Buffer {
  const { littleEndian = true, nanoseconds = false, linkType = 1, snaplen = 65_535 } = options;
  const { startMicros = 1_700_000_000_000_000, stepMicros = 1000 } = options;
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (littleEndian) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const header = [
    u32(nanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4),
    littleEndian ? '02000400' : '00020004',
    0,
    0,
    snaplen,
    linkType,
  ];
  const parts = header.map((part) =>
    typeof part === 'number'
      ? u32(part)
      : typeof part === 'string'
        ? Buffer.from(part, 'hex')
        : part,
  );
  frames.forEach((frame, i) => {
    const at = startMicros + i * stepMicros;
    const captured = Buffer.from(frame).subarray(0, snaplen);
    const fraction = (at % 1_000_000) * (nanoseconds ? 1000 : 1);
    parts.push(
      u32(Math.floor(at / 1_000_000)),
      u32(fraction),
      u32(captured.length),
      u32(frame.length),
      captured,
    );
  });
  return Buffer.concat(parts);
}
