import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { createAuthorizer } from '#broker/access/authorize.ts';
import type { Ask } from '#broker/gate/desk.ts';
import { StagedWatch } from '#broker/gate/staged-watch.ts';
import type { Grant } from '#broker/model/access.ts';
import type { GrantId, RequestId } from '#broker/model/ids.ts';
import type { PolicyRevision } from '#broker/model/policy.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { micros } from '#sensor/model/time.ts';
import { plantOf } from '../../support/plant.ts';

const TEXT = readFileSync(new URL('../../../policies/example-plant.yaml', import.meta.url), 'utf8');
const LESS = TEXT.replace('value: { min: 0, max: 1500 }', 'value: { min: 0, max: 1200 }');
const PLANT = plantOf(TEXT);
const GATE = PLANT.gates[0] ?? '';
const AT = micros(1_795_000_000_000_000);
const HOUR = 3_600_000_000;

const entry = PLANT.access.get('acme-press-maintenance');
const GRANT: Grant = {
  id: 'gr_staged00001' as GrantId,
  version: 1,
  state: 'scheduled',
  person: 'vera',
  vendor: 'acme',
  asset: 'plc-12',
  request: 'rq_staged00001' as RequestId,
  requestHash: '0'.repeat(64),
  entry: 'acme-press-maintenance',
  operations: entry?.mayRequest ?? [],
  notBefore: micros(AT - HOUR),
  notAfter: micros(AT + HOUR),
  graceUntil: micros(AT + HOUR),
  idleTimeout: 600_000_000,
  policyVersion: PLANT.version,
  sessions: 1,
};

const waits = (text: string, id = 'aa'): PolicyRevision => ({
  id,
  version: 1,
  text,
  active: false,
  staged: { at: AT, base: PLANT.version, approvals: [] },
});

function write(value: number, address = 100): Ask {
  const operation: ModbusOperation = {
    protocol: 'modbus',
    kind: 'write',
    functionCode: 6,
    object: { kind: 'modbus-range', unit: 1, table: 'holding-registers', address, quantity: 1 },
    values: [value],
  };
  const request = { kind: 'write-single', functionCode: 6, address, value } as const;
  return { unit: 1, request, operations: [operation], changing: true };
}

const inForce = createAuthorizer({ plant: PLANT, grant: GRANT, locks: () => [], gate: GATE });
let watch: StagedWatch;
let ask: (asked: Ask) => void;
beforeEach(() => {
  watch = new StagedWatch('plant.yaml');
  const compare = watch.beside(GRANT, () => [], GATE);
  ask = (asked) => compare(AT, asked, inForce(AT, 6, asked.operations));
});

test('what the policy that waits would refuse is counted with its first example and its reason', () => {
  watch.hear(waits(LESS));
  ask(write(1100));
  ask(write(1300));
  ask(write(1400));
  expect(watch.told('aa')).toEqual({
    asked: 3,
    untold: 0,
    differences: [
      {
        becomes: 'refused',
        entry: 'acme-press-maintenance',
        asset: 'plc-12',
        example: 'write 1300 to holding register 100 (40101) of unit 1',
        because: expect.stringContaining('values 0 to 1200') as string,
        line: LESS.slice(0, LESS.indexOf('- id: acme-press-maintenance')).split('\n').length,
        count: 2,
        lastAt: AT,
      },
    ],
  });
});

test('a request that is decided twice counts once', () => {
  watch.hear(waits(LESS));
  const twice = write(1300);
  ask(twice);
  ask(twice);
  expect(watch.told('aa')).toMatchObject({ asked: 1, differences: [{ count: 1 }] });
});

test('no policy widens what people granted', () => {
  watch.hear(
    waits(TEXT.replace('max: 1500 } }', 'max: 1800 } }').replace(/value 1501/g, 'value 1801')),
  );
  ask(write(1600));
  expect(watch.told('aa')).toMatchObject({ asked: 1, differences: [] });
});

test('where nothing waits nothing is looked at', () => {
  ask(write(1300));
  expect(watch.told('aa')).toBeUndefined();
  watch.hear(waits(LESS));
  expect(watch.told('aa')).toMatchObject({ asked: 0 });
  expect(watch.told('bb')).toBeUndefined();
});

test('another policy that waits begins anew, and one that no longer waits is forgotten', () => {
  watch.hear(waits(LESS));
  ask(write(1300));
  watch.hear(waits(LESS));
  expect(watch.told('aa')).toMatchObject({ asked: 1 });
  watch.hear(waits(`${LESS}\n# more\n`, 'bb'));
  expect(watch.told('aa')).toBeUndefined();
  ask(write(1300));
  const { staged: _, ...withdrawn } = waits(LESS);
  watch.hear(withdrawn);
  expect(watch.told('bb')).toMatchObject({ asked: 1 });
  watch.hear({ ...withdrawn, id: 'bb' });
  expect(watch.told('bb')).toBeUndefined();
});

test('a session whose person the policy that waits does not name would be refused whole', () => {
  watch.hear(waits(TEXT.replace(/ {2}vera: .*\n/, '')));
  ask(write(100));
  expect(watch.told('aa')?.differences).toMatchObject([{ becomes: 'refused', count: 1 }]);
});
