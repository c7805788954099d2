import '../../support/property-runs.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIp } from '#policies/address.ts';
import { type Opening, openingsOf } from '#policies/compile/openings.ts';
import type { Plant } from '#policies/plant.ts';
import { plant, wire } from '../arbitrary.ts';
import { createReach } from '../reach.ts';

/** As a firewall reads it: who is in the one set, and what in the other. */
function passes(openings: readonly Opening[], from: string, to: string, port: number): boolean {
  const [client, server] = [parseIp(from), parseIp(to)];
  return openings.some(
    (opening) =>
      opening.from.some(
        ({ first, last }) =>
          first.family === client?.family &&
          first.value <= client.value &&
          client.value <= last.value,
      ) &&
      opening.to.some(
        (end) =>
          end.address.family === server?.family &&
          end.address.value === server.value &&
          end.port === port,
      ),
  );
}

test('a way is open iff the policy lets anything pass on it', () => {
  let open = 0;
  fc.assert(
    fc.property(
      plant,
      fc.array(wire, { minLength: 100, maxLength: 100 }),
      (random: Plant, asked) => {
        const { direct } = openingsOf(random);
        const reach = createReach(random);
        for (const { from, to } of asked) {
          const expected = reach(from, to.ip, to.port);
          expect([from, to, passes(direct, from, to.ip, to.port)]).toEqual([from, to, expected]);
          if (expected) open += 1;
        }
      },
    ),
  );
  // A law that only ever saw closed ways would say nothing.
  expect(open).toBeGreaterThan(50);
});
