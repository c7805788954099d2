import '../../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGrant } from '#policies/compile/table.ts';
import { evaluateAccess } from '#policies/evaluate.ts';
import { allowances, plant, requests } from '../arbitrary.ts';

test('a compiled grant says what the policy says, and refuses with the same word', () => {
  let allowed = 0;
  fc.assert(
    fc.property(
      plant,
      fc.constantFrom('plc', 'plc', 'plc', 'sis', 'hmi'),
      fc.option(allowances, { freq: 1 }),
      requests,
      (random, asset, granted, many) => {
        const operations = granted ?? random.access.get('acme-press')?.mayRequest ?? [];
        const subject = { entry: 'acme-press', asset, operations };
        const compiled = compileGrant(random, subject);
        for (const { functionCode, operations: asked } of many) {
          const plain = evaluateAccess(random, subject, asked);
          const quick = compiled.decide(functionCode, asked);
          expect(quick.kind === 'allow' ? 'allow' : quick.refusal).toBe(plain.refusal ?? 'allow');
          expect(quick.because.text).not.toBe('');
          if (plain.allowed) allowed += 1;
        }
      },
    ),
  );
  // A law that only ever saw refusals would say nothing.
  expect(allowed).toBeGreaterThan(50);
});
