/** Writes pcapng blocks byte by byte. */
export class PcapngBuilder {
  readonly #littleEndian: boolean;
  readonly #parts: Buffer[] = [];

  constructor(littleEndian = true) {
    this.#littleEndian = littleEndian;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  u16(value: number): Buffer {
    const bytes = Buffer.alloc(2);
    if (this.#littleEndian) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return bytes;
  }

  u32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    if (this.#littleEndian) bytes.writeUInt32LE(value >>> 0);
    else bytes.writeUInt32BE(value >>> 0);
    return bytes;
  }

  option(code: number, value: Buffer): Buffer {
    return Buffer.concat([this.u16(code), this.u16(value.length), padded(value)]);
  }

  /** Any block; `total` overrides its length field. */
  block(type: number, body: Buffer, total?: number): this {
    const length = this.u32(total ?? body.length + 12);
    this.#parts.push(this.u32(type), length, body, length);
    return this;
  }

  section(): this {
    const body = [this.u32(0x1a2b_3c4d), this.u16(1), this.u16(0), Buffer.alloc(8, 0xff)];
    return this.block(0x0a0d_0d0a, Buffer.concat(body));
  }

  interface(
    options: { linkType?: number; snaplen?: number; options?: readonly Buffer[] } = {},
  ): this {
    const { linkType = 1, snaplen = 0, options: list = [] } = options;
    const head = [this.u16(linkType), this.u16(0), this.u32(snaplen)];
    return this.block(1, Buffer.concat([...head, ...list]));
  }

  /** An enhanced packet; `units` is its time in units of the interface. */
  packet(
    frame: Buffer,
    options: { index?: number; units?: bigint; captured?: number; original?: number } = {},
  ): this {
    const { index = 0, units = 0n, captured = frame.length, original = frame.length } = options;
    const head = [index, Number(units >> 32n), Number(units & 0xffff_ffffn), captured, original];
    return this.block(6, Buffer.concat([...head.map((value) => this.u32(value)), padded(frame)]));
  }

  simplePacket(frame: Buffer, original = frame.length): this {
    return this.block(3, Buffer.concat([this.u32(original), padded(frame)]));
  }

  obsoletePacket(frame: Buffer, units: bigint): this {
    const times = [this.u32(Number(units >> 32n)), this.u32(Number(units & 0xffff_ffffn))];
    const lengths = [this.u32(frame.length), this.u32(frame.length)];
    return this.block(
      2,
      Buffer.concat([this.u16(0), this.u16(7), ...times, ...lengths, padded(frame)]),
    );
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
