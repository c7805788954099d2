import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newestOperations } from '#broker/gate/newest-operations.ts';
import { type IntentLine, Recording } from '#broker/gate/recording.ts';
import type { Session } from '#broker/model/access.ts';
import type { GrantId, SessionId } from '#broker/model/ids.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import { grantOf, NOW } from '../../support/broker-site.ts';
import '../../support/property-runs.ts';

const id = 'ses_00112233445566778899aabb' as SessionId;
const SESSION: Session = {
  id,
  version: 1,
  state: 'active',
  grant: 'gr_000000000001' as GrantId,
  person: 'vera',
  vendor: 'acme',
  asset: 'plc-12',
  startedAt: NOW,
  certificate: 'aa',
  certificateUntil: NOW,
  counts: { allowed: 0, refused: 0, writes: 0 },
};

function begin(segmentBytes = 4_000) {
  const root = mkdtempSync(join(tmpdir(), 'lockkeeper-recording-'));
  return {
    root,
    recording: new Recording({ root, session: SESSION, grant: grantOf(), segmentBytes }),
  };
}
const fields = { at: '2026-11-23T09:00:00.000000Z', functionCode: 6, rule: 'acme-press' } as const;
const intent = (sequence: number): IntentLine => ({
  ...fields,
  sequence,
  text: `write ${sequence}`,
  kind: 'write',
  key: '127.20.10.1:1>127.20.1.12:2#3',
  pdu: '0600640005',
});
/** Of ten operations one writes, one is a refused read, the others read. */
const operation = (sequence: number): RecordedOperation => ({
  ...fields,
  session: id,
  sequence,
  text: `operation ${sequence}`,
  kind: sequence % 10 === 3 ? 'write' : 'read',
  decision: sequence % 10 === 7 ? 'refused' : 'allowed',
  outcome: 'success',
});
const isShown = (sequence: number, changes: boolean): boolean =>
  !changes || sequence % 10 === 3 || sequence % 10 === 7;

describe('the newest operations of a recording', () => {
  test('are given from the last to the first, page by page, without loss and without repetition', async () => {
    const { root, recording } = begin();
    for (let i = 0; i < 600; i++) await recording.tell(operation(i));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 700 }),
        fc.integer({ min: 60, max: 200 }),
        fc.boolean(),
        async (start, limit, changes) => {
          const seen: number[] = [];
          let before: number | undefined = start;
          while (before !== undefined) {
            const page = await newestOperations(root, id, { before, limit, changes });
            expect(page.operations.length).toBeLessThanOrEqual(limit);
            expect(page.next ?? -1).toBeLessThan(before);
            seen.push(...page.operations.map(({ sequence }) => sequence));
            before = page.next;
          }
          const wanted = Array.from({ length: Math.min(start, 600) }, (_, i) => i)
            .filter((sequence) => isShown(sequence, changes))
            .reverse();
          expect(seen).toEqual(wanted);
        },
      ),
      { numRuns: 6 },
    );
  });

  test('begin at the end where no position is given', async () => {
    const { root, recording } = begin();
    for (let i = 0; i < 20; i++) await recording.tell(operation(i));
    const { operations, next } = await newestOperations(root, id, { limit: 2, changes: true });
    expect(operations.map(({ sequence }) => sequence)).toEqual([17, 13]);
    expect(next).toBe(13);
  });

  test('of a sealed recording tell of an intent that nothing followed', async () => {
    const { root, recording } = begin();
    await recording.intend(intent(0));
    await recording.intend(intent(1));
    await recording.tell(operation(1));
    await recording.close(NOW);
    const { operations } = await newestOperations(root, id, { limit: 10, changes: false });
    expect(operations.map(({ sequence, outcome }) => [sequence, outcome])).toEqual([
      [1, 'success'],
      [0, 'no-answer'],
    ]);
  });

  test('of a session without a recording are none', async () => {
    const root = mkdtempSync(join(tmpdir(), 'lockkeeper-recording-'));
    expect(await newestOperations(root, id, { limit: 10, changes: false })).toEqual({
      operations: [],
    });
  });
});
