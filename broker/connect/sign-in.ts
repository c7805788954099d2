/**
 * Signs the vendor in through their browser, once: this command shows a short code, the portal asks
 * them to confirm it (RFC 8628 in small). The key of the session is made here before that, so that
 * what they confirm is good for this machine alone.
 */
import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  DeviceAnswer,
  DeviceRequest,
  SessionAnswer,
  SessionRequest,
  TokenAnswer,
  TokenRequest,
} from '#broker/model/connect.ts';
import { type BrokerCalls, refusalWords } from './broker-calls.ts';
import { ConnectError } from './connect-error.ts';

export interface OpenedSession {
  readonly answer: SessionAnswer;
  /** PKCS#8 PEM. Never leaves this process. */
  readonly privateKey: string;
}

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

export function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** Gives a bearer token once the person has confirmed; `show` gets the code and the page. */
async function confirmed(
  calls: BrokerCalls,
  request: DeviceRequest,
  show: (device: DeviceAnswer) => void,
  stop: AbortSignal,
): Promise<string> {
  const begun = await calls.post('/api/connect/device', request);
  if (begun.status !== 200) throw new ConnectError('refused', refusalWords(begun));
  const device = begun.body as DeviceAnswer;
  show(device);
  const body: TokenRequest = { deviceCode: device.deviceCode };
  for (;;) {
    await sleep(device.interval * 1000, undefined, { signal: stop });
    const polled = await calls.post('/api/connect/token', body);
    if (polled.status === 200) return (polled.body as TokenAnswer).token;
    if (polled.status === 404) {
      throw new ConnectError('not-confirmed', 'the code was not confirmed in time; run this again');
    }
    if (polled.status !== 202 && polled.status !== 429) {
      throw new ConnectError('refused', refusalWords(polled));
    }
  }
}

/** Rejects with `ConnectError`, or with the AbortError of `stop`. */
export async function openSession(parts: {
  readonly calls: BrokerCalls;
  readonly grant: string;
  readonly show: (device: DeviceAnswer) => void;
  readonly stop: AbortSignal;
}): Promise<OpenedSession> {
  const { calls, grant } = parts;
  const { privateKey, publicKey } = newKeyPair();
  const body: SessionRequest = { grant, publicKey };
  const token = await confirmed(calls, body, parts.show, parts.stop);
  const opened = await calls.post('/api/connect/session', body, token);
  if (opened.status !== 200 && opened.status !== 201) {
    throw new ConnectError('refused', refusalWords(opened));
  }
  return { answer: opened.body as SessionAnswer, privateKey };
}
