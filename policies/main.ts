/** `lockkeeper policy VERB`: what a security engineer runs before a policy is applied. */
import { compileVerb } from './verbs/compile.ts';
import { explainVerb } from './verbs/explain.ts';
import { learnVerb } from './verbs/learn.ts';
import { lintVerb } from './verbs/lint.ts';
import { planVerb } from './verbs/plan.ts';
import { reportVerb } from './verbs/report.ts';
import { schemaVerb } from './verbs/schema.ts';
import { simulateVerb } from './verbs/simulate.ts';
import { testVerb } from './verbs/test.ts';
import { OK, USAGE, UsageError, type Verb } from './verbs/verb.ts';
import { verifyVerb } from './verbs/verify.ts';

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['lint', lintVerb],
  ['test', testVerb],
  ['explain', explainVerb],
  ['plan', planVerb],
  ['simulate', simulateVerb],
  ['learn', learnVerb],
  ['report', reportVerb],
  ['compile', compileVerb],
  ['verify', verifyVerb],
  ['schema', schemaVerb],
]);

export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === 'help' || args.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(help());
    return OK;
  }
  const verb = VERBS.get(name ?? '');
  if (verb === undefined) return usage(name === undefined ? 'name a verb' : `no verb \`${name}\``);
  try {
    return await verb.run(rest);
  } catch (error) {
    if (error instanceof UsageError) return usage(error.message);
    throw error;
  }
}

function help(): string {
  const verbs = [...VERBS];
  const usages = verbs.map(([name, verb]) => `lockkeeper policy ${name} ${verb.usage}`);
  const about = verbs.map(([name, { does, more = [] }]) =>
    [`${name.padEnd(8)} ${does}`, ...more.map((line) => `           ${line}`)].join('\n'),
  );
  return `usage: ${usages.join('\n       ')}

${about.join('\n')}

exit: 0 in order, or yes; 1 faults, a failing test or none at all, or no; 2 usage, or a file that cannot be read
`;
}

function usage(message: string): number {
  process.stderr.write(`lockkeeper policy: ${message}\n\n${help()}`);
  return USAGE;
}
