/** The sensor's config file: YAML checked into `SensorConfig`, or every fault with its path. */

import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { JudgingFiles } from '#sensor/judge/judging.ts';

/** No config that a person writes is longer. */
const MAX_CONFIG_BYTES = 65_536;

export type CaptureConfig =
  | {
      readonly kind: 'live';
      readonly interface: string;
      /** pcap-filter(7); empty = everything. */
      readonly filter: string;
      readonly backend: 'auto' | 'pcap' | 'tcpdump';
      readonly promiscuous: boolean;
    }
  | { readonly kind: 'replay'; readonly file: string; readonly loop: boolean };

export interface SensorConfig extends JudgingFiles {
  readonly name: string;
  /** Folder of the database, the identity and the baseline; absolute. */
  readonly data: string;
  readonly capture: CaptureConfig;
  /** µs from the first start in which writers are learned; 0 = not at all. */
  readonly learnFor: number;
  /** µs between two looks at the inventory: what is new in it is told that late. */
  readonly inventoryEvery: number;
}

export type ConfigLoad =
  | { readonly kind: 'ok'; readonly config: SensorConfig }
  /** One line for each fault, the path first. */
  | { readonly kind: 'faulty'; readonly faults: readonly string[] };

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `10m`, `36h`; at most a year. */
const duration = z
  .string()
  .regex(/^\d{1,4}[smhd]$/, 'must be a duration like 10m, 36h or 14d')
  .transform((text) => {
    const unit = text.slice(-1) as keyof typeof UNITS;
    return Number(text.slice(0, -1)) * UNITS[unit] * 1_000_000;
  });

const live = z
  .strictObject({
    interface: z.string().min(1).max(15),
    filter: z.string().max(4096).default(''),
    backend: z.enum(['auto', 'pcap', 'tcpdump']).default('auto'),
    promiscuous: z.boolean().default(true),
  })
  .transform((given): CaptureConfig => ({ kind: 'live', ...given }));
const replay = z
  .strictObject({ replay: z.string().min(1), loop: z.boolean().default(true) })
  .transform(({ replay: file, loop }): CaptureConfig => ({ kind: 'replay', file, loop }));

/** A live interface or a file to replay; told apart by the key, so that faults speak of the right one. */
const capture = z.looseObject({}).transform((given, context) => {
  const checked = ('replay' in given ? replay : live).safeParse(given);
  if (checked.success) return checked.data;
  for (const { path, message } of checked.error.issues) {
    context.addIssue({ code: 'custom', path, message });
  }
  return z.NEVER;
});

const schema = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,64}$/, 'must be 1-64 letters, digits, dots, hyphens'),
  data: z.string().min(1),
  capture,
  plant: z.string().min(1).optional(),
  rules: z.string().min(1).optional(),
  learn: z.strictObject({ for: duration }).optional(),
  // Each look goes through all addresses, of which a large plant has thousands.
  inventory: z
    .strictObject({ every: duration.refine((every) => every > 0, 'must be at least 1s') })
    .default({ every: 60_000_000 }),
});

/** Checks `text`. Relative paths count from `folder`; `rules` falls back to `ownRules`. Never throws. */
export function loadSensorConfig(text: string, folder: string, ownRules: string): ConfigLoad {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    return { kind: 'faulty', faults: [`the file has more than ${MAX_CONFIG_BYTES} bytes`] };
  }
  const document = parseDocument(text, { uniqueKeys: true, merge: false });
  if (document.errors.length > 0) {
    return { kind: 'faulty', faults: document.errors.map(({ message }) => message) };
  }
  const checked = schema.safeParse(withoutAliases(document));
  if (!checked.success) return { kind: 'faulty', faults: faultsOf(checked.error) };
  const { name, data, plant, rules, learn, inventory } = checked.data;
  const config: SensorConfig = {
    name,
    data: resolve(folder, data),
    capture: found(checked.data.capture, folder),
    plant: plant === undefined ? undefined : resolve(folder, plant),
    rules: rules === undefined ? ownRules : resolve(folder, rules),
    learnFor: learn?.for ?? 0,
    inventoryEvery: inventory.every,
  };
  return { kind: 'ok', config };
}

/** Its file counts from `folder`. */
const found = (asked: CaptureConfig, folder: string): CaptureConfig =>
  asked.kind === 'replay' ? { ...asked, file: resolve(folder, asked.file) } : asked;

function withoutAliases(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch {
    return 'aliases are not taken';
  }
}

function faultsOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => {
    const where = path.map(String).join('.');
    const said = message.charAt(0).toLowerCase() + message.slice(1);
    return where === '' ? said : `${where}: ${said}`;
  });
}
