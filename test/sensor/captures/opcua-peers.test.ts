import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EcsWriter } from '#sensor/output/ecs.ts';
import {
  captureFiles,
  factCounts,
  haveSharedCaptures,
  isOpcua,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';

/** Captures of real stacks (node-opcua, open62541), recorded for this project, with what they decode to. */
const FOLDER = join(SHARED_CAPTURES, '_peers');

describe.runIf(haveSharedCaptures() && existsSync(FOLDER))('real OPC UA stacks', () => {
  const files = haveSharedCaptures()
    ? captureFiles(FOLDER).filter((file) => basename(file).startsWith('opcua-'))
    : [];

  test.for(files.map((file) => [basename(file, '.pcap'), file] as const))(
    '%s',
    async ([name, file]) => {
      const ecs = new EcsWriter();
      const lines = readCapture(file, false).events.map((event) =>
        JSON.stringify(ecs.document(event)),
      );
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
        `../../captures/opcua/${name}.ndjson`,
      );
    },
  );

  test('are read without a fault', () => {
    const events = files.flatMap((file) => readCapture(file).events);
    expect(events.filter(isOpcua).length).toBeGreaterThan(100);
    expect(factCounts(events)).toMatchInlineSnapshot(`
      {
        "opcua.unanswered": 2,
      }
    `);
  });
});
