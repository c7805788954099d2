/**
 * What both ends agreed on in HEL and ACK: how large chunks and messages may be, and of how many chunks.
 * OPC 10000-6, 7.1.2.3 and 7.1.2.4.
 *
 *     of what the client sends     the server receives (ACK): chunk, message, chunks
 *     of what the server sends     it sends (ACK), the client receives (HEL): chunk; HEL: message, chunks
 */
import type { OpcuaHello } from '#sensor/model/opcua.ts';
import { fault, type OpcuaFact } from './fault.ts';
import { MAX_CHUNK_LENGTH } from './frame.ts';

/** In bytes, and in chunks of one message. */
export interface Limit {
  readonly chunk: number;
  readonly message: number;
  readonly chunks: number;
}

/** Where nothing was agreed; the reader takes no larger chunks. */
const NO_LIMIT: Limit = {
  chunk: MAX_CHUNK_LENGTH,
  message: Number.POSITIVE_INFINITY,
  chunks: Number.POSITIVE_INFINITY,
};

export class Limits {
  #hello: OpcuaHello | undefined;
  #ofClient = NO_LIMIT;
  #ofServer = NO_LIMIT;

  /** An ACK was seen. */
  get isAgreed(): boolean {
    return this.#ofClient !== NO_LIMIT;
  }

  of(isClient: boolean): Limit {
    return isClient ? this.#ofClient : this.#ofServer;
  }

  /** A HEL; what it offers holds once it is acknowledged. */
  offer(hello: OpcuaHello): void {
    this.#hello = hello;
  }

  /** An ACK; facts where the server takes more than it was offered. */
  acknowledge(agreed: OpcuaHello): OpcuaFact[] {
    const hello = this.#hello;
    this.#ofClient = limitOf(agreed.receiveBuffer, agreed);
    this.#ofServer = hello === undefined ? NO_LIMIT : limitOf(agreed.sendBuffer, hello);
    if (hello === undefined) return [];
    return [
      ...beyond('receives', agreed.receiveBuffer, 'sends', hello.sendBuffer),
      ...beyond('sends', agreed.sendBuffer, 'receives', hello.receiveBuffer),
    ];
  }
}

const limitOf = (chunk: number, { maxMessage, maxChunks }: OpcuaHello): Limit => ({
  chunk: Math.min(chunk, MAX_CHUNK_LENGTH),
  message: unlessZero(maxMessage),
  chunks: unlessZero(maxChunks),
});

/** 0 says that there is no limit. */
const unlessZero = (limit: number): number => (limit === 0 ? Number.POSITIVE_INFINITY : limit);

function beyond(verb: string, taken: number, offer: string, offered: number): OpcuaFact[] {
  if (taken <= offered) return [];
  const text = `the server ${verb} chunks of ${taken} bytes, and the client ${offer} no more than ${offered}`;
  return [fault('opcua.hello', text)];
}

export const chunkTooLarge = (who: string, total: number, limit: number): OpcuaFact =>
  fault('opcua.chunk-size', `a chunk of the ${who} has ${total} bytes, and ${limit} were agreed`);

export const messageTooLarge = (who: string, size: number, limit: number): OpcuaFact =>
  fault(
    'opcua.message-size',
    `a message of the ${who} has ${size} bytes, and ${limit} were agreed`,
  );

export const tooManyChunks = (who: string, limit: number): OpcuaFact =>
  fault('opcua.chunk-count', `a message of the ${who} has more chunks than the ${limit} agreed on`);
