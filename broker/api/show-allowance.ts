/** An allowance as screens show it, with its words. */
import type { Allowance } from '#policies/plant.ts';
import { describeAllowance } from '#policies/words.ts';
import type { AllowanceView } from './views.ts';

export function showAllowance(allowance: Allowance): AllowanceView {
  const text = describeAllowance(allowance);
  if (allowance.protocol === 'opcua') return { text, operations: allowance.operations };
  const { operations, functions, units, table, addresses, value } = allowance;
  return {
    text,
    operations,
    ...(functions !== undefined && { functions }),
    ...(units !== undefined && { units }),
    ...(table !== undefined && { table }),
    ...(addresses !== undefined && { addresses }),
    ...(value !== undefined && { value }),
  };
}
