/**
 * The `condition` of a rule, Sigma specification 2.1.0, "Condition":
 *
 *     or      = and { "or" and }
 *     and     = not { "and" not }
 *     not     = "not" not | primary
 *     primary = "(" or ")" | ( "1" | "any" | "all" ) "of" ( "them" | pattern ) | identifier
 *
 * `them` and patterns do not take selections whose name begins with `_`, unless the pattern does too.
 */

export type Condition =
  | { readonly kind: 'selection'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] };

/** `at` is the 0-based place in the text. */
export type ConditionParse =
  | { readonly kind: 'ok'; readonly condition: Condition; readonly used: ReadonlySet<string> }
  | { readonly kind: 'fault'; readonly at: number; readonly message: string };

export const MAX_CONDITION = 2000;
/** Parentheses and `not` within each other. */
export const MAX_NESTING = 32;

interface Token {
  readonly text: string;
  readonly at: number;
}

class Fault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Parses `text` against the names of the selections. Never throws. */
export function parseCondition(text: string, selections: readonly string[]): ConditionParse {
  if (text.length > MAX_CONDITION) {
    return {
      kind: 'fault',
      at: 0,
      message: `condition is longer than ${MAX_CONDITION} characters`,
    };
  }
  const used = new Set<string>();
  try {
    const tokens = [...text.matchAll(/[()]|[^\s()]+/g)].map((found) => ({
      text: found[0],
      at: found.index,
    }));
    const parser = new Parser(tokens, text.length, selections, used);
    return { kind: 'ok', condition: parser.whole(), used };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { kind: 'fault', at: error.at, message: error.message };
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  readonly #selections: readonly string[];
  readonly #used: Set<string>;
  #next = 0;
  #depth = 0;

  constructor(
    tokens: readonly Token[],
    end: number,
    selections: readonly string[],
    used: Set<string>,
  ) {
    this.#tokens = tokens;
    this.#end = end;
    this.#selections = selections;
    this.#used = used;
  }

  whole(): Condition {
    const condition = this.#chain('or');
    const rest = this.#tokens[this.#next];
    if (rest?.text === '|') {
      throw new Fault(rest.at, '`|` is the old aggregation; state counts as facts in a detector');
    }
    if (rest !== undefined) throw new Fault(rest.at, `\`${rest.text}\` is one too many`);
    return condition;
  }

  #chain(word: 'or' | 'and'): Condition {
    const part = (): Condition => (word === 'or' ? this.#chain('and') : this.#not());
    const of = [part()];
    while (this.#take(word)) of.push(part());
    const [only] = of;
    return of.length === 1 && only !== undefined ? only : { kind: word, of };
  }

  #not(): Condition {
    if (!this.#take('not')) return this.#primary();
    return this.#deeper(() => ({ kind: 'not', of: this.#not() }));
  }

  #primary(): Condition {
    const token = this.#tokens[this.#next++];
    if (token === undefined)
      throw new Fault(this.#end, 'condition ends where a selection should stand');
    if (token.text === '(') return this.#deeper(() => this.#parenthesised());
    const quantifier = token.text.toLowerCase();
    if (this.#peek('of') && ['1', 'any', 'all'].includes(quantifier)) {
      return this.#quantified(quantifier === 'all' ? 'and' : 'or');
    }
    if (!this.#selections.includes(token.text)) {
      throw new Fault(token.at, `there is no selection \`${token.text}\``);
    }
    return this.#selection(token.text);
  }

  #parenthesised(): Condition {
    const inner = this.#chain('or');
    if (!this.#take(')'))
      throw new Fault(this.#tokens[this.#next]?.at ?? this.#end, '`)` is missing');
    return inner;
  }

  #quantified(kind: 'and' | 'or'): Condition {
    this.#next++;
    const target = this.#tokens[this.#next++];
    if (target === undefined) throw new Fault(this.#end, '`of` needs `them` or a pattern');
    const names = this.#selections.filter((name) => fits(name, target.text));
    if (names.length === 0) throw new Fault(target.at, `no selection fits \`${target.text}\``);
    const of = names.map((name) => this.#selection(name));
    const [only] = of;
    if (of.length === 1 && only !== undefined) return only;
    return { kind, of };
  }

  #selection(name: string): Condition {
    this.#used.add(name);
    return { kind: 'selection', name };
  }

  #deeper(parse: () => Condition): Condition {
    if (++this.#depth > MAX_NESTING) {
      throw new Fault(this.#tokens[this.#next - 1]?.at ?? 0, `nested deeper than ${MAX_NESTING}`);
    }
    const condition = parse();
    this.#depth--;
    return condition;
  }

  #peek(word: string): boolean {
    return this.#tokens[this.#next]?.text.toLowerCase() === word;
  }

  #take(word: string): boolean {
    if (!this.#peek(word)) return false;
    this.#next++;
    return true;
  }
}

/** `pattern` is `them`, a name, or a name with `*` for any text. */
function fits(name: string, pattern: string): boolean {
  if (pattern.toLowerCase() === 'them') return !name.startsWith('_');
  if (name.startsWith('_') && !pattern.startsWith('_')) return false;
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - at >= last.length && name.endsWith(last);
}

/** Turns a condition into one predicate. `selections` must hold every name that the condition uses. */
export function compileCondition<Subject>(
  condition: Condition,
  selections: ReadonlyMap<string, (subject: Subject) => boolean>,
): (subject: Subject) => boolean {
  switch (condition.kind) {
    case 'selection': {
      const found = selections.get(condition.name);
      if (found === undefined) throw new TypeError(`selection ${condition.name} was not compiled`);
      return found;
    }
    case 'not': {
      const inner = compileCondition(condition.of, selections);
      return (subject) => !inner(subject);
    }
    case 'and': {
      const parts = condition.of.map((part) => compileCondition(part, selections));
      return (subject) => parts.every((part) => part(subject));
    }
    case 'or': {
      const parts = condition.of.map((part) => compileCondition(part, selections));
      return (subject) => parts.some((part) => part(subject));
    }
    default:
      return condition satisfies never;
  }
}
