/**
 * What detection asks of the plant, without knowing the policy language: the composition root answers
 * from the plant policy (`sensor/judge/plant-watch.ts`). The shapes fit `policies/plant.ts`.
 */
import type { Exchange } from '#sensor/model/event.ts';
import type { NamedRegister } from '#sensor/model/typed-value.ts';

/** `Decision` of policies/plant.ts. */
export interface PolicyAnswer {
  readonly allowed: boolean;
  /** Valid iff not allowed: what is known does not tell. */
  readonly undecided?: true;
  /** Never empty. */
  readonly because: readonly {
    readonly rule: string;
    readonly at?: { readonly file: string; readonly line: number };
    readonly text: string;
    /** It decided nothing: it is told to whoever looks for what would have. */
    readonly aside?: true;
  }[];
}

export interface AssetView {
  readonly id: string;
  readonly zone: string;
  readonly criticality: 'low' | 'medium' | 'high';
  /** True iff its zone is a safety zone. */
  readonly safety: boolean;
  /** Purdue level of its zone. */
  readonly purdue: number;
}

export interface PlantView {
  /**
   * What the policy says to an exchange: allowed iff every operation of it is, undecided iff none of it is
   * forbidden. Undefined where there is no policy, or the exchange tells no operation (its request was not seen).
   */
  readonly allowed: (exchange: Exchange) => PolicyAnswer | undefined;
  /** True iff a conduit lets this client write to this server at all. */
  readonly mayWrite: (clientIp: string, serverIp: string) => boolean;
  /** Ids of the zones and assets that a direct conduit lets write to this server. */
  readonly writersOf: (serverIp: string) => readonly string[];
  /** The register map of the asset with this address; empty where there is none. */
  readonly registers: (ip: string) => readonly NamedRegister[];
  /** Undefined where the policy names no asset with this address. */
  readonly asset: (ip: string) => AssetView | undefined;
}

/** A plant about which nothing is known. */
export const UNKNOWN_PLANT: PlantView = {
  allowed: () => undefined,
  mayWrite: () => false,
  writersOf: () => [],
  registers: () => [],
  asset: () => undefined,
};
