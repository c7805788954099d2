import { describe, expect, test } from 'vitest';
import {
  captureFiles,
  haveSharedCaptures,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';

/** Folders of captures in which somebody speaks Modbus. */
const MODBUS = /modbus|SimLab|Quickdraw|westermo|_peers\/(modbus|netns-span-opcua)|variants/i;

/** Folders of captures in which somebody speaks OPC UA. */
const OPCUA = /opcua|open62541|netns-span/i;

describe.runIf(haveSharedCaptures())('every capture there is', () => {
  const files = haveSharedCaptures() ? captureFiles(SHARED_CAPTURES) : [];

  test('there are many', () => {
    expect(files.length).toBeGreaterThan(300);
  });

  test.for(files)('%s is read to its end', (file) => {
    const { result, events, counters } = readCapture(file);
    // A file that is no capture, or packed, is told as one; nothing throws.
    expect(['read', 'compressed', 'no-capture']).toContain(result.kind);
    const [modbus, opcua] = [counters.decode.get('modbus'), counters.decode.get('opcua')];
    const exchanges = events.filter(({ kind }) => kind === 'exchange');
    expect(exchanges).toHaveLength((modbus?.exchanges ?? -1) + (opcua?.exchanges ?? -1));
    // No other protocol is taken for these.
    if (!MODBUS.test(file)) expect([file, modbus?.requests]).toEqual([file, 0]);
    if (!OPCUA.test(file)) expect([file, opcua?.requests]).toEqual([file, 0]);
  });
});
