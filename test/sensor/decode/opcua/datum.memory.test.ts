import { expect, test } from 'vitest';
import { readCost } from '#sensor/decode/opcua/pending.ts';
import { readMessage } from '#sensor/decode/opcua/read-message.ts';
import { hex } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';

/** Trees that are kept at the same time, so that what stands around them counts little. */
const TREES = 40;

/** More members than there is room for. */
const MANY = 6000;

const used = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

test.each([
  ['nodes', 500, '0055 01'],
  ['paths', 554, '0055 00000000'],
  ['references', 494, '0055 0023 01 ffffffff 0055 01000000'],
  ['numbers', 847, '01000000'],
])(
  'a tree of %s takes no more memory than waiting messages are counted with',
  (_name, id, item) => {
    expect(globalThis.gc).toBeDefined();
    const members = ua.array(...Array.from({ length: MANY }, () => hex(item)));
    const bytes = ua.body(id, ua.requestHeader(Buffer.from('token')), members);
    expect(readMessage(bytes).isExact).toBe(true);
    const before = used();
    const trees = Array.from({ length: TREES }, () => readMessage(bytes));
    const each = (used() - before) / TREES;
    expect(trees).toHaveLength(TREES);
    expect(each).toBeLessThan(readCost(bytes.length));
  },
);
