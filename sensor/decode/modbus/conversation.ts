/**
 * One Modbus connection: ADUs of both directions, paired by transaction id, unit and function; of a server
 * that has ids of its own, by unit, function and order.
 *
 * The hot path is `adu` for a clean read that was asked and answered before: it reads, compares and
 * counts numbers, and builds nothing. Whatever is new, writes, fails, is wrong, or contradicts
 * becomes an `Exchange`; so does everything if `everything` is set.
 */
import type { ModbusExchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { Side, StreamEnd } from '#sensor/stream/consumer.ts';
import type { Chunk, Conversation } from '../protocol.ts';
import type { Share } from '../waiting.ts';
import { ANSWER_WITHIN_MICROS, SECOND_ANSWER_WITHIN_MICROS } from './answer-time.ts';
import { contentHash, isCleanAnswer, isCleanRead } from './clean-read.ts';
import type { ConversationParts, Shared } from './conversation-parts.ts';
import { DatagramReader } from './datagram-reader.ts';
import { isAnswered } from './diagnostics.ts';
import { type EarlyAnswer, EarlyAnswers, REQUEST_WITHIN_MICROS } from './early-answers.ts';
import { joinExchange, type Message } from './exchange.ts';
import { fault, type ModbusFact } from './fault.ts';
import { EXCEPTION_BIT } from './functions.ts';
import { Identities } from './identity.ts';
import { ignoresIds, memoryLimit, noRequest, pendingLimit, unanswered } from './pairing-facts.ts';
import { exchangeKey, PendingRequests } from './pending.ts';
import { plainExchange } from './plain-exchange.ts';
import { type AduHandler, AduReader, type LostFault, type MessageReader } from './reader.ts';
import { RtuReader } from './rtu-reader.ts';
import { answerOf, copyOf, readRequest } from './seen-message.ts';
import { REQUEST, RESPONSE } from './shape.ts';

export class ModbusConversation implements Conversation, AduHandler {
  readonly #parts: ConversationParts;
  readonly #shared: Shared;
  readonly #pair: number;
  readonly #pending = new PendingRequests();
  readonly #requests: MessageReader;
  readonly #responses: MessageReader;
  /** An answer without a request is strange only where requests could be heard. */
  #requestsHeard = false;
  #answersHeard = false;
  /** Of a server with ids of its own: index of the first request that an answer may still be joined with. */
  #inOrderFrom = 0;
  readonly #early = new EarlyAnswers();
  /** Absent until a device said what it is. */
  #identities: Identities | undefined;
  /** Absent until something is kept: most only poll. */
  #share: Share | undefined;
  #ends = 0;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#shared = parts.shared;
    this.#pair = parts.shared.known.pair(parts.client, parts.server);
    this.#requests = this.#reader(REQUEST);
    this.#responses = this.#reader(RESPONSE);
  }

  /** RTU frames have no transaction ids: an answer is that to the oldest request it fits. */
  get #inOrder(): boolean {
    return this.#parts.framing === 'rtu';
  }

  #reader(role: number): MessageReader {
    const { framing, transport } = this.#parts;
    if (framing === 'rtu') return new RtuReader(this, role);
    return transport === 'udp' ? new DatagramReader(this) : new AduReader(this, role);
  }

  bytes(chunk: Chunk): void {
    if (chunk.side === this.#parts.clientSide) this.#requests.read(chunk);
    else this.#responses.read(chunk);
  }

  gap(side: Side, length: number, frame: number, at: Micros): void {
    const fromClient = side === this.#parts.clientSide;
    if (fromClient) {
      this.#requestsHeard = false;
      this.#early.excuseAll();
    } else this.#pending.excuseAll();
    (fromClient ? this.#requests : this.#responses).gap();
    const amount = length === 0 ? 'an unknown number of' : length;
    const text = `${amount} bytes of the ${fromClient ? 'client' : 'server'} were never captured`;
    this.#fault(frame, at, { name: 'stream.gap', text });
  }

  conflict(side: Side, length: number, frame: number, at: Micros): void {
    const who = side === this.#parts.clientSide ? 'client' : 'server';
    const text = `${length} bytes of the ${who} were sent twice with different content`;
    this.#fault(frame, at, { name: 'stream.conflict', text });
  }

  end(side: Side, reason: StreamEnd, frame: number, at: Micros): void {
    const fromClient = side === this.#parts.clientSide;
    const { unfinished } = fromClient ? this.#requests : this.#responses;
    if (unfinished > 0 && (reason === 'finished' || reason === 'reset')) {
      const text = `the ${fromClient ? 'client' : 'server'} ended within a message, after ${unfinished} bytes of it`;
      this.#fault(frame, at, fault('modbus.truncated', text));
    }
    // Bytes of the other side may still come: the client's FIN is no end of the answers.
    this.#ends++;
    if (this.#ends < 2) return;
    this.#tellEarly(Number.POSITIVE_INFINITY);
    this.#giveUpAll(reason !== 'capture-end' && reason !== 'evicted');
    if (this.#share !== undefined) this.#account();
    this.#shared.closed(this);
  }

  lost(chunk: Chunk, name: LostFault, what: string): void {
    const who = chunk.side === this.#parts.clientSide ? 'client' : 'server';
    this.#fault(chunk.frame, chunk.at, fault(name, `the ${who} ${what}`));
  }

  adu(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly number[] | undefined,
  ): void {
    const transaction = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const unit = bytes[at + 6] ?? 0;
    const code = bytes[at + 7] ?? 0;
    if (chunk.side === this.#parts.clientSide) {
      this.#request(chunk, bytes, at, total, earlier, exchangeKey(code, unit, transaction));
    } else {
      this.#response(chunk, bytes, at, total, earlier, exchangeKey(code & 0x7f, unit, transaction));
    }
  }

  #request(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly number[] | undefined,
    key: number,
  ): void {
    this.#shared.counters.requests++;
    this.#requestsHeard = true;
    this.#giveUpLate(chunk);
    if (this.#pending.full) this.#giveUp(true, pendingLimit());
    const code = key >>> 24;
    const plain = code >= 1 && code <= 4 && total === 12 && isCleanRead(bytes, at, code);
    const pdu = plain ? undefined : copyOf(bytes, at + 7, at + total);
    const block =
      ((bytes[at + 8] ?? 0) << 24) |
      ((bytes[at + 9] ?? 0) << 16) |
      ((bytes[at + 10] ?? 0) << 8) |
      (bytes[at + 11] ?? 0);
    const index = this.#pending.add(key, block, chunk.frame, pdu, earlier);
    this.#pending.times[this.#pending.slot(index)] = chunk.at;
    if (!this.#early.none) this.#matchEarly(index, key, chunk.at);
    if (this.#keeps) this.#account();
  }

  get #keeps(): boolean {
    return this.#share !== undefined || this.#pending.cost > 0 || !this.#early.none;
  }

  /** Something is kept, or is not any more. Called last: it may be this one that has to make room. */
  #account(): void {
    this.#share ??= this.#shared.waiting.share(() => this.#letGo());
    this.#share.change(this.#pending.cost + this.#early.cost - this.#share.cost);
  }

  /** Tells what costs something and waits longest, without its other half. */
  #letGo(): void {
    const early = this.#early.takeLate(Number.POSITIVE_INFINITY);
    const index = early === undefined ? this.#pending.oldestKept : -1;
    const request = index < 0 ? undefined : this.#asked(index);
    if (index >= 0) this.#pending.giveUp(index);
    this.#account();
    if (early === undefined && request === undefined) return;
    this.#shared.counters.exchanges++;
    this.#exchange(request, early?.answer, [memoryLimit()]);
  }

  /** The answer to the request just added may have come before it. */
  #matchEarly(index: number, key: number, at: Micros): void {
    const early = this.#early.take(key, at);
    if (early !== undefined) {
      this.#shared.counters.exchanges++;
      this.#exchange(this.#asked(index), early.answer, []);
      this.#pending.answer(index, early.content);
    }
    this.#tellEarly(at - REQUEST_WITHIN_MICROS);
  }

  /** Tells the answers that came before `until` and whose request never came. */
  #tellEarly(until: number): void {
    for (;;) {
      const late = this.#early.takeLate(until);
      if (late === undefined) return;
      this.#noRequest(late);
    }
  }

  /** If the request that it would fit was not answered meanwhile either, the server has ids of its own. */
  #noRequest({ answer, byOrder, excused, strange }: EarlyAnswer): void {
    const { habit } = this.#parts;
    const { counters } = this.#shared;
    const isHeard = this.#requestsHeard && !excused;
    const isEvidence = isHeard && !this.#inOrder && this.#pending.isOpen(byOrder);
    const isKnown = isEvidence && habit.ignoresIds;
    const isLearned = isEvidence && habit.broke(answer.transactionId);
    const facts = isHeard && !isKnown ? [strange] : [];
    counters.exchanges++;
    this.#exchange(undefined, answer, isLearned ? [...facts, ignoresIds()] : facts);
    if (!isLearned) return;
    // What was asked until now cannot be told apart any more.
    this.#inOrderFrom = this.#pending.tail;
    this.#pending.excuseAll();
    this.#tellEarly(Number.POSITIVE_INFINITY);
  }

  #response(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly number[] | undefined,
    key: number,
  ): void {
    const { habit } = this.#parts;
    const { counters, known, everything } = this.#shared;
    const pending = this.#pending;
    counters.responses++;
    this.#answersHeard = true;
    const code = bytes[at + 7] ?? 0;
    if (code >= EXCEPTION_BIT) counters.exceptions++;
    let index = this.#inOrder ? pending.findByOrder(key >>> 16, 0) : pending.find(key);
    if (this.#inOrder) {
      // There is no id that a server could keep or break.
    } else if (index >= 0) habit.kept(key & 0xffff);
    else if (habit.ignoresIds) {
      index = pending.findByOrder(key >>> 16, this.#inOrderFrom);
      if (index >= 0) this.#inOrderFrom = index + 1;
    }
    if (index < 0) {
      this.#stray(chunk, bytes, at, total, earlier, key);
      return;
    }
    counters.exchanges++;
    const slot = pending.slot(index);
    const block = pending.block(index);
    const routine =
      !everything &&
      pending.pdu(index) === undefined &&
      isCleanAnswer(bytes, at, total, code, block & 0xffff) &&
      known.routine(this.#pair, key >>> 16, block, pending.times, slot);
    if (!routine) {
      this.#exchange(this.#asked(index), answerOf(chunk, bytes, at, total, earlier), NOTHING);
    }
    pending.answer(index, contentHash(bytes, at, total));
    if (this.#share !== undefined) this.#account();
  }

  /** A response that answers no open request of its key. */
  #stray(
    chunk: Chunk,
    bytes: Uint8Array,
    at: number,
    total: number,
    earlier: readonly number[] | undefined,
    key: number,
  ): void {
    const answer = answerOf(chunk, bytes, at, total, earlier);
    const content = contentHash(bytes, at, total);
    const taken = this.#early.newest(key >>> 16)?.byOrder ?? -1;
    const byOrder = this.#pending.findByOrder(key >>> 16, taken + 1);
    const again = this.#secondAnswer(answer, key, content);
    if (again !== undefined && byOrder < 0) {
      this.#shared.counters.exchanges++;
      this.#exchange(undefined, answer, [again]);
      return;
    }
    const index = this.#pending.findTransaction(key & 0xffff);
    if (index >= 0) {
      this.#shared.counters.exchanges++;
      this.#exchange(this.#asked(index), answer, []);
      this.#pending.answer(index, content);
      return;
    }
    const strange = again ?? noRequest(this.#inOrder ? undefined : key & 0xffff);
    this.#early.add({ key, answer, content, excused: false, byOrder, strange });
    this.#tellEarly(chunk.at - REQUEST_WITHIN_MICROS);
    this.#account();
  }

  /** What is strange about a second answer to a request that was answered just before. */
  #secondAnswer(answer: Message, key: number, content: number): ModbusFact | undefined {
    const before = this.#pending.findAnswered(key);
    if (before < 0) return undefined;
    const asked = this.#pending.times[this.#pending.slot(before)] ?? 0;
    if (answer.at - asked > SECOND_ANSWER_WITHIN_MICROS) return undefined;
    const text = `the request of frame ${this.#pending.frame(before)} was answered already`;
    return content === this.#pending.answerHash(before)
      ? fault('modbus.duplicate-response', text)
      : fault('modbus.conflicting-response', `${text}, with other content`);
  }

  /** The request at `index` as a message; a plain read was kept as numbers only. */
  #asked(index: number): Message {
    const key = this.#pending.key(index);
    const block = this.#pending.block(index);
    return {
      transactionId: key & 0xffff,
      unitId: (key >>> 16) & 0xff,
      pdu: this.#pending.pdu(index) ?? readRequest(key >>> 24, block),
      at: micros(this.#pending.times[this.#pending.slot(index)] ?? 0),
      frames: [...this.#pending.earlier(index), this.#pending.frame(index)],
    };
  }

  /** Gives up what waited too long by the time of `moment`. */
  tick(moment: Pick<Chunk, 'at'>): void {
    if (!this.#early.none) this.#tellEarly(moment.at - REQUEST_WITHIN_MICROS);
    this.#giveUpLate(moment);
    if (this.#share !== undefined) this.#account();
  }

  /** Takes an object because a large number as parameter would cost a heap number for each request. */
  #giveUpLate(moment: Pick<Chunk, 'at'>): void {
    const pending = this.#pending;
    while (pending.head < pending.tail) {
      const asked = pending.times[pending.slot(pending.head)] ?? 0;
      if (moment.at - asked <= ANSWER_WITHIN_MICROS) return;
      this.#giveUp(true, unanswered());
    }
  }

  #giveUpAll(strange: boolean): void {
    while (this.#pending.head < this.#pending.tail) this.#giveUp(strange, unanswered());
  }

  /** Tells the oldest open request without an answer. */
  #giveUp(strange: boolean, fact: ModbusFact): void {
    const index = this.#pending.head;
    this.#shared.counters.exchanges++;
    const heard = strange && this.#answersHeard && !this.#pending.excused(index);
    if (heard || !this.#routineQuestion(index)) {
      const request = this.#asked(index);
      // On a serial line unit 0 is all devices, and none of them answers. MODBUS over Serial Line V1.02, 2.1.
      const isMissed = heard && isAnswered(request.pdu) && !(this.#inOrder && request.unitId === 0);
      this.#exchange(request, undefined, isMissed ? [fact] : []);
    }
    this.#pending.dropHead();
  }

  /** Where only the client can be heard, its polling is routine without an answer. */
  #routineQuestion(index: number): boolean {
    const { known, everything } = this.#shared;
    const { times } = this.#pending;
    if (everything || this.#pending.pdu(index) !== undefined) return false;
    const functionAndUnit = this.#pending.key(index) >>> 16;
    const block = this.#pending.block(index);
    return known.routine(this.#pair, functionAndUnit, block, times, this.#pending.slot(index));
  }

  #exchange(
    request: Message | undefined,
    response: Message | undefined,
    facts: readonly ModbusFact[],
  ): void {
    const { client, server, transport, framing } = this.#parts;
    const { sink, wire } = this.#shared;
    const parts = { client, server, transport, framing, request, response, facts };
    const exchange =
      plainExchange(parts) ?? this.#identified(joinExchange(parts), request, response);
    sink.event(exchange);
    wire?.modbus(exchange, request, response);
  }

  #identified(
    exchange: ModbusExchange,
    request: Message | undefined,
    response: Message | undefined,
  ): ModbusExchange {
    if (exchange.modbus.identity === undefined) return exchange;
    this.#identities ??= new Identities();
    return this.#identities.assembled(exchange, request, response);
  }

  #fault(frame: number, at: Micros, fact: Fact): void {
    const { client, server, transport } = this.#parts;
    this.#shared.sink.event({ kind: 'fault', at, client, server, transport, frame, facts: [fact] });
  }
}

/** Of nearly every exchange the pairing has nothing to say. */
const NOTHING: readonly ModbusFact[] = [];
