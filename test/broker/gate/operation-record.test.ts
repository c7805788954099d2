import { expect, test } from 'vitest';
import type { Intent, Outgoing, Settlement } from '#broker/gate/desk.ts';
import { LastSeen } from '#broker/gate/last-seen.ts';
import { intentLine, refusedOperation, settledOperation } from '#broker/gate/operation-record.ts';
import { unsettled } from '#broker/gate/read-recording.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import { NOW, operation } from '../../support/broker-site.ts';

const place = { session: 'ses_00112233445566778899aabb', sequence: 7, at: NOW };
const WRITE = operation('write', 100, [5]);
const READ = operation('read', 7, 1);
const SEEN = [{ address: 100, value: 4, ageMs: 3_000 }];

const intentOf = (
  functionCode: number,
  operations: readonly ModbusOperation[],
  old: Intent['old'] = SEEN,
): Intent => ({
  sequence: place.sequence,
  at: NOW,
  ask: {
    unit: 1,
    request: { kind: 'unknown', functionCode, data: Buffer.of() },
    operations,
    changing: operations.includes(WRITE),
  },
  rule: 'acme-press',
  old,
});

const settled = (intent: Intent, settlement: Settlement) =>
  settledOperation(place, intent, settlement, new LastSeen(), NOW);

/** What came of it, its sentence, and what of that is not said by the decision and the old value. */
test.for<[Intent, Settlement, string, string]>([
  [
    intentOf(6, [WRITE]),
    { outcome: 'success' },
    'wrote 5 to holding register 100 (40101) of unit 1, was 4 (3 s ago)',
    'wrote 5 to holding register 100 (40101) of unit 1',
  ],
  [
    intentOf(23, [WRITE, READ]),
    { outcome: 'success', read: [1] },
    'wrote 5 to holding register 100 (40101) of unit 1, was 4 (3 s ago) and read holding register 7 (40008) of unit 1',
    'wrote 5 to holding register 100 (40101) of unit 1 and read holding register 7 (40008) of unit 1',
  ],
  [
    intentOf(6, [WRITE]),
    { outcome: 'exception', exceptionCode: 2 },
    'write 5 to holding register 100 (40101) of unit 1, was 4 (3 s ago): the asset answered exception 2 (illegal-data-address)',
    'write 5 to holding register 100 (40101) of unit 1: the asset answered exception 2 (illegal-data-address)',
  ],
  [
    intentOf(6, [WRITE]),
    {
      outcome: 'not-sent',
      refused: { rule: 'lk_1', because: 'locked: refused: by us, was 1', exception: 1 },
    },
    'refused: write 5 to holding register 100 (40101) of unit 1 (exception 1): because locked: refused: by us, was 1',
    'write 5 to holding register 100 (40101) of unit 1 (exception 1): because locked: refused: by us, was 1',
  ],
])(
  'the deed leaves out what other fields say, and nothing else: %#',
  ([intent, settlement, text, deed]) => {
    expect(settled(intent, settlement)).toMatchObject({ text, deed });
  },
);

test.for<[Intent, Settlement]>([
  [intentOf(6, [WRITE], []), { outcome: 'success' }],
  [intentOf(3, [READ], []), { outcome: 'success', read: [1] }],
])('there is none where the sentence has nothing to leave out: %#', ([intent, settlement]) => {
  expect(settled(intent, settlement)).not.toHaveProperty('deed');
});

test('a refusal that was never an intent has one', () => {
  const refusal = { rule: 'acme-press', because: 'it is outside', exception: 2 };
  expect(refusedOperation(place, intentOf(6, [WRITE]).ask, refusal).deed).toBe(
    'write 5 to holding register 100 (40101) of unit 1 (exception 2): because it is outside',
  );
});

test('an intent whose outcome nobody knows says so in both', () => {
  const outgoing: Outgoing = { tuple: 'a>b', transaction: 1, pdu: Buffer.of(6) };
  const line = (old: Intent['old']) => intentLine(intentOf(6, [WRITE], old), outgoing);
  expect(unsettled(place.session, line(SEEN))).toMatchObject({
    text: 'write 5 to holding register 100 (40101) of unit 1, was 4 (3 s ago); nobody knows what came of it',
    deed: 'write 5 to holding register 100 (40101) of unit 1; nobody knows what came of it',
  });
  expect(unsettled(place.session, line([]))).not.toHaveProperty('deed');
});
