/**
 * Joins the requests of one connection with their responses, by request id, and tells each pair as an
 * exchange. Publish requests wait for minutes until there is something to tell; all others have a time.
 */

import { CUT } from '#sensor/model/bounds.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import type { OpcuaSecurity, OpcuaValue } from '#sensor/model/opcua.ts';
import { micros } from '#sensor/model/time.ts';
import type { DecodeCounters, DecodeSink } from '../protocol.ts';
import type { Holder, Share } from '../waiting.ts';
import type { WireSink } from '../wire-sink.ts';
import { VALUE } from './attributes.ts';
import type { NodeAttribute, Notified, RequestBody } from './body.ts';
import { subscriptionOf } from './content.ts';
import { type Directory, type KnownSession, serverName } from './directory.ts';
import { joinExchange, type SeenRequest, type SeenResponse } from './exchange.ts';
import { fault, type OpcuaFact } from './fault.ts';
import { followSubscriptions, followValues } from './follow.ts';
import type { KnownQuestions } from './known-questions.ts';
import { type NodeId, nodeIdText } from './node-id.ts';
import { parseKnown } from './parse-request.ts';
import { BUILT, MAX_PENDING, PendingRequests, readCost } from './pending.ts';
import * as services from './services.ts';
import { isBad } from './status-codes.ts';

/** Longer than the time that clients wait by default, 10 to 60 s. */
export const ANSWER_WITHIN_MICROS = 90_000_000;

/** So long an answer waits for its request: mirror ports swap packets, and reassembly holds some back. */
export const REQUEST_WITHIN_MICROS = 2_000_000;

/** Answers that wait for their request; beyond it the oldest is told without. */
const MAX_EARLY = 64;

/** The node that holds a server's namespaces. OPC 10000-5, 6.3.1. */
const NAMESPACE_ARRAY = 2255;

export interface PairingParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly sink: DecodeSink;
  readonly counters: DecodeCounters;
  readonly known: KnownQuestions;
  readonly directory: Directory;
  /** How the channel is secured at this moment, for a message that was read. */
  readonly security: () => OpcuaSecurity;
  readonly share: Share;
  /** No request was sent before the first that is heard. */
  readonly fromStart: boolean;
  readonly wire?: WireSink | undefined;
}

interface EarlyAnswer {
  readonly requestId: number;
  readonly response: SeenResponse;
  readonly cost: number;
  /** Its request may be among bytes that were never captured. */
  isExcused: boolean;
}

export class Pairing implements Holder {
  readonly #parts: PairingParts;
  readonly #pair: number;
  readonly pending: PendingRequests;
  #early: EarlyAnswer[] = [];
  #earlyCost = 0;
  #requestsHeard = false;
  /** Requests are missing before the next one that is heard, and from which one on none is. */
  #requestsLost: boolean;
  #heardFrom = 0;
  #answersHeard = false;
  /** Answers may be among bytes that were never captured. */
  #answersLost = false;
  /** Of the channel, as its last message had it. */
  channelId = 0;

  constructor(parts: PairingParts) {
    this.#parts = parts;
    this.#pair = parts.known.pair(parts.client, parts.server);
    this.pending = new PendingRequests(parts.share);
    this.#requestsLost = !parts.fromStart;
  }

  get cost(): number {
    return this.pending.cost + this.#earlyCost;
  }

  /** Tells a request or an answer without its other half: all that wait take too much memory. */
  letGo(): void {
    const [oldest] = this.#early;
    const largest = this.pending.largest();
    if (oldest !== undefined && (largest < 0 || this.#earlyCost > this.pending.cost)) {
      this.#early.shift();
      this.#tellAlone(oldest, [fault('opcua.memory-limit', `an answer ${LET_GO}`)]);
    } else if (largest >= 0) {
      this.#giveUp(largest, [fault('opcua.memory-limit', `a request ${LET_GO}`)]);
    }
  }

  /** Answers wait for their requests. */
  get hasEarly(): boolean {
    return this.#early.length > 0;
  }

  get pair(): number {
    return this.#pair;
  }

  /** The next question is known: numbers are all that is kept. */
  ask(id: number, question: number, handle: number, frame: number): number {
    this.#hear(id);
    return this.pending.add(id, question, handle, frame, undefined);
  }

  request(id: number, seen: SeenRequest): void {
    this.#hear(id);
    const twin = this.pending.find(id);
    if (twin >= 0) {
      const text = `request id ${id} was used again before its answer`;
      this.#giveUp(twin, [fault('opcua.request-reused', text)]);
    }
    if (this.pending.isFull) {
      const text = `${MAX_PENDING} requests were sent without waiting for an answer`;
      this.#giveUp(0, [fault('opcua.pending-limit', text)]);
    }
    const early = this.#early.findIndex(({ requestId }) => requestId === id);
    const [answer] = early < 0 ? [] : this.#early.splice(early, 1);
    if (answer !== undefined) {
      this.#countEarly(-answer.cost);
      this.#tell(seen, answer.response, []);
      return;
    }
    const session = this.#sessionOf(seen);
    const kept = session === undefined ? seen : { ...seen, session };
    const index = this.pending.add(id, BUILT, 0, seen.frames.at(-1) ?? 0, kept);
    this.pending.times[index] = seen.at;
    this.pending.count(kept);
  }

  /** A response that answers a known question cleanly: it is counted. */
  answer(index: number): void {
    this.#answersHeard = true;
    const { known, counters } = this.#parts;
    counters.exchanges++;
    known.count(this.pending.known(index), this.pending.times, index);
    this.pending.remove(index);
  }

  /** An answer with a body of `size` bytes. */
  response(id: number, seen: SeenResponse, size: number): void {
    this.#answersHeard = true;
    if (isBad(seen.parsed.header.result)) this.#parts.counters.exceptions++;
    const index = this.pending.find(id);
    if (index < 0) {
      const cost = readCost(size);
      const isExcused = this.#requestsLost || id < this.#heardFrom;
      this.#early.push({ requestId: id, response: seen, cost, isExcused });
      this.#countEarly(cost);
      this.#tellEarly(seen.at - REQUEST_WITHIN_MICROS);
      return;
    }
    const request = this.#asked(index);
    this.pending.remove(index);
    this.#tell(request, seen, []);
  }

  /** A request to which nobody answers: closing the channel. */
  close(seen: SeenRequest): void {
    this.#tell(seen, undefined, [], 'CLO');
  }

  /** Bytes of this side were never captured. */
  gap(isFromClient: boolean): void {
    if (!isFromClient) {
      this.#answersLost = true;
      return;
    }
    this.#requestsHeard = false;
    this.#requestsLost = true;
    for (const early of this.#early) early.isExcused = true;
  }

  tick(now: number): void {
    if (this.#early.length > 0) this.#tellEarly(now - REQUEST_WITHIN_MICROS);
    for (let i = this.pending.size - 1; i >= 0; i--) {
      const late = now - (this.pending.times[i] ?? 0) > ANSWER_WITHIN_MICROS;
      if (late && this.#service(i) !== services.PUBLISH) this.#giveUp(i, this.#unanswered(true));
    }
  }

  end(isStrange: boolean): void {
    this.#tellEarly(Number.POSITIVE_INFINITY);
    while (this.pending.size > 0) {
      const isPublish = this.#service(0) === services.PUBLISH;
      this.#giveUp(0, isPublish ? [] : this.#unanswered(isStrange));
    }
  }

  /** Clients count their requests, and some are answered minutes later: those before this one may be lost. */
  #hear(id: number): void {
    this.#requestsHeard = true;
    if (this.#requestsLost) this.#heardFrom = id;
    this.#requestsLost = false;
  }

  #service(index: number): number {
    const question = this.pending.known(index);
    if (question !== BUILT) return this.#parts.known.service(question);
    return this.pending.built(index)?.parsed.id ?? 0;
  }

  #unanswered(isStrange: boolean): readonly OpcuaFact[] {
    if (!isStrange || !this.#answersHeard || this.#answersLost) return [];
    const text = `no answer within ${ANSWER_WITHIN_MICROS / 1e6} s or before the connection ended`;
    return [fault('opcua.unanswered', text)];
  }

  /** Tells an open request without an answer; a known question only if that is strange. */
  #giveUp(index: number, facts: readonly OpcuaFact[]): void {
    const isKnown = this.pending.known(index) !== BUILT;
    const request = isKnown && facts.length === 0 ? undefined : this.#asked(index);
    if (request === undefined) {
      this.#parts.counters.exchanges++;
      this.#parts.known.count(this.pending.known(index), this.pending.times, index);
      this.pending.remove(index);
      return;
    }
    this.pending.remove(index);
    this.#tell(request, undefined, facts);
  }

  #asked(index: number): SeenRequest {
    const built = this.pending.built(index);
    if (built !== undefined) return built;
    const question = this.pending.known(index);
    const { known } = this.#parts;
    const handle = this.pending.handle(index);
    return {
      at: micros(this.pending.times[index] ?? 0),
      frames: [this.pending.frame(index)],
      channelId: this.channelId,
      requestId: this.pending.id(index),
      facts: [],
      parsed: parseKnown(known.service(question), known.body(question), handle),
    };
  }

  /** Tells the answers that came before `until` and whose request never came. */
  #tellEarly(until: number): void {
    for (;;) {
      const [oldest] = this.#early;
      if (oldest === undefined) return;
      if (oldest.response.at >= until && this.#early.length <= MAX_EARLY) return;
      this.#early.shift();
      const text = `no request with id ${oldest.requestId} waits for an answer`;
      const isStrange = this.#requestsHeard && !oldest.isExcused;
      this.#tellAlone(oldest, isStrange ? [fault('opcua.response-without-request', text)] : []);
    }
  }

  /** Tells an answer, which waits no more, without its request. */
  #tellAlone({ response, cost }: EarlyAnswer, facts: readonly OpcuaFact[]): void {
    this.#countEarly(-cost);
    this.#tell(undefined, response, facts);
  }

  #countEarly(by: number): void {
    this.#earlyCost += by;
    this.#parts.share.change(by);
  }

  #tell(
    request: SeenRequest | undefined,
    response: SeenResponse | undefined,
    facts: readonly OpcuaFact[],
    messageType: 'MSG' | 'CLO' = 'MSG',
  ): void {
    const { client, server, sink, counters, directory, known, security } = this.#parts;
    counters.exchanges++;
    const session = request && (this.#sessionOf(request) ?? request.session);
    this.#remember(request, response, session);
    const { values, subscriptions } = directory;
    const name = serverName(server);
    const answer = response?.parsed.body;
    const subscription =
      answer?.kind === 'published' ? subscriptionOf(answer, request?.parsed.body) : undefined;
    const watched = ({ clientHandle }: Notified): NodeAttribute | undefined =>
      subscription === undefined ? undefined : subscriptions.node(name, subscription, clientHandle);
    const exchange = joinExchange({
      client,
      server,
      messageType,
      security: security(),
      request,
      response,
      session,
      nameOf: (node: NodeId) => directory.name(server, node),
      watched,
      previous: ({ node, attribute }) =>
        node.exact ? values.get(name, nodeIdText(node), attribute) : undefined,
      facts,
    });
    const asked = request?.parsed;
    const seenAt = response?.at ?? exchange.at;
    followValues({ values, server: name, watched }, asked, response?.parsed, seenAt);
    sink.event(exchange);
    const [asking, answering] = [request?.wire, response?.wire];
    this.#parts.wire?.opcua(exchange, { kind: 'service', request: asking, response: answering });
    if (asked === undefined || exchange.outcome !== 'success' || exchange.facts.length > 0) return;
    // What a server says of its namespaces is looked at each time: it changes with a restart.
    const isRoutine = asked.id === services.READ && namespacesIn(asked.body) < 0;
    if (isRoutine) known.learn(this.#pair, asked.id, asked.rest, exchange.at);
    if (asked.id === services.PUBLISH) known.learn(this.#pair, asked.id, NOTHING, exchange.at);
  }

  #sessionOf({ parsed }: SeenRequest): KnownSession | undefined {
    return this.#parts.directory.session(this.#parts.server, parsed.header.token);
  }

  /** What one exchange tells about later ones: sessions, and the namespaces of the server. */
  #remember(
    request: SeenRequest | undefined,
    response: SeenResponse | undefined,
    session: KnownSession | undefined,
  ): void {
    const { server, directory } = this.#parts;
    const asked = request?.parsed;
    const answered = response?.parsed;
    if (answered === undefined || !answered.isHeaded || isBad(answered.header.result)) return;
    if (answered.body.kind === 'create-session') {
      const created = asked?.body.kind === 'create-session' ? asked.body : undefined;
      directory.createSession(server, answered.body.token, {
        ...(created?.sessionName === undefined ? {} : { name: created.sessionName }),
        ...(created?.applicationUri === undefined
          ? {}
          : { applicationUri: created.applicationUri }),
      });
    }
    if (asked === undefined) return;
    followSubscriptions(directory.subscriptions, serverName(server), asked, answered);
    const { token } = asked.header;
    if (asked.body.kind === 'activate-session' && asked.body.identity !== undefined) {
      directory.activateSession(server, token, asked.body.identity);
    }
    if (asked.id === services.CLOSE_SESSION && session !== undefined) {
      directory.closeSession(server, token);
    }
    if (asked.body.kind === 'read' && answered.body.kind === 'results') {
      const uris = answered.body.results[namespacesIn(asked.body)]?.value;
      if (Array.isArray(uris)) directory.setNamespaces(server, uris.map(wholeText));
    }
  }
}

/** Where a Read asks for the namespaces of the server; -1 where it does not. */
function namespacesIn(asked: RequestBody): number {
  if (asked.kind !== 'read') return -1;
  return asked.nodes.findIndex(
    ({ node, attribute }) =>
      node.namespace === 0 && node.numeric === NAMESPACE_ARRAY && attribute === VALUE,
  );
}

const NOTHING = new Uint8Array(0);

const LET_GO = 'is told alone: what waits in all connections took too much memory';

/** Empty, which is the URI of nothing, where it was cut. */
const wholeText = (value: OpcuaValue): string => {
  const text = String(value);
  return text.endsWith(CUT) ? '' : text;
};
