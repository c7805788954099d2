/**
 * What was found as it goes to the store thread: all documents of a batch as one text, because what passes between
 * threads costs by the piece, and the packets wait for it.
 */
import type { KeptExchange } from './kept-exchange.ts';
import type { Batch } from './sensor-store.ts';

type Whole = Extract<KeptExchange, { readonly kind: 'whole' }>;

export interface PackedBatch extends Omit<Batch, 'exchanges'> {
  readonly counted: readonly Exclude<KeptExchange, Whole>[];
  /** One after the other, of the lengths that follow. */
  readonly documents: string;
  readonly lengths: Uint32Array;
  readonly times: Float64Array;
  /** 1 where the document is of an exchange that changes something. */
  readonly changing: Uint8Array;
}

export function pack({ exchanges, ...rest }: Batch): PackedBatch {
  const whole = exchanges.filter((each) => each.kind === 'whole');
  return {
    ...rest,
    counted: exchanges.filter((each) => each.kind === 'counted'),
    documents: whole.map(({ document }) => document).join(''),
    lengths: Uint32Array.from(whole, ({ document }) => document.length),
    times: Float64Array.from(whole, ({ at }) => at),
    changing: Uint8Array.from(whole, ({ changing }) => (changing ? 1 : 0)),
  };
}

/** The batch that was packed; those of its exchanges that are counted stand first. */
export function unpack(packed: PackedBatch): Batch {
  const { counted, documents, lengths, times, changing, ...rest } = packed;
  let from = 0;
  const whole = Array.from(lengths, (length, i): Whole => {
    const document = documents.slice(from, from + length);
    from += length;
    const at = times[i] as Whole['at'];
    return { kind: 'whole', at, changing: changing[i] === 1, document };
  });
  return { ...rest, exchanges: [...counted, ...whole] };
}
