/**
 * Deduplication: same rule + same values of the fields it names = one stream of occurrences = one alert that counts
 * (docs/contracts.md, "Who owns what").
 *
 * The alert's id derives from its key and its first occurrence, so that the same traffic read twice
 * gives the same alert, and sending it again is harmless. Status, assignee and reason are the
 * broker's; here an alert is always `new`.
 */
import { createHash } from 'node:crypto';
import type { Alert, AlertEndpoint } from '#sensor/model/alert.ts';
import {
  MAX_ALERT_MESSAGE,
  MAX_DEDUP_KEY,
  MAX_FACTS,
  MAX_SEEN,
  shorten,
  someFrames,
} from '#sensor/model/bounds.ts';
import type { Exchange, SensorEvent } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import { describeObject, type Operation } from '#sensor/model/operation.ts';
import { isoMicros, type Micros, parseIso } from '#sensor/model/time.ts';
import { countOperations } from './operation-count.ts';
import type { PlantView, PolicyAnswer } from './plant-view.ts';
import { describeEvent } from './sentence.ts';
import { severityOf } from './severity.ts';
import type { Rule } from './sigma/rule.ts';
import { UseOrder } from './use-order.ts';

/** Streams kept at once. Beyond it the one that was quiet longest closes. */
export const MAX_STREAMS = 10_000;
/**
 * Characters that their alerts have together, as JSON. One has about 4 kB, one of an OPC UA request with
 * many nodes a hundred times as much.
 */
export const MAX_BOOK_TEXT = 134_217_728;
/**
 * Streams of one rule between the same two addresses; what has another object then shares one more. Who
 * walks through all registers fills an analyst's list no further, and pushes no other alert out.
 */
export const MAX_OBJECTS = 100;
/** A stream that was quiet for so long closes: what comes after a day is a new alert. */
export const STREAM_IDLE_MICROS = 24 * 3600 * 1_000_000;
/** Reasons of the policy kept with an alert, and their longest text. */
const MAX_REASONS = 10;
const MAX_REASON = 1000;
/** Hex digits of the id's hash: 96 bits. */
const ID_DIGITS = 24;

export type Evidence = NonNullable<Alert['lockkeeper']['evidence']>;

interface Stream {
  /** As the first occurrence made it; the counts below are put in when it is given out. */
  readonly first: Alert;
  count: number;
  lastSeen: Micros;
  readonly seen: Micros[];
  /** Rule and addresses, as `pairOf` names them. */
  readonly pair: string;
  /** Characters of `first` as JSON. */
  readonly size: number;
}

export interface AlertBookOptions {
  readonly plant: PlantView;
  /** The parts of an exchange that stand in its alert as they are written out (`sensor/output/ecs.ts`). */
  readonly describe: (exchange: Exchange) => Pick<Alert, 'network' | 'modbus' | 'opcua'>;
  /**
   * Cuts the packets that prove a new alert, while they are still at hand; called once for each
   * stream, as it begins. Undefined where there are none.
   */
  readonly evidence: (alert: Alert) => Evidence | undefined;
  /** Hears of each event that a rule finds, and the id of the alert that counts it. */
  readonly found?: ((alertId: string, event: SensorEvent) => void) | undefined;
}

export class AlertBook {
  readonly #options: AlertBookOptions;
  /** By deduplication key, the one that was quiet longest first. */
  readonly #streams = new UseOrder<string, Stream>();
  /** Streams by rule and addresses. */
  readonly #pairs = new Map<string, number>();
  /** Streams that nobody was told of, and those that counted further since. */
  readonly #fresh = new Set<Stream>();
  readonly #further = new Set<Stream>();
  /** Sum of `size`. */
  #text = 0;
  #closedForSpace = 0;

  constructor(options: AlertBookOptions) {
    this.#options = options;
  }

  /** Takes note that `rule` found `event`: opens a stream, or counts one further. */
  note(rule: Rule, event: SensorEvent, attackVersion: string): void {
    const key = this.#keyOf(rule, event);
    const open = this.#streams.touch(key);
    const goesOn = open !== undefined && event.at - open.lastSeen < STREAM_IDLE_MICROS;
    if (open !== undefined && !goesOn) this.#remove(key, open);
    const stream = goesOn ? open : this.#begin(rule, event, key, attackVersion);
    if (!goesOn) this.#put(key, stream);
    stream.count++;
    if (event.at > stream.lastSeen) stream.lastSeen = event.at;
    stream.seen.push(event.at);
    if (stream.seen.length > MAX_SEEN) stream.seen.shift();
    if (!goesOn) this.#fresh.add(stream);
    else if (!this.#fresh.has(stream)) this.#further.add(stream);
    this.#options.found?.(stream.first.lockkeeper.alert.id, event);
    if (!goesOn) this.#makeRoom();
  }

  /**
   * Alerts that are new since the last call, and at most `most` of those that counted further: who is not
   * told of now, is with the next call. New ones first, each kind in the order of its change.
   */
  takeChanged(most = Number.POSITIVE_INFINITY): readonly Alert[] {
    const fresh = [...this.#fresh];
    this.#fresh.clear();
    const further: Stream[] = [];
    for (const stream of this.#further) {
      if (further.length >= most) break;
      this.#further.delete(stream);
      further.push(stream);
    }
    return [...fresh, ...further].map(render);
  }

  /** Goes on with alerts that were open before a restart. */
  restore(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const { dedup_key, count, last_seen, seen } = alert.lockkeeper.alert;
      const lastSeen = parseIso(last_seen);
      if (lastSeen === undefined) continue;
      this.#put(dedup_key, {
        pair: pairOf(alert.rule.id, alert.source?.ip, alert.destination?.ip),
        first: alert,
        size: sizeOf(alert),
        count,
        lastSeen,
        seen: seen.flatMap((text) => parseIso(text) ?? []).slice(-MAX_SEEN),
      });
    }
    this.#makeRoom();
  }

  /** What is to be said about the book itself since the last call: a limit that was reached. */
  takeFacts(): readonly Fact[] {
    const closed = this.#closedForSpace;
    this.#closedForSpace = 0;
    if (closed === 0) return [];
    const text = `${closed} alerts were closed early because no more than ${MAX_STREAMS}, and ${MAX_BOOK_TEXT / 1_048_576} MiB, are kept open; they come again as new ones`;
    return [{ name: 'sensor.alerts-full', text }];
  }

  #makeRoom(): void {
    while (this.#streams.size > MAX_STREAMS || this.#text > MAX_BOOK_TEXT) {
      const { oldest } = this.#streams;
      if (oldest === undefined) return;
      this.#remove(oldest.key, oldest.value);
      this.#closedForSpace++;
    }
  }

  #keyOf(rule: Rule, event: SensorEvent): string {
    const key = shortKey(`${rule.id}|${rule.dedupKey(event)}`);
    if (this.#streams.has(key)) return key;
    const pair = pairOfEvent(rule, event);
    const full = (this.#pairs.get(pair) ?? 0) >= MAX_OBJECTS;
    return full ? shortKey(`${pair}|further objects`) : key;
  }

  #put(key: string, stream: Stream): void {
    this.#streams.add(key, stream);
    this.#text += stream.size;
    this.#pairs.set(stream.pair, (this.#pairs.get(stream.pair) ?? 0) + 1);
  }

  #remove(key: string, { pair, size }: Stream): void {
    this.#streams.delete(key);
    this.#text -= size;
    const left = (this.#pairs.get(pair) ?? 0) - 1;
    if (left > 0) this.#pairs.set(pair, left);
    else this.#pairs.delete(pair);
  }

  #begin(rule: Rule, event: SensorEvent, key: string, attackVersion: string): Stream {
    const draft = this.#draft(rule, event, key, attackVersion);
    const evidence = this.#options.evidence(draft);
    const { lockkeeper } = draft;
    const kept = { ...lockkeeper, frames: someFrames(lockkeeper.frames) };
    const first = { ...draft, lockkeeper: evidence === undefined ? kept : { ...kept, evidence } };
    const pair = pairOfEvent(rule, event);
    return { first, size: sizeOf(first), count: 0, lastSeen: event.at, seen: [], pair };
  }

  #draft(rule: Rule, event: SensorEvent, key: string, attackVersion: string): Alert {
    const { plant, describe } = this.#options;
    const at = isoMicros(event.at);
    const asset = 'server' in event ? plant.asset(event.server.ip) : undefined;
    const severity = severityOf(rule.level, asset);
    const nameOf = (ip: string): string => plant.asset(ip)?.id ?? ip;
    const words = {
      what: describeEvent(event, nameOf),
      client: event.kind === 'health' ? '' : nameOf(event.client.ip),
      server: event.kind === 'health' ? '' : nameOf(event.server.ip),
    };
    return {
      '@timestamp': at,
      event: {
        kind: 'alert',
        category: ['intrusion_detection', 'network'],
        severity: severity.points,
        action: rule.action,
        ...(event.kind === 'exchange' ? answered(event) : {}),
      },
      message: shorten(rule.message(event, words), MAX_ALERT_MESSAGE),
      rule: { id: rule.id, name: rule.title, level: rule.level, version: rule.version },
      ...threat(rule),
      ...peers(event),
      ...(event.kind === 'exchange' ? describe(event) : {}),
      lockkeeper: {
        alert: {
          id: alertId(key, at),
          dedup_key: key,
          count: 0,
          first_seen: at,
          last_seen: at,
          seen: [],
          status: 'new',
        },
        attack_version: attackVersion,
        advice: { why: rule.why, steps: rule.steps },
        frames: frames(event),
        facts: event.facts.slice(0, MAX_FACTS),
        severity: severity.parts,
        ...(asset === undefined ? {} : { asset: { id: asset.id, zone: asset.zone } }),
        ...(event.kind === 'exchange' ? judgement(event, plant) : {}),
      },
    };
  }
}

const sizeOf = (alert: Alert): number => JSON.stringify(alert).length;

const pairOf = (rule: string, from = '', to = ''): string => `${rule}|${from}|${to}`;

const pairOfEvent = ({ id }: Rule, event: SensorEvent): string =>
  event.kind === 'health' ? pairOf(id) : pairOf(id, event.client.ip, event.server.ip);

/** A long key is told apart by its hash. */
function shortKey(key: string): string {
  if (key.length <= MAX_DEDUP_KEY) return key;
  const hash = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, MAX_DEDUP_KEY - hash.length - 1)}#${hash}`;
}

function alertId(key: string, firstSeen: string): string {
  const hash = createHash('sha256').update(`${key}\n${firstSeen}`).digest('hex');
  return `al_${hash.slice(0, ID_DIGITS)}`;
}

function threat(rule: Rule): Pick<Alert, 'threat'> {
  if (rule.techniques.length === 0) return {};
  const { tactics, techniques } = rule;
  return { threat: { framework: 'MITRE ATT&CK for ICS', tactic: tactics, technique: techniques } };
}

function peers(event: SensorEvent): Pick<Alert, 'source' | 'destination'> {
  if (event.kind === 'health') return {};
  return { source: endpoint(event.client), destination: endpoint(event.server) };
}

function answered({ outcome, took }: Exchange): Pick<Alert['event'], 'outcome' | 'duration'> {
  return took === undefined ? { outcome } : { outcome, duration: took };
}

function endpoint({ ip, port, mac }: Endpoint): AlertEndpoint {
  return mac === undefined ? { ip, port } : { ip, port, mac };
}

function frames(event: SensorEvent): readonly number[] {
  switch (event.kind) {
    case 'exchange':
      return [...event.frames.request, ...event.frames.response];
    case 'fault':
      return [event.frame];
    case 'health':
      return [];
    default:
      return event satisfies never;
  }
}

/** The operation that counts most, and what the plant policy says to it. */
function judgement(
  exchange: Exchange,
  plant: PlantView,
): Pick<Alert['lockkeeper'], 'operation' | 'policy'> {
  const operation = mainOperation(exchange.operations);
  const answer = plant.allowed(exchange);
  return {
    ...(operation === undefined
      ? {}
      : { operation: { kind: operation.kind, object: objectOf(operation, exchange) } }),
    ...(answer === undefined
      ? {}
      : {
          policy: {
            allowed: answer.allowed,
            ...(answer.undecided && { undecided: true }),
            because: answer.because.slice(0, MAX_REASONS).map(reason),
          },
        }),
  };
}

/** A write before a read: function 23 does both. */
function mainOperation(operations: readonly Operation[]): Operation | undefined {
  return operations.find(({ kind }) => kind !== 'read') ?? operations[0];
}

/** `node i=84 and 24 more` */
function objectOf(operation: Operation, exchange: Exchange): string {
  const others = exchange.operations.filter(
    (each) => each !== operation && each.kind === operation.kind,
  );
  const more = countOperations(others, exchange);
  return `${describeObject(operation.object)}${more > 0 ? ` and ${more} more` : ''}`;
}

function reason({ rule, at, text }: PolicyAnswer['because'][number]): string {
  const said = text.slice(0, MAX_REASON);
  return at === undefined ? `${said} (${rule})` : `${said} (${rule}, ${at.file}:${at.line})`;
}

function render({ first, count, lastSeen, seen }: Stream): Alert {
  return {
    ...first,
    lockkeeper: {
      ...first.lockkeeper,
      alert: {
        ...first.lockkeeper.alert,
        count,
        last_seen: isoMicros(lastSeen),
        seen: seen.map(isoMicros),
      },
    },
  };
}
