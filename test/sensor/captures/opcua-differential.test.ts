import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Openings } from '#sensor/decode/opcua/openings.ts';
import { Pairing } from '#sensor/decode/opcua/pairing.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import {
  haveSharedCaptures,
  isOpcua,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';
import { opcuaReferences, rowsOf } from '../../support/opcua-references.ts';

/** Messages of each reference capture, all of which both must read the same. */
const MESSAGES: ReadonlyMap<string, number> = new Map([
  ['arkime+arkime/tests/pcap/opcua_synthetic.pcap', 3],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_browse_next.pcap', 34],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server-getEndpoints.pcap', 5],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_encrypted.pcap', 5],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_mainloop-4-InnerDiagInfo.pcap', 64],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_mainloop-hasInnerDiagInfo.pcap', 64],
  [
    'cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_mainloop-hasInnerDiagInfohasAddlInfo.pcap',
    64,
  ],
  [
    'cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_mainloop-hasInnerStatusCode.pcap',
    64,
  ],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_mainloop-no-handshake.pcap', 56],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_mainloop-withStringTable.pcap', 64],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_mainloop.pcap', 64],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_minimal.pcap', 64],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_create_monitored_items.pcap', 24],
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_read_service_test_data.pcap', 183],
  ['cisagov+icsnpp-opcua-binary/pcaps/python_opcua-client-server_minimal.pcap', 15],
  ['cisagov+icsnpp-opcua-binary/tests/traces/open62541_client-server_mainloop.pcap', 64],
  ['open62541+open62541/tests/network_replay/unified_cpp_basic256sha256.pcap', 10],
  ['open62541+open62541/tests/network_replay/unified_cpp_none.pcap', 20],
]);

/**
 * What only tshark reads, by capture, each with its reason: openings with a certificate whose policy
 * encrypts and whose body, in this synthetic capture, is plain all the same. Here the policy is believed
 * and the body of an opening not tried; that it is an opening is told.
 */
const ONLY_TSHARK: ReadonlyMap<string, readonly string[]> = new Map([
  ['arkime+arkime/tests/pcap/opcua_synthetic.pcap', ['20 446', '44 446']],
]);

/** Frame and encoding id of a request, as its exchange tells it. */
const ourRequest = ({ opcua, frames }: OpcuaExchange): string =>
  `${frames.request.at(-1)} ${opcua.service?.id}`;

const hasRequest = ({ opcua, frames }: OpcuaExchange): boolean =>
  opcua.service !== undefined && frames.request.length > 0;

/** An opening whose policy encrypts: told by its type, without a look at its body. */
const isSealed = ({ opcua }: OpcuaExchange): boolean =>
  opcua.messageType === 'OPN' && opcua.security?.encrypted === true;

/** An exchange tells the service that was asked; what the answer itself said, the decoder alone knows. */
const answers = vi.spyOn(Pairing.prototype, 'response');
const openings = vi.spyOn(Openings.prototype, 'response');
beforeEach(() => {
  answers.mockClear();
  openings.mockClear();
});
afterAll(() => {
  vi.restoreAllMocks();
});

const ourResponses = (): string[] => [
  ...answers.mock.calls.map(([, { frames, parsed }]) => `${frames.at(-1)} ${parsed.id}`),
  ...openings.mock.calls.flatMap(([{ frames, answered }]) =>
    answered === undefined ? [] : [`${frames.at(-1)} ${answered.id}`],
  ),
];

function tsharkMessages(row: ReadonlyMap<string, string>): string[] {
  const ids = (row.get('opcua.servicenodeid.numeric') || undefined)?.split('|') ?? [];
  return ids.map((id) => `${row.get('frame.number')} ${id}`);
}

describe.runIf(haveSharedCaptures())('OPC UA against tshark', () => {
  const known = haveSharedCaptures() ? opcuaReferences() : [];

  test('every reference is compared', () => {
    expect(known.map(({ capture }) => capture).sort()).toEqual([...MESSAGES.keys()].sort());
  });

  test.for(known)('$capture', ({ capture, tsv }) => {
    const exchanges = readCapture(join(SHARED_CAPTURES, capture)).events.filter(isOpcua);
    const asked = exchanges.filter(hasRequest);
    const only = ONLY_TSHARK.get(capture) ?? [];
    const ours = [...asked.filter((each) => !isSealed(each)).map(ourRequest), ...ourResponses()];
    const theirs = rowsOf(tsv).flatMap(tsharkMessages);
    expect([...ours, ...only].sort()).toEqual(theirs.sort());
    expect(ours).toHaveLength(MESSAGES.get(capture) ?? Number.NaN);
    expect(asked.filter(isSealed).map(ourRequest)).toEqual(expect.arrayContaining([...only]));
    // Each answer that the decoder read is the answer of an exchange.
    const answered = exchanges.filter(
      (each) => each.opcua.service !== undefined && each.frames.response.length > 0,
    );
    const sealed = answered.filter(isSealed).length;
    expect(answered.length - sealed).toBe(ourResponses().length);
  });
});
