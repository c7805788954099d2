/**
 * Finds out what each conversation speaks, by the first payloads of its connections, and then looks
 * no more. See `signatures/signature.ts` for what counts as proof.
 */
import type { RecognisedBy } from '#sensor/model/inventory.ts';
import type { DirectionOf } from './conversations.ts';
import type { Look, Signature } from './signatures/signature.ts';
import { SIGNATURES } from './signatures/table.ts';

/** Payloads looked at before a conversation is given up: the first ones may stand in mid-stream. */
const MAX_LOOKS = 16;

const UNKNOWN = 0;
const BY_CONTENT = 1;
const BY_PORT = 2;

interface Row {
  readonly signature: Signature;
  /** Of the weak ones; -1 otherwise. */
  readonly bit: number;
  readonly ports: ReadonlySet<number>;
}

/** By transport; the order is that of the tables. */
function rowsOf(transport: 'tcp' | 'udp'): readonly Row[] {
  let bit = 0;
  return SIGNATURES.filter(({ transports }) => transports.includes(transport)).map((signature) => ({
    signature,
    bit: signature.proof === 'weak' ? bit++ : -1,
    ports: new Set(signature.ports),
  }));
}

export class Recognition {
  readonly #tcp = rowsOf('tcp');
  readonly #udp = rowsOf('udp');
  /** Row + 1 in the table of the transport, or 0. */
  readonly #row: Uint8Array;
  readonly #by: Uint8Array;
  readonly #looks: Uint8Array;
  /** For each direction: weak signatures of which a question, of which an answer was seen. */
  readonly #asked: Int32Array;
  readonly #answered: Int32Array;
  /** What was said of the server by each side: entry * 2 + direction. */
  readonly #details = new Map<number, string>();

  constructor(capacity: number) {
    this.#row = new Uint8Array(capacity);
    this.#by = new Uint8Array(capacity);
    this.#looks = new Uint8Array(capacity);
    this.#asked = new Int32Array(capacity * 2);
    this.#answered = new Int32Array(capacity * 2);
  }

  /** A new conversation has this number. */
  begin(entry: number): void {
    this.#row[entry] = 0;
    this.#by[entry] = UNKNOWN;
    this.#looks[entry] = 0;
    this.#asked.fill(0, entry * 2, entry * 2 + 2);
    this.#answered.fill(0, entry * 2, entry * 2 + 2);
    this.#details.delete(entry * 2);
    this.#details.delete(entry * 2 + 1);
  }

  /** Whether a payload of this conversation is still to be shown to `look`. */
  wants(entry: number): boolean {
    return (this.#looks[entry] as number) < MAX_LOOKS;
  }

  /** Shows it a payload of the conversation with `port` of a server. */
  look(entry: number, direction: DirectionOf, isTcp: boolean, port: number, look: Look): void {
    this.#looks[entry] = (this.#looks[entry] as number) + 1;
    const rows = isTcp ? this.#tcp : this.#udp;
    if (this.#by[entry] === BY_CONTENT) {
      const known = rows[(this.#row[entry] as number) - 1];
      if (known !== undefined) this.#describe(entry, direction, known.signature, look);
      return;
    }
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] as Row;
      const by = this.#weigh(entry, direction, row, row.ports.has(port), look);
      // What the port alone tells may still turn out to be something else.
      if (by === UNKNOWN || (by === BY_PORT && this.#by[entry] !== UNKNOWN)) continue;
      this.#row[entry] = index + 1;
      this.#by[entry] = by;
      if (by === BY_PORT && row.signature.proof !== 'at-port') continue;
      this.#looks[entry] = isDescribed(row.signature) ? 1 : MAX_LOOKS;
      this.#describe(entry, direction, row.signature, look);
      return;
    }
  }

  /** Undefined where nothing was recognised. */
  protocol(entry: number, isTcp: boolean): string | undefined {
    const row = (isTcp ? this.#tcp : this.#udp)[(this.#row[entry] as number) - 1];
    return row?.signature.protocol;
  }

  by(entry: number): RecognisedBy {
    return this.#by[entry] === BY_CONTENT ? 'content' : 'port';
  }

  /** What its server is, in the words of both sides; undefined where neither said anything. */
  detail(entry: number): string | undefined {
    const [asked, answered] = [this.#details.get(entry * 2), this.#details.get(entry * 2 + 1)];
    const said = [answered, asked].filter((text) => text !== undefined && text !== '');
    return said.length === 0 ? undefined : said.join(' ');
  }

  #weigh(entry: number, direction: DirectionOf, row: Row, atPort: boolean, look: Look): number {
    const { signature, bit } = row;
    if (signature.proof === 'at-port' && !atPort) return UNKNOWN;
    const asks = signature.asks(look);
    const answers = signature.answers(look);
    if (!asks && !answers) return UNKNOWN;
    if (signature.proof === 'strong') return BY_CONTENT;
    if (signature.proof === 'at-port') return BY_PORT;
    const side = entry * 2 + direction;
    if (asks) this.#asked[side] = (this.#asked[side] as number) | (1 << bit);
    if (answers) this.#answered[side] = (this.#answered[side] as number) | (1 << bit);
    if (this.#isPair(entry, bit)) return BY_CONTENT;
    return atPort ? BY_PORT : UNKNOWN;
  }

  /** One side asked and the other answered, whichever is the client. */
  #isPair(entry: number, bit: number): boolean {
    const [left, right] = [entry * 2, entry * 2 + 1];
    const both =
      ((this.#asked[left] as number) & (this.#answered[right] as number)) |
      ((this.#asked[right] as number) & (this.#answered[left] as number));
    return (both & (1 << bit)) !== 0;
  }

  /** Keeps what this side says of the server, the first time that it does. */
  #describe(entry: number, direction: DirectionOf, signature: Signature, look: Look): void {
    const side = entry * 2 + direction;
    if (this.#details.has(side)) return;
    const { asks, answers, askedDetail, answeredDetail } = signature;
    const text =
      direction === 0
        ? askedDetail !== undefined && asks(look) && askedDetail(look)
        : answeredDetail !== undefined && answers(look) && answeredDetail(look);
    if (typeof text === 'string') this.#details.set(side, text);
  }
}

const isDescribed = ({ askedDetail, answeredDetail }: Signature): boolean =>
  askedDetail !== undefined || answeredDetail !== undefined;
