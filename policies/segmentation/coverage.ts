/** How far a policy explains what was recorded: hosts in zones, conversations by conduits, and where it was broken. */
import type { Operation } from '#sensor/model/operation.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import { createEvaluator, type Evaluator } from '../evaluate.ts';
import type { Plant, SourceRef } from '../plant.ts';
import { describeOperation } from '../words.ts';
import { isRestricted, weightOf } from './permissiveness.ts';

/** One request, with all that it asks for; nothing where it cannot be read. */
export interface Heard {
  readonly at: Micros;
  readonly protocol: Operation['protocol'];
  readonly from: string;
  readonly to: { readonly ip: string; readonly port: number };
  readonly operations: readonly Operation[];
  /** Only its ends can read it. */
  readonly encrypted: boolean;
}

export interface Violation {
  /** Conduit or zone that was not kept to, or `default-deny`. */
  readonly rule: string;
  readonly at?: SourceRef;
  /** Of the calendar in UTC: `2026-12-01`. */
  readonly day: string;
  readonly count: number;
  /** The first of them, in words. */
  readonly example: string;
}

export interface Coverage {
  readonly hosts: {
    readonly heard: number;
    readonly inZone: number;
    /** The first of those that are in none. */
    readonly outside: readonly string[];
  };
  readonly conversations: {
    /** Pairs of client and service. */
    readonly heard: number;
    /** All that was asked in them passes by conduits. */
    readonly covered: number;
    /** The covered ones, each by how much its widest conduit says: 0 to 1 for each. */
    readonly weight: number;
    /** Those that only their ends can read, in part or whole. */
    readonly encrypted: number;
  };
  readonly conduits: {
    readonly all: number;
    readonly restricted: number;
    /** Lines that let something be changed and do not say what. */
    readonly open: readonly { readonly id: string; readonly at: SourceRef }[];
  };
  /** Named in the policy, and never heard: nothing of them is counted. */
  readonly unheard: { readonly assets: readonly string[]; readonly zones: readonly string[] };
  readonly violations: readonly Violation[];
  /** Requests that found no room in these tables. */
  readonly leftOut: number;
}

const MAX_HOSTS = 65_536;
const MAX_CONVERSATIONS = 65_536;
const MAX_VIOLATIONS = 5_000;
const SHOWN_OUTSIDE = 50;

interface Conversation {
  isCovered: boolean;
  isEncrypted: boolean;
  /** Of the widest conduit by which something of it passed. */
  weight: number;
}

export class Segmentation {
  readonly #plant: Plant;
  readonly #evaluator: Evaluator;
  readonly #weights: ReadonlyMap<string, number>;
  readonly #hosts = new Set<string>();
  readonly #conversations = new Map<string, Conversation>();
  readonly #violations = new Map<string, { -readonly [Key in keyof Violation]: Violation[Key] }>();
  #leftOut = 0;

  constructor(plant: Plant) {
    this.#plant = plant;
    this.#evaluator = createEvaluator(plant);
    this.#weights = new Map(plant.conduits.map((each) => [each.id, weightOf(plant, each)]));
  }

  hear(heard: Heard): void {
    const { from, to, protocol, encrypted } = heard;
    for (const ip of [from, to.ip]) if (this.#hosts.size < MAX_HOSTS) this.#hosts.add(ip);
    const key = `${protocol} ${from} ${to.ip} ${to.port}`;
    let conversation = this.#conversations.get(key);
    if (conversation === undefined) {
      if (this.#conversations.size === MAX_CONVERSATIONS) {
        this.#leftOut++;
        return;
      }
      conversation = { isCovered: true, isEncrypted: false, weight: 1 };
      this.#conversations.set(key, conversation);
    }
    if (encrypted) this.#hearSealed(conversation, heard);
    for (const operation of heard.operations) this.#judge(conversation, heard, operation);
  }

  /** Of what cannot be read only this is known: whether a conduit leads there. */
  #hearSealed(conversation: Conversation, { from, to }: Heard): void {
    conversation.isEncrypted = true;
    const conduits = this.#evaluator.conduitsBetween(from, to.ip);
    if (conduits.length === 0) conversation.isCovered = false;
    for (const { id } of conduits) this.#weigh(conversation, id);
  }

  #weigh(conversation: Conversation, conduit: string): void {
    conversation.weight = Math.min(conversation.weight, this.#weights.get(conduit) ?? 0);
  }

  #judge(conversation: Conversation, { at, from, to }: Heard, operation: Operation): void {
    const { allowed, undecided, because } = this.#evaluator.evaluate({ from, to, operation });
    const [reason] = because;
    if (allowed) {
      this.#weigh(conversation, reason?.rule ?? '');
      return;
    }
    conversation.isCovered = false;
    if (undecided === true) return;
    const day = isoMicros(at).slice(0, 10);
    const rule = reason?.rule ?? 'default-deny';
    const key = `${day} ${rule} ${reason?.at?.file}:${reason?.at?.line}`;
    const known = this.#violations.get(key);
    if (known !== undefined) known.count++;
    else if (this.#violations.size === MAX_VIOLATIONS) this.#leftOut++;
    else {
      const example = `${from} to ${to.ip}: ${describeOperation(operation)}`;
      const place = reason?.at === undefined ? {} : { at: reason.at };
      this.#violations.set(key, { rule, ...place, day, count: 1, example });
    }
  }

  report(): Coverage {
    const places = [...this.#hosts].map((ip) => ({ ip, place: this.#evaluator.locate(ip) }));
    const outside = places.filter(({ place }) => (place?.zones.length ?? 0) === 0);
    const heardAssets = new Set(places.flatMap(({ place }) => place?.asset?.id ?? []));
    const heardZones = new Set(places.flatMap(({ place }) => place?.zones ?? []));
    const conversations = [...this.#conversations.values()];
    const covered = conversations.filter(({ isCovered }) => isCovered);
    const { assets, zones, conduits } = this.#plant;
    const open = conduits.filter((conduit) => !isRestricted(conduit));
    return {
      hosts: {
        heard: places.length,
        inZone: places.length - outside.length,
        outside: outside.slice(0, SHOWN_OUTSIDE).map(({ ip }) => ip),
      },
      conversations: {
        heard: conversations.length,
        covered: covered.length,
        weight: covered.reduce((sum, { weight }) => sum + weight, 0),
        encrypted: conversations.filter(({ isEncrypted }) => isEncrypted).length,
      },
      conduits: {
        all: conduits.length,
        restricted: conduits.length - open.length,
        open: open.map(({ id, at }) => ({ id, at })),
      },
      unheard: {
        assets: [...assets.keys()].filter((id) => !heardAssets.has(id)),
        zones: [...zones.keys()].filter((id) => !heardZones.has(id)),
      },
      violations: [...this.#violations.values()].sort(
        (a, b) => b.day.localeCompare(a.day) || b.count - a.count,
      ),
      leftOut: this.#leftOut,
    };
  }
}
