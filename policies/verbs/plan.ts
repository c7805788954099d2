/** `policy plan OLD NEW`: what a change of the policy changes, in words or for programs. */
import { sarifOf } from '../plan/sarif.ts';
import { describePlan } from '../plan/words.ts';
import { comparePlants } from '../plan.ts';
import { amount, NO, OK, optionsOf, print, readPlant, UsageError, type Verb } from './verb.ts';

export const planVerb: Verb = {
  usage: 'OLD NEW [--json | --sarif]',
  does: 'which operations become allowed or denied, and what else changes',
  more: [
    '--json    each change with its line and an operation that shows it',
    '--sarif   the same for code review',
    'git show HEAD:plant.yaml | lockkeeper policy plan - plant.yaml',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      json: { type: 'boolean' },
      sarif: { type: 'boolean' },
    });
    const [old, fresh, ...rest] = positionals;
    if (old === undefined || fresh === undefined || rest.length > 0) {
      throw new UsageError('plan needs the OLD policy and the NEW one');
    }
    const asJson = values.json === true || values.sarif === true;
    const [before, after] = [readPlant(old, asJson), readPlant(fresh, asJson)];
    if (before === undefined || after === undefined) return NO;
    const plan = comparePlants(before, after);
    if (values.sarif === true) {
      print(true, sarifOf(plan, fresh), []);
      return OK;
    }
    const changes = [...plan.traffic, ...plan.grants];
    const allowed = changes.filter(({ becomes }) => becomes === 'allowed').length;
    const summary =
      changes.length + plan.settings.length === 0
        ? 'nothing changes'
        : [
            `${amount(allowed, 'change allows', 'changes allow')} more`,
            `${changes.length - allowed} allow less`,
            `${plan.settings.length} of other kinds`,
          ].join(', ');
    print(asJson, plan, [...describePlan(plan), summary]);
    return OK;
  },
};
