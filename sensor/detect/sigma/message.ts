/**
 * The sentence of an alert, as a rule writes it:
 *
 *     {what}                what the event did, in words
 *     {client} {server}     the two ends, by the id of the asset where the policy names it
 *     {fact:scan.functions} the text of the first fact with that name; `scan.*` is any that begins so
 *     {source.ip}           a field; several values are joined by commas, a missing one is `unknown`
 */
import { CUT } from '#sensor/model/bounds.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { FIELDS } from './fields.ts';
import { nearest } from './nearest.ts';

/** What only the alert book knows of an event: names, and the sentence made of them. */
interface Words {
  readonly what: string;
  readonly client: string;
  readonly server: string;
}

export type Message = (event: SensorEvent, words: Words) => string;

export const MAX_MESSAGE = 400;
/** Longest text that a value of the wire may put into a sentence. */
const MAX_INSERT = 300;

/** Compiles the template; gives what is wrong as text. */
export function compileMessage(template: string): Message | string {
  const parts: Message[] = [];
  let at = 0;
  for (const found of template.matchAll(/\{([^{}]*)\}/g)) {
    const literal = template.slice(at, found.index);
    parts.push(() => literal);
    at = found.index + found[0].length;
    const part = placeholder(found[1] ?? '');
    if (typeof part === 'string') return part;
    parts.push(part);
  }
  const rest = template.slice(at);
  if (/[{}]/.test(rest)) return 'a `{` or `}` stands alone';
  parts.push(() => rest);
  return (event, words) => parts.map((part) => part(event, words)).join('');
}

function placeholder(name: string): Message | string {
  if (name === 'what' || name === 'client' || name === 'server') return (_, words) => words[name];
  if (name.startsWith('fact:')) {
    const wanted = name.slice('fact:'.length);
    const fits = wanted.endsWith('*')
      ? (found: string) => found.startsWith(wanted.slice(0, -1))
      : (found: string) => found === wanted;
    return ({ facts }) => cut(facts.find((fact) => fits(fact.name))?.text ?? 'unknown');
  }
  const field = FIELDS.get(name);
  if (field === undefined) {
    const near = nearest(name, ['what', 'client', 'server', ...FIELDS.keys()]);
    return `there is no \`{${name}}\`${near === undefined ? '' : `; did you mean \`{${near}}\`?`}`;
  }
  return (event) => {
    const values = field(event);
    return values.length === 0 ? 'unknown' : cut(values.join(', '));
  };
}

const cut = (text: string): string =>
  text.length > MAX_INSERT ? `${text.slice(0, MAX_INSERT)}${CUT}` : text;
