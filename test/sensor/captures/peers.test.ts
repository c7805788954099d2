import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EcsWriter } from '#sensor/output/ecs.ts';
import { captureFiles, factCounts, isModbus, readCapture } from '../../support/captures.ts';

/**
 * Captures of real stacks (pymodbus, libmodbus, modbus-serial, jsmodbus, mbpoll), recorded for this
 * project, with what they decode to. Golden files are written by `vitest -u`, never under `CI=1`.
 */
const FOLDER = 'test/captures/peers';

describe('real stacks', () => {
  test.for(captureFiles(FOLDER).map((file) => [basename(file, '.pcap'), file] as const))(
    '%s',
    async ([name, file]) => {
      const { events } = readCapture(file);
      const ecs = new EcsWriter();
      const lines = events.map((event) => JSON.stringify(ecs.document(event)));
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
        `../../captures/peers/${name}.ndjson`,
      );
    },
  );

  test('together reach every function and the facts that they are known for', () => {
    const events = captureFiles(FOLDER).flatMap((file) => readCapture(file).events);
    const functions = new Set(
      events.flatMap((event) => (isModbus(event) ? [event.modbus.functionCode] : [])),
    );
    for (const code of [1, 2, 3, 4, 5, 6, 15, 16, 23, 43]) expect(functions).toContain(code);
    expect(factCounts(events)).toMatchInlineSnapshot(`
      {
        "modbus.byte-count": 1,
        "modbus.quantity": 4,
        "modbus.response-mismatch": 1,
        "modbus.truncated": 1,
        "modbus.unanswered": 18,
      }
    `);
  });
});
