/**
 * Puts a counter into every branch of a program, so that a fuzzer sees which ones an input takes and how
 * often: each is one call of `__hit(n)`.
 *
 * Branches are what control flow may take or leave: bodies of functions, both ways of `if` and `?:`, loops,
 * cases, and the right side of `&&`, `||` and `??`.
 */
import { parseAst } from 'vite';

export interface Instrumented {
  readonly code: string;
  /** Numbers of `__hit` are below this. */
  readonly branches: number;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** What its children are, in the order of the source. */
const childrenOf = (node: Node): Node[] =>
  Object.values(node)
    .flat()
    .filter(isNode)
    .sort((a, b) => a.start - b.start);

export function instrument(code: string): Instrumented {
  const opening: Insertion[] = [];
  const closing: Insertion[] = [];
  let branches = 0;
  const hit = (): string => `__hit(${branches++})`;

  /** `x();` becomes `{__hit(n);x();}` */
  const statement = (node: Node): Insertion[] => {
    const isBlock = node.type === 'BlockStatement';
    opening.push(
      isBlock ? { at: node.start + 1, text: `${hit()};` } : { at: node.start, text: `{${hit()};` },
    );
    return isBlock ? [] : [{ at: node.end, text: '}' }];
  };
  /** `x` becomes `(__hit(n),x)` */
  const value = (node: Node): Insertion[] => {
    opening.push({ at: node.start, text: `(${hit()},` });
    return [{ at: node.end, text: ')' }];
  };
  const mark = (node: Node): Insertion[] => {
    const body = part(node, 'body');
    switch (node.type) {
      case 'ArrowFunctionExpression':
        if (body === undefined) return [];
        return body.type === 'BlockStatement' ? statement(body) : value(body);
      case 'IfStatement':
        return [
          ...ways(node, 'consequent', statement),
          ...(part(node, 'alternate') === undefined
            ? [{ at: node.end, text: ` else {${hit()}}` }]
            : ways(node, 'alternate', statement)),
        ];
      case 'ConditionalExpression':
        return [...ways(node, 'consequent', value), ...ways(node, 'alternate', value)];
      case 'LogicalExpression':
        return ways(node, 'right', value);
      case 'SwitchCase': {
        const [first] = childrenOf(node).filter((each) => each !== part(node, 'test'));
        if (first !== undefined) opening.push({ at: first.start, text: `${hit()};` });
        return [];
      }
      default:
        return body !== undefined && HAS_BODY.has(node.type) ? statement(body) : [];
    }
  };
  const walk = (node: Node): void => {
    const own = mark(node);
    for (const child of childrenOf(node)) walk(child);
    // What closes an outer node at the same place stands behind what closes an inner one.
    closing.push(...own);
  };
  walk(parseAst(code) as Node);
  return { code: inserted(code, [...closing, ...opening]), branches };
}

const HAS_BODY: ReadonlySet<string> = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
]);

function part(node: Node, name: string): Node | undefined {
  const found = Object.entries(node).find(([key]) => key === name)?.[1] as unknown;
  return isNode(found) ? found : undefined;
}

function ways(node: Node, name: string, add: (way: Node) => Insertion[]): Insertion[] {
  const way = part(node, name);
  return way === undefined ? [] : add(way);
}

/** At the same place, in the order of the list. */
function inserted(code: string, all: readonly Insertion[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { at, text } of all.toSorted((a, b) => a.at - b.at)) {
    pieces.push(code.slice(from, at), text);
    from = at;
  }
  return pieces.join('') + code.slice(from);
}
