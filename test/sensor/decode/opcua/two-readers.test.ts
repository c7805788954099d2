import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRequest } from '#sensor/decode/opcua/parse-request.ts';
import { parseResponse } from '#sensor/decode/opcua/parse-response.ts';
import { readMessage } from '#sensor/decode/opcua/read-message.ts';
import { SERVICES } from '#sensor/decode/opcua/services.ts';
import { emitMessage } from '../../../support/opcua-emit.ts';
import { structureOf } from '../../../support/opcua-trees.ts';
import { runs } from '../../../support/runs.ts';

const names = [...SERVICES.values()].map(({ name }) => name);

/** Which bytes must not leave the decoder. */
function hiddenIn(length: number, secrets: readonly number[]): Buffer {
  const hidden = Buffer.alloc(length);
  for (let i = 0; i < secrets.length; i += 2) hidden.fill(1, secrets[i], secrets[i + 1]);
  return hidden;
}

/**
 * Five services have readers of their own beside the schema, and all have headers that have. What a message
 * proves and what is hidden of it must not depend on which of them read it.
 */
describe.each([
  ['Request', parseRequest],
  ['Response', parseResponse],
] as const)('of a %s', (side, parse) => {
  test.each(names)('%s, both readers say the same', (name) => {
    fc.assert(
      fc.property(
        structureOf(`${name}${side}`),
        fc.option(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))),
        (tree, change) => {
          const bytes = emitMessage(tree);
          if (change !== null) bytes[4 + (change[0] % (bytes.length - 4))] = change[1];
          const [own, schema] = [parse(bytes), readMessage(bytes)];
          expect(own.isExact).toBe(schema.isExact);
          if (!own.isExact) return;
          const theirs = hiddenIn(bytes.length, schema.secrets);
          for (const [i, isHidden] of hiddenIn(bytes.length, own.secrets).entries()) {
            if (theirs[i] === 1) expect([i, isHidden]).toEqual([i, 1]);
          }
        },
      ),
      { numRuns: runs(40) },
    );
  });
});
