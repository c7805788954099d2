import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Channel } from '#sensor/decode/opcua/channel.ts';
import { Budget, type Datum, type Structure } from '#sensor/decode/opcua/datum.ts';
import { readMessage } from '#sensor/decode/opcua/read-message.ts';
import { haveSharedCaptures, readCapture, SHARED_CAPTURES } from '../../support/captures.ts';
import { opcuaReferences, rowsOf } from '../../support/opcua-references.ts';

/** Bodies of the messages that the decoder could read, by the frame that completed them. */
const bodies: { readonly frame: number; readonly bytes: Buffer }[] = [];

const original = Channel.prototype.read;
const reads = vi.spyOn(Channel.prototype, 'read').mockImplementation(function read(
  this: Channel,
  message,
  parse,
  mayBeEnd,
) {
  const parsed = original.call(this, message, parse, mayBeEnd);
  if (parsed !== undefined) {
    bodies.push({ frame: message.frames.at(-1) ?? 0, bytes: message.body(this.signature) });
  }
  return parsed;
});
beforeEach(() => {
  bodies.length = 0;
});
afterAll(() => {
  reads.mockRestore();
});

/** What the reference shows of a field, by the names of our fields that it gathers. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['opcua.AttributeId', ['attributeId']],
  ['opcua.SubscriptionId', ['subscriptionId']],
  ['opcua.RequestedPublishingInterval', ['requestedPublishingInterval']],
  ['opcua.SessionName', ['sessionName']],
  ['opcua.ApplicationUri', ['applicationUri']],
  ['opcua.ProductUri', ['productUri']],
  ['opcua.EndpointUrl', ['endpointUrl']],
  ['opcua.PolicyId', ['policyId']],
  ['opcua.UserName', ['userName']],
  ['opcua.UserTokenType', ['tokenType']],
  ['opcua.MessageSecurityMode', ['securityMode']],
  ['opcua.SecurityPolicyUri', ['securityPolicyUri']],
  ['opcua.ManufacturerName', ['manufacturerName']],
  ['opcua.ProductName', ['productName']],
  ['opcua.SoftwareVersion', ['softwareVersion']],
  ['opcua.RequestHandle', ['requestHandle']],
  ['opcua.ServiceResult', ['serviceResult']],
]);

/**
 * Messages that do not fit the specification, by capture, each with its reason: matrices of three members
 * whose dimensions are two by two, which tshark shows without a word.
 */
const UNFIT: ReadonlyMap<string, number> = new Map([
  ['cisagov+icsnpp-opcua-binary/pcaps/open62541_read_service_test_data.pcap', 10],
]);

/** Captures with nothing but openings. */
const SEALED = /arkime/;

/** As the reference writes it. */
function plain(datum: Datum): string {
  if (typeof datum === 'object') {
    if (datum.kind === 'choice') return String(datum.value);
    if (datum.kind === 'status') return String(datum.code);
    return datum.kind;
  }
  return String(datum ?? '');
}

/** All fields in the order of the wire. */
function visit(datum: Datum, seen: (name: string, value: Datum) => void): void {
  if (typeof datum !== 'object') return;
  switch (datum.kind) {
    case 'structure':
      for (const [name, value] of datum.fields) {
        seen(name, value);
        visit(value, seen);
      }
      return;
    case 'list':
      for (const member of datum.members) visit(member, seen);
      return;
    case 'variant':
    case 'timed':
      visit(datum.value, seen);
      return;
    case 'extension':
      visit(datum.body, seen);
      return;
    default:
      return;
  }
}

function ours(trees: readonly Structure[], names: readonly string[]): string[] {
  const found: string[] = [];
  for (const tree of trees) {
    visit(tree, (name, value) => {
      if (names.includes(name)) found.push(plain(value));
    });
  }
  return found;
}

/** Numbers without their base. A text that is null is empty, and one that is alone is as none. */
const theirs = (value: string): string =>
  value
    .split('|')
    .map((each) => (/^0x/.test(each) ? String(Number(each)) : each))
    .join('|');

describe.runIf(haveSharedCaptures())('OPC UA against tshark, field by field', () => {
  const known = haveSharedCaptures() ? opcuaReferences() : [];

  test.for(known)('$capture', ({ capture, tsv }) => {
    readCapture(join(SHARED_CAPTURES, capture));
    const rows = rowsOf(tsv);
    let compared = 0;
    let unfit = 0;
    for (const row of rows) {
      const frame = Number(row.get('frame.number'));
      const here = bodies.filter((each) => each.frame === frame);
      const ids = row.get('opcua.servicenodeid.numeric') ?? '';
      // Openings are not read through the channel.
      if (here.length === 0 || here.length !== ids.split('|').length) continue;
      const read = here.map(({ bytes }) => readMessage(bytes, new Budget(1e6, 1e7)));
      if (!read.every(({ isExact }) => isExact)) {
        unfit++;
        continue;
      }
      const trees = read.flatMap(({ tree }) => (tree === undefined ? [] : [tree]));
      for (const [field, names] of FIELDS) {
        const [we, they] = [ours(trees, names).join('|'), theirs(row.get(field) ?? '')];
        expect([frame, field, we]).toEqual([frame, field, they]);
        compared++;
      }
    }
    expect(unfit).toBe(UNFIT.get(capture) ?? 0);
    expect(compared > 0).toBe(!SEALED.test(capture));
  });
});
