import '../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEvaluator } from '#policies/evaluate.ts';
import { Simulation, type Verdict } from '#policies/simulate.ts';
import { micros } from '#sensor/model/time.ts';
import { plant, request, wire } from './arbitrary.ts';

const asking = fc
  .tuple(wire, request)
  .map(([way, { operations }]) => operations.map((operation) => ({ ...way, operation })));

test('a simulation adds up what the policy says to each operation, and nothing else', () => {
  const seen = new Set<Verdict>();
  fc.assert(
    fc.property(plant, fc.array(asking, { minLength: 30, maxLength: 30 }), (random, many) => {
      const asked = many.flat();
      const simulation = new Simulation(random);
      const { evaluate } = createEvaluator(random);
      const expected = { allowed: 0, denied: 0, undecided: 0 };
      const used = new Set<string>();
      for (const [index, access] of asked.entries()) {
        simulation.observe({ ...access, at: micros(index) });
        const { allowed, undecided, because } = evaluate(access);
        const verdict = allowed ? 'allowed' : undecided === true ? 'undecided' : 'denied';
        expected[verdict] += 1;
        seen.add(verdict);
        if (allowed) used.add(because[0]?.rule ?? '');
      }
      const { operations, outcomes, unused } = simulation.report();
      expect(operations).toBe(asked.length);
      for (const verdict of ['allowed', 'denied', 'undecided'] as const) {
        const own = outcomes.filter((each) => each.verdict === verdict);
        expect([verdict, own.reduce((sum, { count }) => sum + count, 0)]).toEqual([
          verdict,
          expected[verdict],
        ]);
      }
      // A conduit by which something passed has at least one line that was used.
      for (const id of used) {
        const conduit = random.conduits.find((each) => each.id === id);
        const idle = unused.filter((each) => each.conduit === id).length;
        expect(idle).toBeLessThan(new Set(conduit?.allow).size + 1);
      }
    }),
  );
  expect([...seen].sort()).toEqual(['allowed', 'denied']);
});
