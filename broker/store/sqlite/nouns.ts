/** The nouns of the state file by name, with what they are and what they are searched by. */
import type { AccessRequest, Grant, Lock, Session } from '#broker/model/access.ts';
import type { AlertRecord } from '#broker/model/alert.ts';
import type { AssetRecord } from '#broker/model/asset.ts';
import type { PolicyRevision } from '#broker/model/policy.ts';
import type { ReleaseRecord } from '#broker/model/release.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import type {
  AlertFilter,
  AssetFilter,
  GrantFilter,
  LockFilter,
  ReleaseFilter,
  RequestFilter,
  SessionFilter,
  Write,
} from '../store.ts';

type Unfiltered = Record<string, never>;

export interface Nouns {
  readonly request: { readonly record: AccessRequest; readonly filter: RequestFilter };
  readonly grant: { readonly record: Grant; readonly filter: GrantFilter };
  readonly session: { readonly record: Session; readonly filter: SessionFilter };
  readonly lock: { readonly record: Lock; readonly filter: LockFilter };
  readonly alert: { readonly record: AlertRecord; readonly filter: AlertFilter };
  readonly asset: { readonly record: AssetRecord; readonly filter: AssetFilter };
  readonly sensor: { readonly record: Sensor; readonly filter: Unfiltered };
  readonly policy: { readonly record: PolicyRevision; readonly filter: Unfiltered };
  readonly release: { readonly record: ReleaseRecord; readonly filter: ReleaseFilter };
}

export type Noun = Write['noun'];

export type Value = string | number | null;

/** One condition of a search: a fixed text, and the values of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly values?: Readonly<Record<string, Value>>;
}

/** What SQLite needs to know about a noun. */
export interface Table<Record_, Filter> {
  /** Parameters: those of `columns`. A row with the same id stays as it is. */
  readonly insert: string;
  /** Parameters: those of `columns`, and `expected`. */
  readonly update: string;
  readonly byId: string;
  /** `select` and `from` of a list; rows have `id`, `document` and the columns of `order`. */
  readonly list: string;
  /** Sort key, newest first; the last column is unique. */
  readonly order: readonly string[];
  columns(put: Record_): Readonly<Record<string, Value>>;
  conditions(filter: Filter): readonly Condition[];
}

/** `column = :name` where a value was given. */
export const equals = (column: string, value: string | undefined): readonly Condition[] =>
  value === undefined ? [] : [{ sql: `${column} = :${column}`, values: { [column]: value } }];

/** `column in (...)` where values were given; none of them finds nothing. */
export function oneOf(column: string, values: readonly string[] | undefined): readonly Condition[] {
  if (values === undefined) return [];
  const names = values.map((_, index) => `${column}_${index}`);
  return [
    {
      sql: `${column} in (${names.map((name) => `:${name}`).join(', ')})`,
      values: Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])),
    },
  ];
}
