import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  factCounts,
  haveSharedCaptures,
  isOpcua,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';

/** Inputs with which open62541 fuzzes its server, each a stream to port 4840: one message, and junk behind it. */
const CAPTURE = join(SHARED_CAPTURES, '_derived/fuzz/open62541_corpus_dev.pcap');

describe.runIf(haveSharedCaptures())('the fuzzing corpus of open62541', () => {
  test('is read as the messages that it holds, and what is wrong with each is told', () => {
    const { events } = readCapture(CAPTURE);
    const exchanges = events.filter(isOpcua);
    expect(exchanges).toHaveLength(588);
    expect(factCounts(events)).toEqual({ 'opcua.message-type': 588 });
    const services = exchanges.map(({ opcua }) => opcua.service?.name ?? opcua.messageType);
    const counts = [...new Set(services)].map(
      (name) => [name, services.filter((each) => each === name).length] as const,
    );
    expect(Object.fromEntries(counts)).toMatchObject({
      OpenSecureChannel: 70,
      CloseSecureChannel: 41,
      Read: 97,
      Publish: 87,
      Write: 48,
    });
    // What none of them proves is not named.
    expect(
      exchanges.filter(
        ({ opcua }) => opcua.service !== undefined && opcua.service.name === undefined,
      ),
    ).toEqual([]);
  });
});
