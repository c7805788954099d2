import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { captureFiles, haveSharedCaptures, SHARED_CAPTURES } from '../../support/captures.ts';
import { eveFaults } from '../../support/eve-rules.ts';
import { sensorRead } from '../../support/sensor-read.ts';
import { readZeekLog } from '../../support/zeek-log.ts';

/** Real stacks, odd shapes, and bytes that were made to break readers. */
const FOLDERS = [
  'cisagov+icsnpp-modbus',
  'cisagov+icsnpp-opcua-binary',
  'open62541+open62541',
  'the-tcpdump-group+tcpdump',
  '_peers',
  '_derived',
];

const captures = haveSharedCaptures()
  ? FOLDERS.flatMap((folder) => captureFiles(join(SHARED_CAPTURES, folder)))
  : [];

describe.skipIf(captures.length === 0)('EVE and the logs of Zeek', () => {
  test.for(captures)('are whole: %s', (capture) => {
    const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-wire-'));
    const eve = join(folder, 'eve.json');
    const { code, err } = sensorRead([capture, '--zeek', folder, '--eve', eve]);
    expect(err).not.toMatch(/cannot be written/);
    expect(code).toBe(0);
    const records = readFileSync(eve, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { readonly event_type: string });
    expect(records.flatMap(eveFaults)).toEqual([]);
    const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
    // Reading them throws where a row has other cells than the header.
    const rows = new Map(logs.map((name) => [name, readZeekLog(join(folder, name)).rows.length]));
    const flows = records.filter(({ event_type }) => event_type === 'flow').length;
    expect(rows.get('conn.log') ?? 0).toBe(flows);
    rmSync(folder, { recursive: true });
  });
});
