/** Errors of Node in the words of the product, for a command's own messages. */

/** What `parseArgs` says to a wrong command line, short: ``unknown option `--x` ``. */
export function optionFault(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const option = /^Option '([^' ]+)/.exec(text)?.[1]?.replace(/,$/, '');
  const unknown = /^Unknown option '([^']*)'/.exec(text)?.[1];
  const unexpected = /^Unexpected argument '([^']*)'/.exec(text)?.[1];
  if (unknown !== undefined) return `unknown option \`${unknown}\``;
  if (unexpected !== undefined) return `unexpected argument \`${unexpected}\``;
  if (option === undefined) return text;
  return text.includes('does not take an argument')
    ? `option \`${option}\` takes no value`
    : `option \`${option}\` needs a value`;
}

/** Why the machine refused something, without code, call and path: `no such file or directory`. */
export function refusalOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /^[A-Z][A-Z0-9]+: (.+?), \w+/.exec(text)?.[1] ?? text;
}
