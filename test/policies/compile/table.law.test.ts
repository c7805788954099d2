import '../../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGrant } from '#policies/compile/table.ts';
import { evaluateAccess } from '#policies/evaluate.ts';
import { granted } from '../arbitrary.ts';

test('a compiled grant says what the policy says, and refuses with the same word', () => {
  let allowed = 0;
  fc.assert(
    fc.property(granted, ({ random, subject, many }) => {
      const compiled = compileGrant(random, subject);
      for (const { functionCode, operations } of many) {
        const plain = evaluateAccess(random, subject, operations);
        const quick = compiled.decide(functionCode, operations);
        expect(quick.kind === 'allow' ? 'allow' : quick.refusal).toBe(plain.refusal ?? 'allow');
        expect(quick.because.text).not.toBe('');
        if (plain.allowed) allowed += 1;
      }
    }),
  );
  // A law that only ever saw refusals would say nothing.
  expect(allowed).toBeGreaterThan(50);
});
