/** The three calls of `lockkeeper connect` before a session stands (broker/model/connect.ts). */
import { Agent, request } from 'node:https';
import { unreachable } from './connect-error.ts';

/** An answer holds two certificates and a few sentences. */
const MAX_ANSWER_BYTES = 256 * 1024;
const ANSWER_WITHIN_MS = 20_000;

export interface Answer {
  readonly status: number;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

export interface BrokerCalls {
  /** Rejects with `ConnectError` `unreachable` alone; a refusal is an answer. */
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  close(): void;
}

/** Speaks to `broker` alone, and only if `authority` signed for it. */
export function callsTo(broker: string, authority: string): BrokerCalls {
  const agent = new Agent({ ca: authority, minVersion: 'TLSv1.3', keepAlive: true });
  return {
    post: (path, body, token) => {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const text = JSON.stringify(body);
      const sent = request(
        new URL(path, broker),
        {
          method: 'POST',
          agent,
          timeout: ANSWER_WITHIN_MS,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let length = 0;
          response.on('data', (chunk: Buffer) => {
            length += chunk.length;
            if (length > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too long'));
            else chunks.push(chunk);
          });
          response.on('error', reject);
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            resolve({ status, body: parse(Buffer.concat(chunks).toString('utf8')) });
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('no answer')));
      sent.on('error', reject);
      sent.end(text);
      return promise.catch((cause: unknown) => {
        throw unreachable(broker, cause);
      });
    },
    close: () => agent.destroy(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The broker's own words in a refusal, with those about single fields. */
export function refusalWords({ status, body }: Answer): string {
  const error: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'error') : undefined;
  if (typeof error !== 'object' || error === null) return `the broker answered ${status}`;
  const message: unknown = Reflect.get(error, 'message');
  return typeof message === 'string' ? message : `the broker answered ${status}`;
}
