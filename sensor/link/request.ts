/**
 * One HTTPS request to the broker, bounded in time and size. The broker is known by one pinned
 * authority and by its name; the system's certificate authorities do not count.
 */
import { type Agent, request as httpsRequest } from 'node:https';
import { SensorError } from '#sensor/model/sensor-error.ts';

/** A broker that takes longer is treated as not there. */
const REQUEST_TIMEOUT_MS = 20_000;

export interface LinkRequest {
  /** Absolute, https. */
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly maxAnswer: number;
  readonly agent: Agent;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
}

export interface LinkAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Rejects with an `Error` where there is no answer, or one that is too long. */
export function ask(link: LinkRequest): Promise<LinkAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<LinkAnswer>();
  const { url, method, headers = {}, body, maxAnswer, agent, signal } = link;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const request = httpsRequest(url, {
    method,
    agent,
    headers: { ...headers, ...length },
    signal: AbortSignal.any([AbortSignal.timeout(REQUEST_TIMEOUT_MS), ...(signal ? [signal] : [])]),
  });
  request.once('error', reject);
  request.once('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxAnswer) response.destroy(new Error(`answer is longer than ${maxAnswer} bytes`));
      else chunks.push(chunk);
    });
    response.once('error', reject);
    response.once('end', () => {
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) });
    });
  });
  request.end(body);
  return promise;
}

/** What went wrong with a request, for the log: never a body, never a header. */
export function failureInWords(error: unknown): string {
  if (error instanceof SensorError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string'
    ? `${error.message} (${error.code})`
    : error.message;
}
