import '../support/property-runs.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEvaluator, evaluate, evaluateAccess } from '#policies/evaluate.ts';
import type { Allowance, Conduit, ModbusAllowance, Plant } from '#policies/plant.ts';
import type { ModbusOperation, OperationKind } from '#sensor/model/operation.ts';
import { allowance, allowances, plant, request, requests, wire } from './arbitrary.ts';

/**
 * The specification of an allowance, written to be read: the sets of what it names, and everything the
 * operation touches must be in them.
 */
function lets(each: Allowance, { kind, functionCode, object, values }: ModbusOperation): boolean {
  if (each.protocol !== 'modbus' || !each.operations.includes(kind)) return false;
  // Function 90 programs controllers: a line that does not name it says nothing about it.
  const named = each.functions ?? (functionCode === 90 ? [] : [functionCode]);
  if (!named.includes(functionCode)) return false;
  if (!(each.units ?? [object.unit]).includes(object.unit)) return false;
  if (object.kind !== 'modbus-range') {
    const isWhole = each.table === undefined && each.addresses === undefined;
    const quantity = object.kind === 'modbus-device' ? 1 : object.quantity;
    return isWhole && letsValues(each, kind, quantity, values);
  }
  if ((each.table ?? object.table) !== object.table) return false;
  const touched = Array.from({ length: object.quantity }, (_, i) => object.address + i);
  const inOne = (each.addresses ?? [{ first: 0, last: 65_535 }]).some(({ first, last }) =>
    touched.every((address) => first <= address && address <= last),
  );
  return inOne && letsValues(each, kind, object.quantity, values);
}

function letsValues(
  { value: bounds }: ModbusAllowance,
  kind: OperationKind,
  quantity: number,
  values: readonly number[] | undefined,
): boolean {
  if (kind !== 'write' || bounds === undefined) return true;
  const { min = 0, max = 65_535 } = bounds;
  return Array.from({ length: quantity }, (_, i) => values?.[i]).every(
    (value) => value !== undefined && min <= value && value <= max,
  );
}

/** Where the addresses of `arbitrary.ts` stand in the small plant. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  '10.0.10.1': ['dmz'],
  '10.0.10.2': ['dmz'],
  '10.0.0.10': ['hmi', 'hall'],
  '10.0.1.12': ['plc', 'cell', 'hall'],
  '10.0.1.77': ['cell', 'hall'],
  '10.0.1.99': ['cell', 'hall'],
  '10.0.2.10': ['sis', 'safety', 'hall'],
  '10.0.2.99': ['safety', 'hall'],
  '192.0.2.1': [],
};

const SAFE = ['read', 'identify', 'subscribe'];

/** The specification of the wire: some conduit lets it, the endpoint exists, and no safety zone is against it. */
function reference(
  { conduits, zones, assets }: Plant,
  access: { from: string; to: { ip: string; port: number }; operation: ModbusOperation },
): boolean {
  const { from, to, operation } = access;
  const there = PLACES[to.ip] ?? [];
  const applies = (conduit: Conduit): boolean =>
    (PLACES[from] ?? []).includes(conduit.from) &&
    there.includes(conduit.to) &&
    (conduit.via === 'direct' ||
      (from === '10.0.10.1' &&
        [1, 2, 3, 4, 5, 6, 15, 16, 23, 43].includes(operation.functionCode)));
  const passes = conduits
    .filter(applies)
    .some(({ allow }) => allow.some((a) => lets(a, operation)));
  const asset = [...assets.values()].find(({ address }) => address === to.ip);
  const isEndpoint =
    asset === undefined ||
    (asset.modbus?.port === to.port && asset.modbus.units.includes(operation.object.unit));
  const isSafe = there.every((id) => {
    const zone = zones.get(id);
    return (
      zone?.safety !== true ||
      (SAFE.includes(operation.kind) && zone.allow.some((each) => lets(each, operation)))
    );
  });
  return passes && isEndpoint && isSafe;
}

describe('what the conduits say', () => {
  test('is what the specification says', () => {
    const seen = { allowed: 0, denied: 0 };
    fc.assert(
      fc.property(plant, wire, requests, (random, ends, many) => {
        const { evaluate: ask } = createEvaluator(random);
        for (const operation of many.flatMap(({ operations }) => operations)) {
          const access = { ...ends, operation };
          const { allowed } = ask(access);
          expect(allowed).toBe(reference(random, access));
          seen[allowed ? 'allowed' : 'denied'] += 1;
        }
      }),
    );
    // A law that only ever saw refusals would say nothing.
    expect(seen.allowed).toBeGreaterThan(20);
    expect(seen.denied).toBeGreaterThan(20);
  });

  test('has a reason, always', () => {
    fc.assert(
      fc.property(plant, wire, request, (random, ends, { operations }) => {
        for (const operation of operations) {
          expect(evaluate(random, { ...ends, operation }).because.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('does not depend on the order of anything in the policy', () => {
    fc.assert(
      fc.property(plant, wire, request, (random, ends, { operations }) => {
        const turned: Plant = {
          ...random,
          zones: new Map([...random.zones].reverse()),
          assets: new Map([...random.assets].reverse()),
          conduits: random.conduits
            .map((conduit) => ({ ...conduit, allow: [...conduit.allow].reverse() }))
            .reverse(),
        };
        for (const operation of operations) {
          const access = { ...ends, operation };
          expect(evaluate(turned, access).allowed).toBe(evaluate(random, access).allowed);
        }
      }),
    );
  });

  test('never becomes more by a safety zone', () => {
    fc.assert(
      fc.property(plant, wire, request, allowances, (random, ends, { operations }, allow) => {
        const zones = new Map(
          [...random.zones].map(([id, z]) => [id, { ...z, safety: true, allow }]),
        );
        for (const operation of operations) {
          const access = { ...ends, operation };
          const after = evaluate({ ...random, zones }, access).allowed;
          if (after) expect(SAFE).toContain(operation.kind);
          expect(after && !reference({ ...random, zones }, access)).toBe(false);
        }
      }),
    );
  });

  test('of direct conduits alone is never more than that of all', () => {
    fc.assert(
      fc.property(plant, wire, request, (random, ends, { operations }) => {
        const evaluator = createEvaluator(random);
        for (const operation of operations) {
          const access = { ...ends, operation };
          if (!evaluator.evaluateDirect(access).allowed) continue;
          expect(evaluator.evaluate(access).allowed).toBe(true);
        }
      }),
    );
  });
});

describe('what a grant may do', () => {
  const subject = (operations: readonly Allowance[]) => ({
    entry: 'acme-press',
    asset: 'plc',
    operations,
  });

  test('is never more than the same operation from the gate on the wire', () => {
    let allowed = 0;
    fc.assert(
      fc.property(plant, allowances, requests, (random, granted, many) => {
        const passing = many
          .map(({ operations }) => operations)
          .filter((each) => evaluateAccess(random, subject(granted), each).allowed);
        allowed += passing.length;
        for (const operation of passing.flat()) {
          const access = { from: '10.0.10.1', to: { ip: '10.0.1.12', port: 502 }, operation };
          expect(evaluate(random, access).allowed).toBe(true);
        }
      }),
    );
    expect(allowed).toBeGreaterThan(20);
  });

  test('grows with what is granted, and stays inside the entry', () => {
    fc.assert(
      fc.property(
        plant,
        allowances,
        allowance,
        request,
        (random, granted, more, { operations }) => {
          const less = evaluateAccess(random, subject(granted), operations).allowed;
          const wider = evaluateAccess(random, subject([...granted, more]), operations).allowed;
          expect(less && !wider).toBe(false);
          const entry = random.access.get('acme-press')?.mayRequest ?? [];
          expect(wider && !evaluateAccess(random, subject(entry), operations).allowed).toBe(false);
        },
      ),
    );
  });
});
