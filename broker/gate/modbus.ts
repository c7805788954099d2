/**
 * The filter between a vendor's tool and an asset, for one connection.
 *
 *     vendor --bytes--> frame -> parse -> operations -> authorize -> intent (durable)
 *                       -> authorize again -> emit with a transaction id of the gate --> asset
 *     asset  --bytes--> frame -> parse -> answers what was asked? -> emit with the vendor's id --> vendor
 *
 * Strict on both sides: any fault in what the gate passes ends the connection, is never answered, and nothing behind it is
 * read. What is sent is always serialised anew from what was understood. It knows no sockets.
 */
import { POLICY_FUNCTIONS } from '#policies/modbus-functions.ts';
import { emitAdu, emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { pduOf, transactionId, unitId } from '#sensor/decode/modbus/frame.ts';
import { operationsOf } from '#sensor/decode/modbus/operations.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import { changesSomething } from '#sensor/model/operation.ts';
import { AduBuffer } from './adu-buffer.ts';
import { answerTo, settlementOf } from './answer.ts';
import type { Ask, Desk, Intent, Refusal, Settlement } from './desk.ts';
import { EXCEPTION, NOT_RECORDED, NOT_UNDERSTOOD, OVER, refusalOf, STUCK } from './refusals.ts';
import { Steps } from './steps.ts';

/** Requests under way on one connection: twice what pipelining tools use. Beyond it nothing is read. */
export const MAX_OUTSTANDING = 16;

/** Requests that were given up and may still be answered late; older ones are forgotten. */
const MAX_ABANDONED = 64;

export type Side = 'vendor' | 'asset';

/** What the filter says to its connection. */
interface Wires {
  toVendor(adu: Buffer): void;
  toAsset(adu: Buffer): void;
  /** `side` sent what cannot be; both connections must be closed now. */
  broken(side: Side, because: string): void;
  /** The session is over and its last answer given: close once it is sent. */
  done(): void;
  /** There is room for requests again. */
  room(): void;
  /** Whether everything sent to the asset so far has left for the network. */
  assetDrained(): boolean;
  /** A changing request was not answered: throws away, with its connection, what was not yet taken. */
  resetAsset(): void;
}

export interface FilterParts {
  readonly desk: Desk;
  readonly wires: Wires;
  /** Units of the asset; a PDU for another is refused whatever the grant says. */
  readonly units: readonly number[];
  /** `clientIp:port>serverIp:port` of the connection to the asset. */
  readonly tuple: string;
  /** ms within which the asset must answer. */
  readonly answerWithinMs: number;
}

interface Sent {
  /** The vendor's. */
  readonly transaction: number;
  /** The gate's. */
  readonly upstream: number;
  readonly ask: Ask;
  readonly intent: Intent;
  readonly timer: NodeJS.Timeout;
}

/** A request that was taken and not yet sent. */
interface Taken {
  readonly transaction: number;
  readonly upstream: number;
  readonly ask: Ask;
  readonly adu: Buffer;
}

export class ModbusFilter {
  readonly #parts: FilterParts;
  readonly #fromVendor = new AduBuffer();
  readonly #fromAsset = new AduBuffer();
  readonly #steps = new Steps(() => this.#pump());
  /** Sent and not answered, by the gate's transaction id. */
  readonly #sent = new Map<number, Sent>();
  /** Taken and not yet sent, by the gate's transaction id. */
  readonly #taken = new Map<number, Taken>();
  readonly #abandoned = new Set<number>();
  #lastTransaction = 0;
  /** `ending`: one more request is answered. `last`: it was; what is under way may still return. */
  #state: 'open' | 'ending' | 'last' | 'closed' = 'open';

  constructor(parts: FilterParts) {
    this.#parts = parts;
  }

  /** Whether more of the vendor's bytes may come. */
  get hasRoom(): boolean {
    const reads = this.#state === 'open' || this.#state === 'ending';
    return reads && this.outstanding < MAX_OUTSTANDING;
  }

  /** Requests that are not yet answered. */
  get outstanding(): number {
    return this.#steps.size + this.#sent.size;
  }

  /** Whether the vendor's last ADU is not yet whole. */
  get unfinished(): boolean {
    return this.hasRoom && this.#fromVendor.unfinished;
  }

  vendorBytes(bytes: Buffer): void {
    if (this.#state === 'closed') return;
    if (this.#fromVendor.add(bytes)) this.#readVendor();
    else this.#break('vendor', 'too many bytes at once');
  }

  assetBytes(bytes: Buffer): void {
    if (this.#state === 'closed') return;
    if (!this.#fromAsset.add(bytes)) {
      this.#break('asset', 'too many bytes at once');
      return;
    }
    while (this.#isOpen()) {
      const taken = this.#fromAsset.take();
      if (taken.kind === 'more') return;
      if (taken.kind === 'malformed') this.#break('asset', taken.because);
      else this.#answered(taken.bytes);
    }
  }

  /** From now on one more request is answered, with exception 11; what is under way may still return. */
  endAfterNext(): void {
    if (this.#state === 'open') this.#state = 'ending';
  }

  /** Answers what is under way with exception 11 and closes: the asset is gone. */
  assetGone(): void {
    if (this.#state === 'closed') return;
    this.#exceptAll();
    this.#close({ outcome: 'no-answer' });
  }

  /**
   * Forgets everything; what is under way is settled as unanswered or unsent. Idempotent. The
   * connection to the asset must have been reset.
   */
  close(): void {
    this.#close({ outcome: 'no-answer', givenUp: true });
  }

  /** The time of writes is over: one that the asset has not answered must not reach it any more. */
  writesOver(): void {
    if ([...this.#sent.values()].some(({ ask }) => ask.changing)) this.#giveUp();
  }

  /** What lies unanswered in a connection can be called back only with the connection. */
  #giveUp(): void {
    this.#parts.wires.resetAsset();
    this.#exceptAll();
    this.close();
    this.#parts.wires.done();
  }

  #exceptAll(): void {
    for (const { transaction, ask } of [...this.#sent.values(), ...this.#taken.values()]) {
      this.#except(transaction, ask, EXCEPTION.gatewayTargetFailedToRespond);
    }
  }

  #close(settlement: Settlement): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const sent of this.#sent.values()) this.#settle(sent, settlement);
    this.#sent.clear();
    this.#drop();
  }

  /** The vendor hears nothing any more: what is not yet sent never is, what is under way may still return. */
  vendorGone(): void {
    if (this.#state === 'closed') return;
    this.#state = 'last';
    this.#drop();
    this.#finish();
  }

  #drop(): void {
    this.#taken.clear();
    this.#steps.drop();
  }

  #isOpen(): boolean {
    return this.#state !== 'closed';
  }

  #readVendor(): void {
    while (this.hasRoom) {
      const taken = this.#fromVendor.take();
      if (taken.kind === 'more') return;
      if (taken.kind === 'malformed') this.#break('vendor', taken.because);
      else this.#asked(taken.bytes);
    }
  }

  #asked(adu: Buffer): void {
    const unit = unitId(adu);
    const { pdu: request, faults } = parseRequest(pduOf(adu));
    // What the gate never passes is refused, however it is made, as is what it does not understand.
    const isPassed = POLICY_FUNCTIONS.get(request.functionCode)?.directOnly !== true;
    const [wrong] = isPassed ? faults : [];
    if (wrong !== undefined) {
      this.#break('vendor', wrong.text);
      return;
    }
    const operations = isPassed ? operationsOf(request, unit) : [];
    const changing = changesSomething(operations);
    const ask: Ask = { unit, request, operations, changing };
    const transaction = transactionId(adu);
    const decided = this.#decide(ask);
    if (decided.kind === 'refuse') {
      this.#refuse(transaction, ask, decided.refusal);
      return;
    }
    const busy = changing ? this.#parts.desk.takeWrite() : undefined;
    if (busy === undefined) this.#take(transaction, ask, decided.rule);
    else this.#refuse(transaction, ask, busy);
  }

  #decide(ask: Ask): Decided {
    if (this.#state !== 'open') return { kind: 'refuse', refusal: OVER };
    if (!this.#parts.units.includes(ask.unit)) {
      const because = `unit ${ask.unit} is none of this asset`;
      const exception = EXCEPTION.illegalDataAddress;
      return { kind: 'refuse', refusal: { rule: 'asset', because, exception } };
    }
    const decided = this.#parts.desk.authorize(ask);
    if (decided.kind === 'refuse') {
      return { kind: 'refuse', refusal: refusalOf(ask, decided) };
    }
    // What is not understood is never sent, whoever allows it.
    return ask.operations.length === 0 ? { kind: 'refuse', refusal: NOT_UNDERSTOOD } : decided;
  }

  #refuse(transaction: number, ask: Ask, refusal: Refusal): void {
    this.#steps.add(this.#parts.desk.refuse(ask, refusal), {
      run: () => this.#answerRefusal(transaction, ask, refusal),
      cancel: () => undefined,
    });
  }

  #answerRefusal(transaction: number, ask: Ask, { exception }: Refusal): void {
    this.#except(transaction, ask, exception);
    if (exception !== EXCEPTION.gatewayTargetFailedToRespond) return;
    this.#state = 'last';
    this.#finish();
  }

  #finish(): void {
    if (this.#state !== 'last' || this.#sent.size > 0) return;
    this.close();
    this.#parts.wires.done();
  }

  #take(transaction: number, ask: Ask, rule: string): void {
    const { desk, tuple } = this.#parts;
    const upstream = this.#nextTransaction();
    const pdu = emitRequest(ask.request);
    const taken = { transaction, upstream, ask, adu: emitAdu(upstream, ask.unit, pdu) };
    this.#taken.set(upstream, taken);
    let intent: Intent | undefined;
    const recorded = desk.intend(ask, rule, { tuple, transaction: upstream, pdu });
    const durable = recorded.then((answer) => {
      intent = answer;
    });
    this.#steps.add(durable, {
      run: () => this.#send(taken, intent),
      cancel: () => this.#unsent(ask, intent, undefined),
    });
  }

  #pump(): void {
    this.#steps.runReady(() => this.#isOpen());
    this.#roomAgain();
  }

  /** Time has passed since the decision, so it is asked again: nothing leaves after its clock. */
  #send(taken: Taken, intent: Intent | undefined): void {
    const { transaction, upstream, ask, adu } = taken;
    this.#taken.delete(upstream);
    const { wires, answerWithinMs } = this.#parts;
    const decided = this.#decide(ask);
    // What lies in a socket cannot be called back when its time is over.
    const stuck = ask.changing && !wires.assetDrained();
    const refusal =
      intent === undefined
        ? NOT_RECORDED
        : decided.kind === 'refuse'
          ? decided.refusal
          : stuck
            ? STUCK
            : undefined;
    if (intent === undefined || refusal !== undefined) {
      this.#unsent(ask, intent, refusal);
      if (refusal !== undefined) this.#answerRefusal(transaction, ask, refusal);
      return;
    }
    const timer = setTimeout(() => this.#late(upstream), answerWithinMs);
    this.#sent.set(upstream, { transaction, upstream, ask, intent, timer });
    wires.toAsset(adu);
  }

  #unsent(ask: Ask, intent: Intent | undefined, refused: Refusal | undefined): void {
    const { desk } = this.#parts;
    if (ask.changing) desk.returnWrite();
    if (intent === undefined) return;
    desk.settle(intent, { outcome: 'not-sent', ...(refused !== undefined && { refused }) });
  }

  #late(upstream: number): void {
    const sent = this.#sent.get(upstream);
    if (sent === undefined) return;
    if (sent.ask.changing) {
      this.#giveUp();
      return;
    }
    this.#sent.delete(upstream);
    const [oldest] = this.#abandoned;
    if (this.#abandoned.size >= MAX_ABANDONED && oldest !== undefined) {
      this.#abandoned.delete(oldest);
    }
    this.#abandoned.add(upstream);
    this.#settle(sent, { outcome: 'no-answer' });
    this.#except(sent.transaction, sent.ask, EXCEPTION.gatewayTargetFailedToRespond);
    this.#finish();
    this.#roomAgain();
  }

  #answered(adu: Buffer): void {
    const id = transactionId(adu);
    const sent = this.#sent.get(id);
    if (sent === undefined) {
      // Too late is no crime; the vendor has been answered.
      if (this.#abandoned.delete(id)) return;
      this.#break('asset', `nothing was asked with transaction id ${id}`);
      return;
    }
    const { pdu, faults } = parseResponse(pduOf(adu));
    const answer = faults.length === 0 ? answerTo(sent.ask.request, pdu) : undefined;
    if (answer === undefined || unitId(adu) !== sent.ask.unit) {
      this.#break('asset', faults[0]?.text ?? 'the response does not fit the request');
      return;
    }
    this.#sent.delete(id);
    this.#settle(sent, settlementOf(answer));
    const { transaction, ask } = sent;
    this.#parts.wires.toVendor(emitAdu(transaction, ask.unit, emitResponse(answer)));
    this.#finish();
    this.#roomAgain();
  }

  #settle({ ask, intent, timer }: Sent, settlement: Settlement): void {
    clearTimeout(timer);
    this.#parts.desk.settle(intent, settlement);
    if (ask.changing) this.#parts.desk.returnWrite();
  }

  #roomAgain(): void {
    if (!this.hasRoom) return;
    this.#readVendor();
    if (this.hasRoom) this.#parts.wires.room();
  }

  #break(side: Side, because: string): void {
    // A tool should not wait for its own timeout because the asset broke the rules.
    if (side === 'asset') this.assetGone();
    else this.close();
    this.#parts.wires.broken(side, because);
  }

  #except(transaction: number, { unit, request }: Ask, exceptionCode: number): void {
    const { functionCode } = request;
    const pdu = emitResponse({ kind: 'exception', functionCode, exceptionCode });
    this.#parts.wires.toVendor(emitAdu(transaction, unit, pdu));
  }

  /** 1..65535, never one that is still to be answered. */
  #nextTransaction(): number {
    do {
      this.#lastTransaction = (this.#lastTransaction % 65_535) + 1;
      this.#abandoned.delete(this.#lastTransaction);
    } while (this.#sent.has(this.#lastTransaction) || this.#taken.has(this.#lastTransaction));
    return this.#lastTransaction;
  }
}

type Decided =
  | { readonly kind: 'allow'; readonly rule: string }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };
