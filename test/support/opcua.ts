/** Builds OPC UA messages byte by byte. Written apart from the decoder, from OPC 10000-6. */

export const u8 = (...values: readonly number[]): Buffer => Buffer.from(values);

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export function f64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

/** Length and bytes; nothing where it is null. */
const bytesOf = (value: Uint8Array | undefined): Buffer =>
  value === undefined ? u32(0xffff_ffff) : Buffer.concat([u32(value.length), value]);

export const text = (value: string | undefined): Buffer =>
  bytesOf(value === undefined ? undefined : Buffer.from(value));

export const array = (...members: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(members.length), ...members]);

/** `i=84`, `ns=2;i=5`, `ns=2;s=Boiler` */
function node(id: string): Buffer {
  const match = /^(?:ns=(\d+);)?([is])=(.*)$/.exec(id);
  const namespace = Number(match?.[1] ?? 0);
  const value = match?.[3] ?? '';
  if (match?.[2] === 's') return Buffer.concat([u8(3), u16(namespace), text(value)]);
  const number = Number(value);
  if (namespace === 0 && number < 256) return u8(0, number);
  if (namespace < 256 && number < 65_536) return Buffer.concat([u8(1, namespace), u16(number)]);
  return Buffer.concat([u8(2), u16(namespace), u32(number)]);
}

/** 2026-11-28 in units of 100 ns since 1601. */
const TIME = Buffer.from('00c0a5d55f60dd01', 'hex');

const NO_EXTENSION = u8(0, 0, 0);
const TOKEN = u8(5, 0, 0);

export const requestHeader = (token: Uint8Array | undefined, handle = 7): Buffer =>
  Buffer.concat([
    token === undefined ? u8(0, 0) : Buffer.concat([TOKEN, bytesOf(token)]),
    TIME,
    u32(handle),
    u32(0),
    text(undefined),
    u32(10_000),
    NO_EXTENSION,
  ]);

export const responseHeader = (result = 0, handle = 7): Buffer =>
  Buffer.concat([TIME, u32(handle), u32(result), u8(0), u32(0), NO_EXTENSION]);

/** Four-byte type id, header, fields. */
export const body = (id: number, header: Buffer, ...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([u8(1, 0), u16(id), header, ...fields]);

export function chunk(type: string, ...parts: readonly Buffer[]): Buffer {
  const rest = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), u32(8 + rest.length), rest]);
}

export interface Place {
  readonly channel?: number;
  readonly token?: number;
  readonly sequence: number;
  readonly request: number;
  readonly chunk?: 'F' | 'C' | 'A';
  readonly type?: 'MSG' | 'CLO';
}

export const message = (place: Place, content: Buffer): Buffer =>
  chunk(
    `${place.type ?? 'MSG'}${place.chunk ?? 'F'}`,
    u32(place.channel ?? 1),
    u32(place.token ?? 1),
    u32(place.sequence),
    u32(place.request),
    content,
  );

export interface Buffers {
  readonly receive?: number;
  readonly send?: number;
  readonly message?: number;
  readonly chunks?: number;
}

const buffers = ({ receive = 65_536, send = 65_536, message = 0, chunks = 0 }: Buffers): Buffer =>
  Buffer.concat([u32(0), u32(receive), u32(send), u32(message), u32(chunks)]);

export const hello = (url = 'opc.tcp://plc:4840', limits: Buffers = {}): Buffer =>
  chunk('HELF', buffers(limits), text(url));

export const acknowledge = (limits: Buffers = {}): Buffer => chunk('ACKF', buffers(limits));

/** A server that opened the connection itself says who it is. */
export const reverseHello = (uri: string, url: string): Buffer =>
  chunk('RHEF', text(uri), text(url));

const policyUri = (name: string): string => `http://opcfoundation.org/UA/SecurityPolicy#${name}`;

export interface OpenOptions {
  readonly policy?: string;
  readonly certificate?: Uint8Array;
  readonly nonce?: Uint8Array;
  /** The channel that is renewed, or answered for. */
  readonly channel?: number;
  readonly sequence?: number;
  readonly request?: number;
  /** 1 None, 2 Sign, 3 SignAndEncrypt. */
  readonly mode?: number;
  readonly token?: number;
  readonly result?: number;
  /** What follows the body. */
  readonly signature?: Uint8Array;
}

/** An OPN with everything before its body and behind it. */
const opening = (options: OpenOptions, channel: number, content: Buffer): Buffer =>
  chunk(
    'OPNF',
    u32(channel),
    text(policyUri(options.policy ?? 'None')),
    bytesOf(options.certificate),
    bytesOf(undefined),
    u32(options.sequence ?? 1),
    u32(options.request ?? 1),
    content,
    Buffer.from(options.signature ?? []),
  );

export function openRequest(options: OpenOptions = {}): Buffer {
  const { channel = 0, mode = 1, nonce } = options;
  const renews = u32(channel === 0 ? 0 : 1);
  const fields = [u32(0), renews, u32(mode), bytesOf(nonce), u32(3_600_000)];
  return opening(options, channel, body(446, requestHeader(undefined), ...fields));
}

export function openResponse(options: OpenOptions = {}): Buffer {
  const { channel = 1, token = 1, nonce, result = 0 } = options;
  const fields = [u32(0), u32(channel), u32(token), TIME, u32(3_600_000), bytesOf(nonce)];
  return opening(options, channel, body(449, responseHeader(result), ...fields));
}

const application = (uri: string): Buffer =>
  Buffer.concat([
    text(uri),
    text('urn:product'),
    u8(2),
    text('a program'),
    u32(1),
    text(undefined),
    text(undefined),
    u32(0),
  ]);

export interface SessionOptions {
  readonly name?: string;
  readonly uri?: string;
  readonly nonce?: Uint8Array;
}

export const createSessionRequest = (options: SessionOptions = {}): Buffer =>
  body(
    461,
    requestHeader(undefined),
    application(options.uri ?? 'urn:client'),
    text(undefined),
    text('opc.tcp://plc:4840'),
    text(options.name ?? 'a session'),
    bytesOf(options.nonce),
    bytesOf(undefined),
    f64(60_000),
    u32(0),
  );

export const createSessionResponse = (token: Uint8Array, nonce?: Uint8Array): Buffer =>
  body(
    464,
    responseHeader(),
    node('ns=1;i=99'),
    TOKEN,
    bytesOf(token),
    f64(60_000),
    bytesOf(nonce),
    bytesOf(undefined),
    u32(0),
    u32(0),
    text(undefined),
    bytesOf(undefined),
    u32(0),
  );

/** An extension object with a body. */
const extension = (id: number, ...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([u8(1, 0), u16(id), u8(1), bytesOf(Buffer.concat(fields))]);

export const userName = (user: string, password: string): Buffer =>
  extension(324, text('username'), text(user), text(password), text(undefined));

export const activateSessionRequest = (token: Uint8Array, identity: Buffer): Buffer =>
  body(
    467,
    requestHeader(token),
    text(undefined),
    bytesOf(undefined),
    u32(0),
    u32(0),
    identity,
    text(undefined),
    bytesOf(undefined),
  );

export const activateSessionResponse = (result = 0, nonce?: Uint8Array): Buffer =>
  result === 0
    ? body(470, responseHeader(), bytesOf(nonce), u32(0), u32(0))
    : body(397, responseHeader(result));

export const closeSessionRequest = (token: Uint8Array): Buffer =>
  body(473, requestHeader(token), u8(1));

export const readRequest = (token: Uint8Array, ids: readonly string[], handle?: number): Buffer =>
  body(
    631,
    requestHeader(token, handle),
    f64(0),
    u32(2),
    array(
      ...ids.map((id) =>
        Buffer.concat([node(id), u32(13), text(undefined), u16(0), text(undefined)]),
      ),
    ),
  );

export const browseRequest = (token: Uint8Array, ids: readonly string[]): Buffer =>
  body(
    527,
    requestHeader(token),
    // view: none, at no time, of no version
    u8(0, 0),
    f64(0),
    u32(0),
    u32(0),
    array(
      ...ids.map((id) => Buffer.concat([node(id), u32(0), node('i=33'), u8(1), u32(0), u32(63)])),
    ),
  );

/** A variant of type Double. */
export const double = (value: number): Buffer => Buffer.concat([u8(11), f64(value)]);

export const readResponse = (values: readonly Buffer[], handle?: number): Buffer =>
  body(
    634,
    responseHeader(0, handle),
    array(...values.map((value) => Buffer.concat([u8(1), value]))),
    u32(0),
  );

export const writeRequest = (token: Uint8Array, id: string, value: Buffer): Buffer =>
  writeNodesRequest(token, [[id, value]]);

/** The value of each node of a list is written. */
export const writeNodesRequest = (
  token: Uint8Array,
  nodes: readonly (readonly [string, Buffer])[],
) =>
  body(
    673,
    requestHeader(token),
    array(
      ...nodes.map(([id, value]) =>
        Buffer.concat([node(id), u32(13), text(undefined), u8(1), value]),
      ),
    ),
  );

/** A variant of an array of Strings. */
export const texts = (values: readonly string[]): Buffer =>
  Buffer.concat([u8(0x8c), array(...values.map(text))]);

/** A variant of an array of Doubles. */
export const doubles = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, 8 * i);
  return Buffer.concat([u8(0x8b), u32(values.length), bytes]);
};

/** The statuses of a Write. */
export const writeResponse = (...statuses: readonly number[]): Buffer =>
  body(676, responseHeader(), array(...statuses.map(u32)), u32(0));

/** Variants of type String and ByteString. */
export const string = (value: string): Buffer => Buffer.concat([u8(12), text(value)]);
export const byteString = (value: Uint8Array): Buffer => Buffer.concat([u8(15), bytesOf(value)]);

export interface Call {
  readonly object: string;
  readonly method: string;
  readonly arguments?: readonly Buffer[];
}

export const callRequest = (token: Uint8Array, ...calls: readonly Call[]): Buffer =>
  body(
    712,
    requestHeader(token),
    array(
      ...calls.map(({ object, method, arguments: values = [] }) =>
        Buffer.concat([node(object), node(method), array(...values)]),
      ),
    ),
  );

/** Each result is Good, with its outputs. */
export const callResponse = (...outputs: readonly (readonly Buffer[])[]): Buffer =>
  body(
    715,
    responseHeader(),
    array(...outputs.map((values) => Buffer.concat([u32(0), u32(0), u32(0), array(...values)]))),
    u32(0),
  );
