/** Approving less than was asked: the approver's edits as the API wants them. Pure, so that it is tested without a screen. */
import type { AllowanceView, NarrowBody, RequestView } from '../../api/views.ts';

export interface Edit {
  readonly keep: boolean;
  /** As typed: `100-105, 108`. */
  readonly addresses: string;
  readonly min: string;
  readonly max: string;
}

export function editOf(operation: AllowanceView): Edit {
  return {
    keep: true,
    addresses: (operation.addresses ?? [])
      .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
      .join(', '),
    min: operation.value?.min === undefined ? '' : String(operation.value.min),
    max: operation.value?.max === undefined ? '' : String(operation.value.max),
  };
}

/** Reads `100-105, 108`; undefined where it is no list of ranges. */
export function readRanges(
  text: string,
): readonly { readonly first: number; readonly last: number }[] | undefined {
  const ranges = text.split(',').map((part) => /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part));
  const read: { first: number; last: number }[] = [];
  for (const match of ranges) {
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last || last > 65_535) return undefined;
    read.push({ first, last });
  }
  return read;
}

const bound = (text: string): number | undefined => {
  const value = Number(text);
  return text.trim() === '' || !Number.isInteger(value) ? undefined : value;
};

/** The operations of a narrower approval, or the index of the first edit that cannot be read. */
export function narrowed(
  edits: readonly Edit[],
):
  | { readonly kind: 'ok'; readonly operations: NarrowBody['operations'] }
  | { readonly kind: 'unreadable'; readonly index: number } {
  const operations: NarrowBody['operations'][number][] = [];
  for (const [index, edit] of edits.entries()) {
    if (!edit.keep) continue;
    const addresses = edit.addresses.trim() === '' ? undefined : readRanges(edit.addresses);
    if (edit.addresses.trim() !== '' && addresses === undefined)
      return { kind: 'unreadable', index };
    const min = bound(edit.min);
    const max = bound(edit.max);
    if (
      (edit.min.trim() !== '' && min === undefined) ||
      (edit.max.trim() !== '' && max === undefined)
    ) {
      return { kind: 'unreadable', index };
    }
    const value = {
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
    };
    operations.push({
      index,
      ...(addresses === undefined ? {} : { addresses }),
      ...(min === undefined && max === undefined ? {} : { value }),
    });
  }
  return { kind: 'ok', operations };
}

/** What the dialog calls its fields. */
export const LABELS = {
  notAfter: 'Writes stop at',
  comment: 'Comment',
  operations: 'Keep',
} as const;

/** The same of a field that the broker names: `operations.1.addresses` is the second that is kept. */
export function labelOf(
  field: string,
  { operations }: Pick<RequestView, 'operations'>,
  edits: readonly Edit[],
): string {
  const [name, index] = field.split('.');
  if (name === 'notAfter' || name === 'comment') return LABELS[name];
  if (name !== 'operations') return field;
  const kept = operations.filter((_, i) => edits[i]?.keep === true);
  return (index === undefined ? undefined : kept[Number(index)]?.text) ?? LABELS.operations;
}
