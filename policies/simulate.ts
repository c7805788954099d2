/**
 * What a policy says to traffic that was recorded: what it would deny and let pass, by the line that says it, and which
 * of its lines nothing used. The same answers as `evaluate`, added up.
 */
import type { Operation } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import { createEvaluator, type Evaluator } from './evaluate.ts';
import type { Allowance, Decision, Plant, SourceRef } from './plant.ts';
import { describeAllowance, describeOperation } from './words.ts';

/** One operation that somebody asked for. */
export interface Observed {
  readonly at: Micros;
  readonly from: string;
  readonly to: { readonly ip: string; readonly port: number };
  readonly operation: Operation;
}

export type Verdict = 'allowed' | 'denied' | 'undecided';

/** All that one line says to one client of one server, for one kind of operation. */
export interface Outcome {
  readonly verdict: Verdict;
  /** Conduit or zone, or `default-deny`. */
  readonly rule: string;
  readonly at?: SourceRef;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly kind: Operation['kind'];
  readonly count: number;
  readonly firstAt: Micros;
  readonly lastAt: Micros;
  /** The first of them, in words, and what the policy says to it. */
  readonly example: string;
  readonly because: string;
}

export interface UnusedLine {
  readonly conduit: string;
  readonly at: SourceRef;
  readonly text: string;
}

export interface Simulated {
  /** Operations that were asked about. */
  readonly operations: number;
  /** Those of one verdict together, the most frequent first. */
  readonly outcomes: readonly Outcome[];
  /** Outcomes beyond those that are told apart, in operations. */
  readonly untold: number;
  /** Lines of conduits by which nothing passed, in the order of the file. */
  readonly unused: readonly UnusedLine[];
  /** Addresses that spoke and lie in no zone. */
  readonly outside: readonly string[];
}

/** A scan of a network by a host makes one for each address; more are counted. */
const MAX_OUTCOMES = 20_000;
const MAX_OUTSIDE = 1_000;
/** Answers remembered: a plant asks the same for years. */
const MAX_REMEMBERED = 65_536;

const ORDER: Readonly<Record<Verdict, number>> = { denied: 0, undecided: 1, allowed: 2 };

type Counted = { -readonly [Key in keyof Outcome]: Outcome[Key] };

export class Simulation {
  readonly #plant: Plant;
  readonly #evaluator: Evaluator;
  readonly #outcomes = new Map<string, Counted>();
  readonly #remembered = new Map<string, Counted | 'untold'>();
  readonly #used = new Set<string>();
  readonly #outside = new Set<string>();
  #operations = 0;
  #untold = 0;

  constructor(plant: Plant) {
    this.#plant = plant;
    this.#evaluator = createEvaluator(plant);
  }

  observe(observed: Observed): void {
    this.#operations++;
    const key = keyOf(observed);
    let outcome = this.#remembered.get(key);
    if (outcome === undefined) {
      outcome = this.#judge(observed);
      if (this.#remembered.size === MAX_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(key, outcome);
    }
    if (outcome === 'untold') {
      this.#untold++;
      return;
    }
    const { at } = observed;
    outcome.count++;
    if (at < outcome.firstAt) outcome.firstAt = at;
    if (at > outcome.lastAt) outcome.lastAt = at;
  }

  report(): Simulated {
    const outcomes = [...this.#outcomes.values()].sort(
      (a, b) => ORDER[a.verdict] - ORDER[b.verdict] || b.count - a.count,
    );
    return {
      operations: this.#operations,
      outcomes,
      untold: this.#untold,
      unused: this.#unused(),
      outside: [...this.#outside],
    };
  }

  /** The outcome that this, and whatever asks the same, is counted in. */
  #judge({ at, from, to, operation }: Observed): Counted | 'untold' {
    const decision = this.#evaluator.evaluate({ from, to, operation });
    const [reason] = decision.because;
    const verdict = verdictOf(decision);
    if (verdict === 'allowed' && reason?.at !== undefined) this.#used.add(placeKey(reason.at));
    this.#noteOutside(from);
    this.#noteOutside(to.ip);
    const rule = reason?.rule ?? 'default-deny';
    const place = reason?.at === undefined ? '' : placeKey(reason.at);
    const key = JSON.stringify([verdict, rule, place, from, to, operation.kind]);
    const known = this.#outcomes.get(key);
    if (known !== undefined) return known;
    if (this.#outcomes.size === MAX_OUTCOMES) return 'untold';
    const outcome: Counted = {
      verdict,
      rule,
      ...(reason?.at !== undefined && { at: reason.at }),
      from,
      to: to.ip,
      port: to.port,
      kind: operation.kind,
      count: 0,
      firstAt: at,
      lastAt: at,
      example: describeOperation(operation),
      because: reason?.text ?? '',
    };
    this.#outcomes.set(key, outcome);
    return outcome;
  }

  #noteOutside(ip: string): void {
    if (this.#outside.size === MAX_OUTSIDE || this.#outside.has(ip)) return;
    if (this.#evaluator.locate(ip)?.zones.length === 0) this.#outside.add(ip);
  }

  #unused(): readonly UnusedLine[] {
    return this.#plant.conduits.flatMap(({ id, allow }) => {
      const byLine = new Map<string, Allowance[]>();
      for (const each of allow) {
        const key = placeKey(each.at);
        byLine.set(key, [...(byLine.get(key) ?? []), each]);
      }
      return [...byLine].flatMap(([key, lines]): readonly UnusedLine[] => {
        const [first] = lines;
        if (first === undefined || this.#used.has(key)) return [];
        return [{ conduit: id, at: first.at, text: lines.map(describeAllowance).join('; ') }];
      });
    });
  }
}

/** What is asked, without when: the same question has the same answer. */
function keyOf({ from, to, operation }: Observed): string {
  const way = `${from} ${to.ip} ${to.port}`;
  if (operation.protocol === 'opcua' || operation.object.kind !== 'modbus-range') {
    return `${way} ${JSON.stringify(operation)}`;
  }
  const { kind, functionCode, object, values } = operation;
  const { unit, table, address, quantity } = object;
  return `${way} ${kind} ${functionCode} ${unit} ${table} ${address} ${quantity} ${values?.join() ?? ''}`;
}

const verdictOf = ({ allowed, undecided }: Decision): Verdict => {
  if (allowed) return 'allowed';
  return undecided === true ? 'undecided' : 'denied';
};

const placeKey = ({ file, line, column = 1 }: SourceRef): string => `${file}:${line}:${column}`;
