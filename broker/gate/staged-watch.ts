/**
 * What the policy that waits would say of what vendors ask, beside what is in force, which alone decides. It is told
 * with the policy, so that the people who must agree see which work it would have stopped since it lies there.
 */
import { type Authorization, createAuthorizer } from '#broker/access/authorize.ts';
import type { Grant, Lock } from '#broker/model/access.ts';
import type { PolicyRevision } from '#broker/model/policy.ts';
import type { StagedAside, StagedDifference } from '#broker/model/staged-aside.ts';
import { loadPlant } from '#policies/load.ts';
import type { Plant } from '#policies/plant.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { Ask } from './desk.ts';
import { describeOperations } from './words.ts';

/** A policy that differs in more is told by these, and by how many there are. */
const MAX_DIFFERENCES = 50;

/** Looks at one decision that was made. */
export type Compare = (at: Micros, ask: Ask, decided: Authorization) => void;

export class StagedWatch {
  /** Name of the policy's file in reasons. */
  readonly #file: string;
  #staged: { readonly id: string; readonly plant: Plant } | undefined;
  #asked = 0;
  #untold = 0;
  readonly #differences = new Map<string, StagedDifference>();

  constructor(file: string) {
    this.#file = file;
  }

  /** A policy as it stands now: one that waits, or that waited. */
  hear({ id, text, staged }: PolicyRevision): void {
    if (staged === undefined) {
      if (this.#staged?.id === id) this.#follow(undefined);
      return;
    }
    if (this.#staged?.id === id) return;
    const loaded = loadPlant(text, this.#file);
    this.#follow(loaded.kind === 'plant' ? { id, plant: loaded.plant } : undefined);
  }

  /** What it would have said until now; undefined where it is not `id` that is looked at. */
  told(id: string): StagedAside | undefined {
    if (this.#staged?.id !== id) return undefined;
    const differences = [...this.#differences.values()];
    return { asked: this.#asked, differences, untold: this.#untold };
  }

  /** For one session. `gate`: the address that emits. */
  beside(grant: Grant, locks: () => readonly Lock[], gate: string): Compare {
    let plant: Plant | undefined;
    let authorize = createAuthorizer({ plant, grant, locks, gate });
    // A write is decided twice: when it is asked, and before it is sent.
    const seen = new WeakSet<Ask>();
    return (at, ask, decided) => {
      const now = this.#staged?.plant;
      if (now === undefined || seen.has(ask)) return;
      seen.add(ask);
      if (now !== plant) {
        plant = now;
        authorize = createAuthorizer({ plant, grant, locks, gate });
      }
      this.#asked += 1;
      const then = authorize(at, ask.request.functionCode, ask.operations);
      if (then.kind !== decided.kind) this.#count(at, grant, ask, then);
    };
  }

  #follow(staged: { readonly id: string; readonly plant: Plant } | undefined): void {
    this.#staged = staged;
    this.#asked = 0;
    this.#untold = 0;
    this.#differences.clear();
  }

  #count(at: Micros, { entry, asset }: Grant, ask: Ask, then: Authorization): void {
    const becomes = then.kind === 'allow' ? 'allowed' : 'refused';
    const { functionCode } = ask.request;
    const key = `${becomes} ${entry} ${asset} ${functionCode}`;
    const known = this.#differences.get(key);
    if (known !== undefined) {
      this.#differences.set(key, { ...known, count: known.count + 1, lastAt: at });
      return;
    }
    if (this.#differences.size >= MAX_DIFFERENCES) {
      this.#untold += 1;
      return;
    }
    const { text, at: line } = then.because;
    const example = describeOperations(functionCode, ask.operations, 'infinitive');
    const place = line === undefined ? {} : { line: line.line };
    const first = { becomes, entry, asset, example, because: text, ...place } as const;
    this.#differences.set(key, { ...first, count: 1, lastAt: at });
  }
}
