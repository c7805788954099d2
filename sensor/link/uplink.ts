/**
 * Sends the outbox to the broker and pulls the bundle, over mTLS that the sensor alone opens.
 *
 * At least once: a row leaves the outbox after the broker's answer and not before, so an answer that
 * got lost means that the row is sent again, under the same id. Without a broker the sensor works on;
 * the outbox waits, and the last good bundle stays in use.
 */
import { Agent } from 'node:https';
import { z } from 'zod';
import {
  type BundlePayload,
  EVIDENCE_STANDS,
  type LinkItem,
  MAX_BUNDLE_BYTES,
  MAX_LINK_BYTES,
  MAX_LINK_ITEMS,
} from '#sensor/model/link.ts';
import type { StoredEvidence } from '#sensor/store/sensor-store.ts';
import { stageBundle, type VerifiedBundle, verifyBundle } from './bundle.ts';
import type { Identity } from './identity.ts';
import { ask, failureInWords, type LinkAnswer, type LinkRequest } from './request.ts';
import { trimmed } from './trim.ts';

/** Documents of one request; its envelope and the ids have room below `MAX_LINK_BYTES`. */
const BATCH_BYTES = 3_000_000;
/** Answers name at most `MAX_LINK_ITEMS` ids; a bundle has its own limit, and an envelope. */
const MAX_ANSWER = 262_144;
const MAX_BUNDLE_ANSWER = MAX_BUNDLE_BYTES + 1024;
/** With nothing to send, how often it is looked; `wake` cuts it short. */
const IDLE_MS = 1000;
/** How soon a change of policy or rules reaches the sensor. */
const BUNDLE_EVERY_MS = 2000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 60_000;

/** Typed, so that no secret can slip into a log line. */
export type UplinkNews =
  | { readonly kind: 'broker-reached' }
  | { readonly kind: 'broker-lost'; readonly why: string }
  | { readonly kind: 'bundle-used'; readonly version: string; readonly serial: number }
  | { readonly kind: 'bundle-refused'; readonly why: string }
  /** The sensor's own disk or database does not do its part; it is tried again. */
  | { readonly kind: 'link-failed'; readonly why: string }
  /** The broker will never take it; it is given up. */
  | { readonly kind: 'refused-by-broker'; readonly what: string; readonly status: number };

type Sooner<T> = T | Promise<T>;

/** The part of `SensorStore` that the link needs, on this thread or another. */
interface LinkStore {
  next(limit: number, maxBytes: number): Sooner<readonly LinkItem[]>;
  settle(accepted: readonly string[]): Sooner<void>;
  nextEvidence(): Sooner<StoredEvidence | undefined>;
  settleEvidence(alertId: string): Sooner<void>;
}

export interface UplinkOptions {
  readonly identity: Identity;
  /** Folder in which the last good bundle is kept. */
  readonly folder: string;
  readonly store: LinkStore;
  /** Bundle in use at the start, if any. */
  readonly bundle: BundlePayload | undefined;
  /** Takes a verified bundle into use, whole, or gives why it cannot. */
  readonly take: (bundle: VerifiedBundle) => string | undefined;
  readonly news: (news: UplinkNews) => void;
  /** Waits; rejects when `signal` is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** 0 <= x < 1; spreads the retries of many sensors. */
  readonly random: () => number;
}

export interface Uplink {
  /** There is something to send. */
  wake(): void;
  /** Tries for at most `ms` to send what waits, then ends. */
  stop(ms: number): Promise<void>;
}

/** Statuses after which the same items can never be taken. */
const HOPELESS = new Set([400, 413, 422]);
/** Besides, for evidence: no alert of this sensor's (404), and no room at the broker (507). */
const HOPELESS_EVIDENCE = new Set([...HOPELESS, 404, 507]);
/** With `EVIDENCE_STANDS`; without, somebody else was writing. */
const CONFLICT = 409;

const itemsAnswer = z.object({ accepted: z.array(z.string().max(200)).max(MAX_LINK_ITEMS) });
const refusalAnswer = z.object({ error: z.object({ code: z.string() }) });
const bundleAnswer = z.object({ bundle: z.string() });

export function startUplink(options: UplinkOptions): Uplink {
  const link = new Link(options);
  const ended = Promise.all([link.sendAll(), link.pullAll()]);
  return {
    wake: () => link.wake(),
    stop: async (ms) => {
      link.abort.abort();
      await ended;
      await link.drain(ms);
      link.agent.destroy();
    },
  };
}

/** `more`: something was done, look again at once. `idle`: nothing to do. `failed`: wait and try again. */
type Step = 'more' | 'idle' | 'failed';

class Link {
  readonly abort = new AbortController();
  readonly agent: Agent;
  readonly #options: UplinkOptions;
  #reached: boolean | undefined;
  #awake = new AbortController();
  #bundle: BundlePayload | undefined;
  #refusedBundle = '';
  /** What was told last of a loop that fails. */
  readonly #told = new Map<'send' | 'pull', string>();
  /** Items of one request; halved to find the one that the broker cannot take. */
  #batch = MAX_LINK_ITEMS;

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#bundle = options.bundle;
    const { authority, certificate, privateKey } = options.identity;
    this.agent = new Agent({
      ca: authority,
      cert: certificate,
      key: privateKey,
      minVersion: 'TLSv1.3',
      keepAlive: true,
      maxSockets: 2,
    });
  }

  wake(): void {
    this.#awake.abort();
  }

  async sendAll(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!this.abort.signal.aborted) {
      const step = await this.#try('send', () => this.#send(this.abort.signal));
      if (step === 'failed') {
        await this.#pause(this.#spread(backoff), false);
        backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
      } else {
        backoff = FIRST_BACKOFF_MS;
        if (step === 'idle') await this.#pause(IDLE_MS, true);
      }
    }
  }

  async pullAll(): Promise<void> {
    let backoff = BUNDLE_EVERY_MS;
    while (!this.abort.signal.aborted) {
      const step = await this.#try('pull', async () => {
        await this.#pull();
        return 'idle';
      });
      backoff = step === 'failed' ? Math.min(backoff * 2, MAX_BACKOFF_MS) : BUNDLE_EVERY_MS;
      await this.#pause(backoff, false);
    }
  }

  /** Sends until nothing waits, the broker does not answer, or `ms` are over. */
  async drain(ms: number): Promise<void> {
    const over = new AbortController();
    const timer = this.#options.wait(ms, over.signal).then(
      () => over.abort(),
      () => undefined,
    );
    const send = (): Promise<Step> => this.#try('send', () => this.#send(over.signal));
    while (!over.signal.aborted && (await send()) === 'more');
    over.abort();
    await timer;
  }

  /** A step that throws has failed: a full disk stops no sensor. Told once, until a step goes well. */
  async #try(loop: 'send' | 'pull', step: () => Promise<Step>): Promise<Step> {
    try {
      const done = await step();
      this.#told.delete(loop);
      return done;
    } catch (error) {
      const why = failureInWords(error);
      if (this.#told.get(loop) !== why) this.#options.news({ kind: 'link-failed', why });
      this.#told.set(loop, why);
      return 'failed';
    }
  }

  /** Half of it fixed, half random: many sensors that lost one broker do not come back together. */
  #spread(ms: number): number {
    return ms / 2 + (this.#options.random() * ms) / 2;
  }

  async #send(signal: AbortSignal): Promise<Step> {
    const items = await this.#options.store.next(this.#batch, BATCH_BYTES);
    if (items.length === 0) return this.#sendEvidence(signal);
    const body = bodyOf(items);
    const answer = await this.#ask('/sensor/v1/items', { method: 'POST', body, signal });
    if (answer === undefined) return 'failed';
    if (answer.status === 200) {
      const checked = itemsAnswer.safeParse(parse(answer.body));
      const sent = new Set(items.map(({ id }) => id));
      const accepted = checked.success ? checked.data.accepted.filter((id) => sent.has(id)) : [];
      await this.#options.store.settle(accepted);
      this.#batch = MAX_LINK_ITEMS;
      if (accepted.length === 0) return 'failed';
      return (await this.#sendEvidence(signal)) === 'failed' ? 'failed' : 'more';
    }
    if (!HOPELESS.has(answer.status)) return 'failed';
    if (items.length > 1) {
      this.#batch = Math.ceil(items.length / 2);
      return 'more';
    }
    const [{ id = '', kind = '' } = {}] = items;
    await this.#options.store.settle([id]);
    const what = `${kind} ${id}`;
    this.#options.news({ kind: 'refused-by-broker', what, status: answer.status });
    return 'more';
  }

  async #sendEvidence(signal: AbortSignal): Promise<Step> {
    const evidence = await this.#options.store.nextEvidence();
    if (evidence === undefined) return 'idle';
    const { alertId, sha256, pcapng } = evidence;
    const request = { method: 'PUT', body: pcapng, sha256, signal } as const;
    const answer = await this.#ask(`/sensor/v1/evidence/${alertId}`, request);
    if (answer === undefined) return 'failed';
    const taken = answer.status >= 200 && answer.status < 300;
    if (!taken && !isHopelessEvidence(answer)) return 'failed';
    await this.#options.store.settleEvidence(alertId);
    if (!taken) {
      const what = `evidence of ${alertId}`;
      this.#options.news({ kind: 'refused-by-broker', what, status: answer.status });
    }
    return 'more';
  }

  async #pull(): Promise<void> {
    const { identity, folder, take, news } = this.#options;
    const have = encodeURIComponent(this.#bundle?.version ?? '');
    const request = { method: 'GET', signal: this.abort.signal } as const;
    const answer = await this.#ask(`/sensor/v1/bundle?have=${have}`, request);
    if (answer?.status !== 200) return;
    const body = bundleAnswer.safeParse(parse(answer.body));
    if (!body.success) return this.#refuse('the answer holds no bundle');
    const jws = body.data.bundle;
    const verdict = await verifyBundle(jws, identity.bundleKey, this.#bundle);
    if (verdict.kind === 'refused') return this.#refuse(verdict.why);
    const keep = stageBundle(folder, jws);
    const fault = take(verdict.bundle);
    if (fault !== undefined) return this.#refuse(fault);
    keep();
    this.#bundle = verdict.bundle;
    this.#refusedBundle = '';
    const { version, serial } = verdict.bundle;
    news({ kind: 'bundle-used', version, serial });
  }

  /** Told once, not with every look. */
  #refuse(why: string): void {
    if (why === this.#refusedBundle) return;
    this.#refusedBundle = why;
    this.#options.news({ kind: 'bundle-refused', why });
  }

  /** Undefined where there is no answer; the change of that is told. */
  async #ask(
    path: string,
    { sha256, ...request }: Pick<LinkRequest, 'method' | 'body' | 'signal'> & { sha256?: string },
  ): Promise<LinkAnswer | undefined> {
    try {
      const answer = await ask({
        url: new URL(path, this.#options.identity.url).href,
        ...request,
        headers:
          sha256 === undefined
            ? { 'content-type': 'application/json' }
            : { 'content-type': 'application/octet-stream', 'x-sha256': sha256 },
        maxAnswer: request.method === 'GET' ? MAX_BUNDLE_ANSWER : MAX_ANSWER,
        agent: this.agent,
      });
      const refused = answer.status === 401 || answer.status === 403;
      if (refused)
        this.#lost(`the broker does not know this sensor (${answer.status}); enrol it anew`);
      else if (answer.status >= 500 && answer.status !== 503 && answer.status !== 507)
        this.#lost(`the broker has a fault (${answer.status})`);
      else this.#found();
      return answer;
    } catch (error) {
      if (request.signal?.aborted !== true) this.#lost(failureInWords(error));
      return undefined;
    }
  }

  #found(): void {
    if (this.#reached !== true) this.#options.news({ kind: 'broker-reached' });
    this.#reached = true;
  }

  #lost(why: string): void {
    if (this.#reached !== false) this.#options.news({ kind: 'broker-lost', why });
    this.#reached = false;
  }

  /** `wakes`: ends early, or at once where `wake` was called meanwhile. */
  async #pause(ms: number, wakes: boolean): Promise<void> {
    const signals = wakes ? [this.abort.signal, this.#awake.signal] : [this.abort.signal];
    await this.#options.wait(ms, AbortSignal.any(signals)).catch(() => undefined);
    if (this.#awake.signal.aborted) this.#awake = new AbortController();
  }
}

/** Only an item that is alone in its request can be too large for it. */
function bodyOf(items: readonly LinkItem[]): string {
  const whole = JSON.stringify({ items });
  return Buffer.byteLength(whole) <= MAX_LINK_BYTES
    ? whole
    : JSON.stringify({ items: items.map(trimmed) });
}

function isHopelessEvidence({ status, body }: LinkAnswer): boolean {
  if (status !== CONFLICT) return HOPELESS_EVIDENCE.has(status);
  const refused = refusalAnswer.safeParse(parse(body));
  return refused.success && refused.data.error.code === EVIDENCE_STANDS;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
