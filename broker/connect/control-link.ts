/**
 * The control connection of a session: hears status, refusals and the end, and renews the certificate.
 *
 * A network cut ends nothing: the link comes back by itself, with longer and longer pauses, until the
 * gate says that the session is over or no longer takes the certificate.
 */
import type { IncomingMessage } from 'node:http';
import type WebSocket from 'ws';
import {
  type ControlAnswer,
  type ControlMessage,
  MAX_CONTROL_MESSAGE_BYTES,
} from '#broker/model/connect.ts';
import { type KeyPair, newKeyPair } from './sign-in.ts';
import type { OpenSocket } from './tunnel.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** The gate pings every 15 s; this long without one means that the network is gone. */
const SILENT_MS = 40_000;
/** A certificate is renewed when this part of its time is left. */
const RENEW_WITH_LEFT = 1 / 3;
/** The gate answers one renewal a second. */
const RENEW_AGAIN_MS = 2_000;
/** HTTP status of a refusal. */
const REFUSED = 403;
/** A refusal is one sentence. */
const MAX_REFUSAL_BYTES = 4_096;

export interface ControlParts {
  readonly open: OpenSocket;
  /** First instant at which the certificate that `open` begins with no longer counts, ISO 8601. */
  readonly certificateUntil: string;
  readonly hear: (message: ControlMessage) => void;
  /** The certificate and its key to use from now on, PEM. */
  readonly renewed: (certificate: string, privateKey: string) => void;
  /** The network is gone, or back. */
  readonly link: (up: boolean) => void;
  /** It is over, and why; called once. */
  readonly over: (why: string) => void;
}

export class ControlLink {
  readonly #parts: ControlParts;
  #socket: WebSocket | undefined;
  #pause = FIRST_PAUSE_MS;
  #retry: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  /** Of a renewal that is due and not yet answered; asking again sends the same, so that key and certificate belong together. */
  #next: KeyPair | undefined;
  /**
   * Of the certificate that is held, by the gate's clock: a laptop's own may be minutes wrong. Not that of
   * `status`, which tells of the newest that was issued: its answer may have been lost.
   */
  #certificateUntil: number;
  /** ms that the gate's clock is ahead of `performance.now()`. */
  #gateAhead = 0;
  #over = false;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#certificateUntil = Date.parse(parts.certificateUntil);
    this.#connect();
  }

  /** Asks the gate to end the session; `over` is called when it has. */
  end(): void {
    if (this.#socket?.readyState === 1) this.#say({ kind: 'end' });
    else this.#finish('ended without a connection to the gate; the session ends by itself');
  }

  #connect(): void {
    const socket = this.#parts.open('/control', MAX_CONTROL_MESSAGE_BYTES);
    this.#socket = socket;
    socket.on('open', () => {
      this.#pause = FIRST_PAUSE_MS;
      this.#heard();
      this.#parts.link(true);
    });
    socket.on('ping', () => this.#heard());
    socket.on('message', (data: Buffer) => {
      this.#heard();
      this.#take(data.toString('utf8'));
    });
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        if (text.length < MAX_REFUSAL_BYTES) text += chunk.toString('utf8');
      });
      response.on('end', () => {
        // Anything else is not the gate's word: a proxy on the way that is out of order itself.
        const why = response.statusCode === REFUSED ? refusalIn(text) : undefined;
        if (why === undefined) socket.terminate();
        else this.#finish(why);
      });
    });
    // Always followed by `close`, which tries again.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#lost(socket));
  }

  #lost(socket: WebSocket): void {
    if (this.#over || socket !== this.#socket) return;
    clearTimeout(this.#silence);
    this.#parts.link(false);
    this.#retry = setTimeout(() => this.#connect(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket?.terminate(), SILENT_MS);
  }

  #take(text: string): void {
    let message: ControlMessage;
    try {
      message = JSON.parse(text) as ControlMessage;
    } catch {
      return;
    }
    if (message.kind === 'renewed' && this.#next !== undefined) {
      this.#parts.renewed(message.certificate, this.#next.privateKey);
      this.#next = undefined;
      this.#certificateUntil = Date.parse(message.certificateUntil);
      this.#planRenewal();
    }
    if (message.kind === 'status') {
      this.#gateAhead = Date.parse(message.now) - performance.now();
      // One that is due lost its answer with the link before, or found no link to be asked over.
      if (this.#next === undefined) this.#planRenewal();
      else this.#renew();
    }
    this.#parts.hear(message);
    if (message.kind === 'ended') this.#finish(message.text);
  }

  #planRenewal(): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => this.#renew(), this.#left() * (1 - RENEW_WITH_LEFT));
  }

  #renew(): void {
    if (this.#over) return;
    clearTimeout(this.#renewal);
    this.#next ??= newKeyPair();
    if (this.#socket?.readyState === 1) {
      this.#say({ kind: 'renew', publicKey: this.#next.publicKey });
    }
    // Asked again until answered: the answer plans the next renewal and clears this.
    this.#renewal = setTimeout(() => this.#renew(), Math.max(RENEW_AGAIN_MS, this.#left() / 4));
  }

  /** ms that the certificate still lives. */
  #left(): number {
    return Math.max(0, this.#certificateUntil - this.#gateAhead - performance.now());
  }

  #say(answer: ControlAnswer): void {
    this.#socket?.send(JSON.stringify(answer));
  }

  #finish(why: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    clearTimeout(this.#renewal);
    this.#socket?.close();
    this.#parts.over(why);
  }
}

/** The gate's reason; undefined for what the gate did not say. */
function refusalIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? error.message : undefined;
  } catch {
    return undefined;
  }
}
