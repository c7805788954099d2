/**
 * Writes down what happens in a session, for the recording, the store's join, the live screens and the
 * vendor; and decides, where it cannot be written down, what may go on (`onRecordingFailure`).
 */
import type { Tallied } from '#broker/actions/end-session.ts';
import type { Grant, Session } from '#broker/model/access.ts';
import type { ControlMessage } from '#broker/model/connect.ts';
import type { Emission } from '#broker/model/operation.ts';
import { READS_TOLD_EVERY_MS, type RecordedOperation } from '#broker/model/recording.ts';
import type { Plant } from '#policies/plant.ts';
import { EXCEPTIONS } from '#sensor/decode/modbus/functions.ts';
import { type Clock, isoMicros, type Micros } from '#sensor/model/time.ts';
import type { Ask, Intent, Outgoing, Refusal, Settlement } from './desk.ts';
import type { LastSeen } from './last-seen.ts';
import type { Counts } from './manifest.ts';
import {
  intentLine,
  oldOf,
  type Place,
  refusedOperation,
  settledOperation,
} from './operation-record.ts';
import { Recording } from './recording.ts';
import { recordingFailureMode } from './recording-failure.ts';
import { NOT_RECORDED } from './refusals.ts';
import { describeOperations } from './words.ts';

const MAX_TOLD_READS = 1_000;

/** Refusals of one second that are written down one by one; of the rest, how many they were. */
const MAX_REFUSALS = 20;
const SECOND = 1_000_000;

export interface ScribeParts {
  readonly session: Session;
  readonly grant: Grant;
  readonly now: Clock;
  readonly plant: () => Plant | undefined;
  /** Folder of all recordings. */
  readonly recordings: string;
  /** Committed when it resolves, for the join; that it outlives the machine is what the recording is for. */
  readonly recordEmission: (emission: Emission) => Promise<void>;
  readonly withdrawEmission: (id: string) => Promise<void>;
  readonly lastSeen: LastSeen;
  readonly publish: (operation: RecordedOperation, session: Session) => void;
  readonly tellVendor: (message: ControlMessage) => void;
  /** That not all is recorded: an alert, a leaf, and the word on the session. */
  readonly tellPlant: (incomplete: string) => Promise<void>;
  readonly fault: (what: string, error: unknown) => void;
  /** What passes by the policy of this moment, one sentence each. */
  readonly allowed: () => readonly string[];
  /** The conduit says that a session without a recording must end. */
  readonly mustEnd: () => void;
}

export class Scribe {
  readonly #parts: ScribeParts;
  readonly #recording: Recording;
  readonly #toldReads = new Map<string, Micros>();
  /** Of the second that is under way, if anything was refused in it. */
  #second: { readonly from: Micros; refusals: number } | undefined;
  /** Why not all is recorded. */
  #incomplete: string | undefined;
  /** The plant is being told of it, or has been. */
  #told: Promise<void> | undefined;

  constructor(parts: ScribeParts) {
    this.#parts = parts;
    const { session, grant, recordings } = parts;
    this.#recording = new Recording({ root: recordings, session, grant });
  }

  /** Resolves when the tool may be told. */
  async refuse(ask: Ask, refusal: Refusal): Promise<void> {
    const at = this.#parts.now();
    await this.sum();
    this.#second ??= { from: at, refusals: 0 };
    this.#second.refusals++;
    if (this.#second.refusals > MAX_REFUSALS) return;
    const operation = refusedOperation(this.#place(at), ask, refusal);
    this.#tellRefusal(operation, ask, refusal);
    await this.#tell(operation);
  }

  /** Writes down, once its second is over, how many refusals it had beyond those that were told. */
  async sum(last = false): Promise<void> {
    const second = this.#second;
    const at = this.#parts.now();
    if (second === undefined || (!last && at - second.from < SECOND)) return;
    this.#second = undefined;
    const more = second.refusals - MAX_REFUSALS;
    if (more <= 0) return;
    const text = `${more} more requests were refused within one second`;
    this.#parts.tellVendor({ kind: 'notice', at: isoMicros(at), text });
    if (!(await this.#recording.sum(second.from, text, more))) this.#alarm(this.#recording.failure);
  }

  /** Undefined where it must not be sent. */
  async intend(ask: Ask, rule: string, outgoing: Outgoing): Promise<Intent | undefined> {
    const at = this.#parts.now();
    const old = oldOf(ask, this.#parts.lastSeen, at);
    const intent: Intent = { sequence: this.#recording.nextSequence(), at, ask, rule, old };
    const emitted = this.#emit(intent, outgoing);
    const durable = await this.#recording.intend(intentLine(intent, outgoing));
    if ((await emitted) && durable) return intent;
    this.#alarm(this.#recording.failure);
    if (this.#goesOn(ask)) return intent;
    // One of the two may stand: nobody is to wait for what is never sent.
    this.settle(intent, { outcome: 'not-sent', refused: NOT_RECORDED });
    return undefined;
  }

  /** Whether `ask` may be sent although it could not be recorded. */
  #goesOn(ask: Ask): boolean {
    const mode = recordingFailureMode(this.#parts.plant(), this.#parts.session.asset);
    switch (mode) {
      case 'continue':
        return true;
      case 'stop-writes':
        return !ask.changing;
      case 'stop-session':
        this.#parts.mustEnd();
        return false;
      default:
        return mode satisfies never;
    }
  }

  settle(intent: Intent, settlement: Settlement): void {
    const { lastSeen, now, session } = this.#parts;
    const place = { session: session.id, sequence: intent.sequence, at: intent.at };
    const operation = settledOperation(place, intent, settlement, lastSeen, now());
    if (settlement.refused !== undefined) {
      this.#tellRefusal(operation, intent.ask, settlement.refused);
    }
    void this.#tell(operation);
    if (settlement.outcome === 'not-sent' && intent.ask.changing) this.#withdraw(intent);
  }

  note(text: string): void {
    void this.#recording.note(this.#parts.now(), text);
  }

  get counts(): Counts {
    return this.#recording.counts;
  }

  /** Seals the recording. */
  async close(): Promise<Tallied> {
    await this.sum(true);
    const recording = await this.#recording.close(this.#parts.now());
    const { counts, failure } = this.#recording;
    const unsealed = recording === undefined ? 'its manifest could not be written' : undefined;
    const incomplete = this.#incomplete ?? failure?.message ?? unsealed;
    return {
      counts,
      ...(recording !== undefined && { recording }),
      ...(incomplete !== undefined && { incomplete }),
    };
  }

  async #emit({ sequence, at, ask }: Intent, outgoing: Outgoing): Promise<boolean> {
    if (!ask.changing) return true;
    const { recordEmission, session } = this.#parts;
    const recorded = recordEmission({
      id: emissionId(session, sequence),
      session: session.id,
      sentAt: at,
      key: `${outgoing.tuple}#${outgoing.transaction}`,
      asset: session.asset,
      unit: ask.unit,
      functionCode: ask.request.functionCode,
      pdu: outgoing.pdu.toString('hex'),
      changing: true,
    });
    return recorded.then(
      () => true,
      (error: unknown) => {
        this.#alarm(error);
        return false;
      },
    );
  }

  #withdraw({ sequence }: Intent): void {
    const { withdrawEmission, session, fault } = this.#parts;
    withdrawEmission(emissionId(session, sequence)).catch((error: unknown) =>
      fault('an emission that was not sent', error),
    );
  }

  #place(at: Micros): Place {
    return { session: this.#parts.session.id, sequence: this.#recording.nextSequence(), at };
  }

  async #tell(operation: RecordedOperation): Promise<void> {
    if (this.#worthShowing(operation)) this.#parts.publish(operation, this.#parts.session);
    if (!(await this.#recording.tell(operation))) this.#alarm(this.#recording.failure);
  }

  #worthShowing({ kind, decision, outcome, text }: RecordedOperation): boolean {
    if (kind !== 'read' || decision === 'refused' || outcome !== 'success') return true;
    const now = this.#parts.now();
    const last = this.#toldReads.get(text);
    if (last !== undefined && now - last < READS_TOLD_EVERY_MS * 1_000) return false;
    if (this.#toldReads.size >= MAX_TOLD_READS) this.#toldReads.clear();
    this.#toldReads.set(text, now);
    return true;
  }

  #tellRefusal({ at }: RecordedOperation, ask: Ask, { because, exception }: Refusal): void {
    const { tellVendor, allowed } = this.#parts;
    const asked = describeOperations(ask.request.functionCode, ask.operations, 'infinitive');
    const answered = `exception ${exception} (${EXCEPTIONS.get(exception) ?? 'not assigned'})`;
    tellVendor({ kind: 'refused', at, asked, because, answered, allowed: allowed() });
  }

  /** The log and the vendor hear it once; the plant is told anew until that is stored. */
  #alarm(error: unknown): void {
    const { fault, session, tellVendor, tellPlant, now } = this.#parts;
    if (this.#incomplete === undefined) {
      this.#incomplete = error instanceof Error ? error.message : String(error);
      fault(`session ${session.id} is not recorded whole`, error);
      const text = 'this session is not recorded whole, and the plant is told so';
      tellVendor({ kind: 'notice', at: isoMicros(now()), text });
    }
    // What the store does not take comes again with the next failure, and with the end of the session.
    this.#told ??= tellPlant(this.#incomplete).catch(() => {
      this.#told = undefined;
    });
  }
}

const emissionId = ({ id }: Session, sequence: number): string => `${id}-${sequence}`;
