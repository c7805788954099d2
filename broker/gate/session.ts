/**
 * One session in the gate: the desk at which its connections ask. It decides by the clock at each
 * PDU; its timer only tidies up, so that a session that is silent ends too.
 */
import { type Authorization, type Authorizer, createAuthorizer } from '#broker/access/authorize.ts';
import { isIdle, phaseAt } from '#broker/access/session.ts';
import type { Tallied } from '#broker/actions/end-session.ts';
import type { EndReason, Grant, Lock, Session } from '#broker/model/access.ts';
import type { ControlMessage } from '#broker/model/connect.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import { describePassing } from '#policies/passing.ts';
import type { Asset, Plant } from '#policies/plant.ts';
import { type Clock, isoMicros, type Micros } from '#sensor/model/time.ts';
import type { Ask, Desk, Intent, Outgoing, Refusal, Settlement } from './desk.ts';
import { AT_ONCE, inWords } from './end-words.ts';
import type { GateActions, Renewal } from './gate-actions.ts';
import type { LastSeen } from './last-seen.ts';
import type { Counts } from './manifest.ts';
import { OpeningCertificates } from './opening-certificates.ts';
import { Scribe } from './scribe.ts';
import type { Compare, StagedWatch } from './staged-watch.ts';
import type { WritePlace } from './write-place.ts';

/** How often a session looks at its clocks. Revocation holds within a second, of which this is a part. */
const TICK_MS = 200;
/** Pauses between two tries to store an end; each is twice the last. */
const STORE_AGAIN_MS = 500;
const STORE_AGAIN_AT_MOST_MS = 60_000;
/** After a soft end: what is under way may still return, and one more request is answered. */
const LINGER_MS = 2_000;
/**
 * A write that was sent before `notAfter` may be answered this much later: ten times what a PLC takes,
 * so that the recording knows what came of it. Then its connection is reset.
 */
export const LAST_ANSWER_WITHIN_MS = 250;

/** A connection of the vendor's tool, as its session sees it. */
export interface Connection {
  /** One more request is answered, with exception 11. */
  endAfterNext(): void;
  /** Resets both sides. */
  cut(): void;
  /** Resets it if the asset owes the answer to a changing request. */
  writesOver(): void;
  /** Resolves when both sides are closed. */
  readonly closed: Promise<void>;
}

export type ModbusAsset = Asset & { readonly modbus: NonNullable<Asset['modbus']> };

export interface SessionParts {
  readonly session: Session;
  readonly grant: Grant;
  /** First instant at which the certificate it was opened with no longer counts. */
  readonly certificateUntil: Micros;
  /** Never goes back. */
  readonly now: Clock;
  readonly plant: () => Plant | undefined;
  readonly locks: () => readonly Lock[];
  readonly actions: GateActions;
  /** Folder of all recordings. */
  readonly recordings: string;
  readonly lastSeen: LastSeen;
  /** Of the asset; shared by all of its sessions. */
  readonly writePlace: WritePlace;
  readonly staged: StagedWatch;
  /** The gate's own address, by which the policy knows it. */
  readonly address: string;
  readonly publish: (operation: RecordedOperation, session: Session) => void;
  readonly fault: (what: string, error: unknown) => void;
  /** ms after `notAfter`. */
  readonly lastAnswerWithinMs: number;
  readonly onEnded: () => void;
}

export type RenewalAnswer =
  | { readonly kind: 'renewed'; readonly renewal: Renewal }
  /** A newer certificate was used since, so the one of this connection renews nothing. */
  | { readonly kind: 'superseded' };

export class GateSession implements Desk {
  readonly #parts: SessionParts;
  readonly #scribe: Scribe;
  readonly #connections = new Set<Connection>();
  readonly #timer: NodeJS.Timeout;
  #plant: Plant | undefined;
  #authorizer: Authorizer;
  readonly #compareStaged: Compare;
  #allowed: readonly string[];
  /** The vendor has yet to hear what a change of the policy left of it. */
  #isChanged = false;
  /** Where each request that is under way stands among all to the asset. */
  readonly #positions = new WeakMap<Intent, number>();
  #grace = false;
  #lastPdu: Micros;
  readonly #certificates: OpeningCertificates;
  #certificateUntil: Micros;
  /** Never rejects. */
  #lastRenewal: Promise<unknown> = Promise.resolve();
  /** Why it is over, found while a request was decided. */
  #over: EndReason | undefined;
  #end: Promise<void> | undefined;
  #tellVendor: ((message: ControlMessage) => void) | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { session, certificateUntil, now, plant, actions } = parts;
    this.#scribe = new Scribe({
      ...parts,
      allowed: () => this.#allowed,
      recordEmission: (emission) => actions.recordEmission(emission),
      withdrawEmission: (id) => actions.withdrawEmission(id),
      tellPlant: (because) => actions.reportIncomplete(session.id, because),
      tellVendor: (message) => this.#tellVendor?.(message),
      mustEnd: () => {
        this.#over ??= 'recording-failed';
      },
    });
    this.#lastPdu = now();
    this.#certificates = new OpeningCertificates(session.certificate);
    this.#certificateUntil = certificateUntil;
    this.#plant = plant();
    this.#authorizer = this.#compile();
    this.#compareStaged = parts.staged.beside(parts.grant, parts.locks, parts.address);
    this.#allowed = this.#describe();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get session(): Session {
    return this.#parts.session;
  }

  /** Whether the certificate with this sha-256 (hex) opens it; one that is used ends what those before it may. */
  opensWith(thumbprint: string): boolean {
    return this.#certificates.opensWith(thumbprint);
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Of what passed until now. */
  get counts(): Counts {
    return this.#scribe.counts;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** The asset by the policy of this moment; undefined where it has no Modbus service (any more). */
  asset(): ModbusAsset | undefined {
    const asset = this.#parts.plant()?.assets.get(this.session.asset);
    return asset?.modbus === undefined ? undefined : { ...asset, modbus: asset.modbus };
  }

  attach(connection: Connection): void {
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  /** The control channel of the vendor's command; a later one takes its place. */
  listen(tell: (message: ControlMessage) => void): void {
    this.#tellVendor = tell;
    tell(this.#status());
  }

  /** No longer listens, unless another took over. */
  unlisten(tell: (message: ControlMessage) => void): void {
    if (this.#tellVendor === tell) this.#tellVendor = undefined;
  }

  /** Something that the vendor should know and the recording keeps. */
  notice(text: string): void {
    this.#scribe.note(text);
    this.#tellVendor?.({ kind: 'notice', at: isoMicros(this.#parts.now()), text });
  }

  authorize(ask: Ask): Authorization {
    const now = this.#parts.now();
    this.#followPlant();
    const decided = this.#authorizer(now, ask.request.functionCode, ask.operations);
    this.#compareStaged(now, ask, decided);
    // Who only asks for what is refused does not work.
    if (decided.kind === 'allow') this.#lastPdu = now;
    if (decided.kind === 'refuse') this.#over ??= decided.end;
    return decided;
  }

  async refuse(ask: Ask, refusal: Refusal): Promise<void> {
    await this.#scribe.refuse(ask, refusal);
    // After the answer: the tool learns by an exception that it is over. The timer ends it in any case.
    const over = this.#over;
    if (over !== undefined) setImmediate(() => void this.end(over));
  }

  takeWrite(): Refusal | undefined {
    return this.#parts.writePlace.take();
  }

  returnWrite(): void {
    this.#parts.writePlace.giveBack();
  }

  async intend(ask: Ask, rule: string, outgoing: Outgoing): Promise<Intent | undefined> {
    const intent = await this.#scribe.intend(ask, rule, outgoing);
    if (intent !== undefined) this.#positions.set(intent, this.#parts.writePlace.next());
    return intent;
  }

  settle(intent: Intent, settlement: Settlement): void {
    const { writePlace } = this.#parts;
    const position = this.#positions.get(intent);
    const { outcome, givenUp } = settlement;
    if (position !== undefined) {
      if (intent.ask.changing && givenUp === true) writePlace.gaveUp(position);
      if (outcome === 'success' || outcome === 'exception') writePlace.answered(position);
    }
    this.#scribe.settle(intent, settlement);
  }

  /**
   * Asks for the next certificate, by the one that a connection came with. A session whose renewal is
   * refused is over; undefined then, and after a fault of ours: it may be asked again while the
   * certificate lives. One after another, because each is asked for in the name of the one before it.
   */
  renew(thumbprint: string, publicKey: string): Promise<RenewalAnswer | undefined> {
    const turn = this.#lastRenewal.then(() => this.#renew(thumbprint, publicKey));
    this.#lastRenewal = turn.catch(() => undefined);
    return turn;
  }

  async #renew(thumbprint: string, publicKey: string): Promise<RenewalAnswer | undefined> {
    if (this.ended) return undefined;
    const { actions, session, fault } = this.#parts;
    // The store knows the newest alone, and keeps a leaf of whoever asks in the name of another.
    const newest = this.#certificates.newestFor(thumbprint);
    const outcome = await actions
      .renew(session.id, newest ?? thumbprint, publicKey)
      .catch((error: unknown) => fault('renewing a certificate', error));
    if (this.ended || outcome === undefined) return undefined;
    if (outcome.kind === 'refused') {
      // A connection that was left behind: of the session, which another holds, it says nothing.
      if (newest === undefined) return { kind: 'superseded' };
      this.notice(`not renewed: ${outcome.because}`);
      void this.end('renewal-failed');
      return undefined;
    }
    this.#certificates.issued(outcome.renewal.thumbprint);
    this.#certificateUntil = outcome.renewal.until;
    return outcome;
  }

  /**
   * Ends it: connections are closed as the reason demands, the recording is sealed. `text`: why, in the
   * words of the person who ended it. Idempotent.
   */
  end(reason: EndReason, text?: string): Promise<void> {
    this.#end ??= this.#finish(reason, text);
    return this.#end;
  }

  async #finish(reason: EndReason, said?: string): Promise<void> {
    clearInterval(this.#timer);
    const { grant, now, lastAnswerWithinMs } = this.#parts;
    const text = said === undefined ? inWords(reason) : `${inWords(reason)}: ${said}`;
    this.#tellVendor?.({ kind: 'ended', reason, text });
    const connections = [...this.#connections];
    for (const connection of connections) {
      if (AT_ONCE.has(reason)) connection.cut();
      else connection.endAfterNext();
    }
    const writesFor = Math.max(0, (grant.notAfter - now()) / 1000) + lastAnswerWithinMs;
    const timers = [
      setTimeout(
        () => {
          for (const connection of connections) connection.writesOver();
        },
        Math.min(LINGER_MS, writesFor),
      ),
      setTimeout(() => {
        for (const connection of connections) connection.cut();
      }, LINGER_MS),
    ];
    await Promise.all(connections.map(({ closed }) => closed));
    for (const timer of timers) clearTimeout(timer);
    const tallied = await this.#scribe.close();
    await this.#storeEnd(reason, tallied, STORE_AGAIN_MS);
  }

  /** Until its end is stored the gate remembers it as ended: forgotten, it would be loaded and opened anew. */
  async #storeEnd(reason: EndReason, tallied: Tallied, pauseMs: number): Promise<void> {
    const { session, actions, fault, onEnded } = this.#parts;
    try {
      await actions.end(session.id, reason, tallied);
      onEnded();
    } catch (error) {
      fault(`ending session ${session.id}`, error);
      const longer = Math.min(pauseMs * 2, STORE_AGAIN_AT_MOST_MS);
      setTimeout(() => void this.#storeEnd(reason, tallied, longer), pauseMs).unref();
    }
  }

  #tick(): void {
    if (this.ended) return;
    const { grant, now } = this.#parts;
    const at = now();
    void this.#scribe.sum();
    const writesFor = (grant.notAfter - at) / 1000;
    // What is under way then must not wait for the next look.
    if (writesFor > 0 && writesFor < TICK_MS) setTimeout(() => this.#tick(), Math.ceil(writesFor));
    this.#followPlant();
    const phase = phaseAt(grant, at);
    // No PDU, so nothing can be allowed: only whether it is over for good is of interest.
    const probe = this.#authorizer(at, 0, []);
    if (this.#over !== undefined) void this.end(this.#over);
    else if (phase === 'over') void this.end('deadline');
    else if (probe.kind === 'refuse' && probe.end !== undefined) void this.end(probe.end);
    else if (isIdle(this.#lastPdu, grant.idleTimeout, at)) void this.end('idle');
    else if (at >= this.#certificateUntil) void this.end('renewal-failed');
    else {
      // Of a session that ends only the end is told.
      if (this.#isChanged) this.#tellAllowed();
      if (phase === 'grace' && !this.#grace) this.#enterGrace();
    }
  }

  #tellAllowed(): void {
    this.#isChanged = false;
    const left = this.#allowed.length === 0 ? 'nothing' : this.#allowed.join('; ');
    this.#scribe.note(`the policy changed; from now on allowed: ${left}`);
    this.#tellVendor?.(this.#status());
  }

  #enterGrace(): void {
    this.#grace = true;
    const { actions, session, fault, lastAnswerWithinMs } = this.#parts;
    const connections = [...this.#connections];
    setTimeout(() => {
      for (const connection of connections) connection.writesOver();
    }, lastAnswerWithinMs).unref();
    this.#tellVendor?.(this.#status());
    actions
      .enterGrace(session.id)
      .catch((error: unknown) => fault(`the grace of session ${session.id}`, error));
  }

  #followPlant(): void {
    const plant = this.#parts.plant();
    if (plant === this.#plant) return;
    const before = addressOf(this.#plant?.assets.get(this.session.asset));
    this.#plant = plant;
    this.#authorizer = this.#compile();
    const told = this.#allowed.join('; ');
    this.#allowed = this.#describe();
    this.#isChanged ||= told !== this.#allowed.join('; ');
    if (before === addressOf(plant?.assets.get(this.session.asset))) return;
    this.notice('the policy gives this asset another address: connect again');
    for (const connection of this.#connections) connection.cut();
  }

  #compile(): Authorizer {
    const { grant, locks, address } = this.#parts;
    return createAuthorizer({ plant: this.#plant, grant, locks, gate: address });
  }

  #describe(): readonly string[] {
    const { grant, address } = this.#parts;
    return this.#plant === undefined ? [] : describePassing(this.#plant, grant, [address]);
  }

  #status(): ControlMessage {
    const { session, grant, now } = this.#parts;
    const at = now();
    return {
      kind: 'status',
      session: session.id,
      state: phaseAt(grant, at) === 'grace' ? 'grace' : 'active',
      asset: session.asset,
      allowed: this.#allowed,
      now: isoMicros(at),
      notAfter: isoMicros(grant.notAfter),
      graceUntil: isoMicros(grant.graceUntil),
      certificateUntil: isoMicros(this.#certificateUntil),
    };
  }
}

const addressOf = (asset: Asset | undefined): string =>
  JSON.stringify([asset?.address, asset?.modbus?.port, asset?.modbus?.units]);
