import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Channel } from '#sensor/decode/opcua/channel.ts';
import { Budget, type Datum, type Structure } from '#sensor/decode/opcua/datum.ts';
import { readMessage } from '#sensor/decode/opcua/read-message.ts';
import { STRUCTURES } from '#sensor/decode/opcua/schema/catalogue.ts';
import { ENUMERATIONS } from '#sensor/decode/opcua/schema/enumerations.ts';
import {
  captureFiles,
  haveSharedCaptures,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';
import { opcuaReferences, rowsOf } from '../../support/opcua-references.ts';
import { haveTshark, tsharkFields, tsharkRows } from '../../support/tshark.ts';

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
    case 'variant': {
      const { value } = datum;
      const members = typeof value === 'object' && value.kind === 'list' ? value.members : [value];
      for (const member of members) {
        if (typeof member === 'object' && member.kind === 'status') seen('statusCode', member);
        visit(member, seen);
      }
      return;
    }
    case 'timed':
      visit(datum.value, seen);
      if (datum.status !== undefined) seen('statusCode', { kind: 'status', code: datum.status });
      return;
    case 'extension':
      visit(datum.body, seen);
      return;
    case 'bytes':
    case 'choice':
    case 'diagnostic':
    case 'hidden':
    case 'localized':
    case 'node':
    case 'qualified':
    case 'status':
    case 'time':
    case 'token':
      return;
    default:
      datum satisfies never;
  }
}

function ours(trees: readonly Structure[], names: readonly string[]): string[] {
  const found: string[] = [];
  for (const tree of trees) {
    visit(tree, (name, value) => {
      if (!names.includes(name)) return;
      const isList = typeof value === 'object' && value.kind === 'list';
      found.push(...(isList ? value.members.map(plain) : [plain(value)]));
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

const known = () => (haveSharedCaptures() ? opcuaReferences() : []);

describe.runIf(haveSharedCaptures())('OPC UA against tshark, field by field', () => {
  test.for(known())('$capture', ({ capture, tsv }) => {
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

/** Types that both show in the same way. */
const SHOWN: ReadonlySet<string> = new Set([
  ...['UInt32', 'Int32', 'Byte', 'Boolean', 'Double', 'String', 'StatusCode', 'AttributeId'],
  ...ENUMERATIONS.map(({ name }) => name),
]);

/** Of a mask, tshark shows the bits and not the number. */
const AS_BITS: ReadonlySet<string> = new Set(['returnDiagnostics']);

/** Fields of that kind wherever they stand, by the names of tshark. */
function sharedFields(): ReadonlyMap<string, string> {
  const names = new Map<string, boolean>();
  for (const { name, type, isHidden } of STRUCTURES.flatMap(({ fields }) => fields)) {
    names.set(name, (names.get(name) ?? true) && SHOWN.has(type) && !isHidden);
  }
  const theirs = tsharkFields('opcua');
  return new Map(
    [...names].flatMap(([name, isShown]) => {
      const field = `opcua.${name[0]?.toUpperCase()}${name.slice(1)}`;
      return isShown && theirs.has(field) && !AS_BITS.has(name) ? [[field, name] as const] : [];
    }),
  );
}

/** Numbers and truth values in one form. */
const even = (value: string): string => {
  if (value === 'True' || value === 'true') return '1';
  if (value === 'False' || value === 'false') return '0';
  return value !== '' && Number.isFinite(Number(value)) ? String(Number(value)) : value;
};

describe.runIf(haveSharedCaptures() && haveTshark())('OPC UA against this tshark', () => {
  const fields = haveTshark() ? sharedFields() : new Map<string, string>();
  const own = haveSharedCaptures()
    ? captureFiles(join(SHARED_CAPTURES, '_peers')).filter((file) => /opcua-.*none/.test(file))
    : [];
  const files = [...known().map(({ capture }) => join(SHARED_CAPTURES, capture)), ...own];

  test('many fields are compared', () => {
    expect(fields.size).toBeGreaterThan(100);
  });

  test.for(files)('%s', (file) => {
    readCapture(file);
    const other: string[] = [];
    const columns = ['frame.number', 'opcua.servicenodeid.numeric', ...fields.keys()];
    for (const [number, ids = '', ...values] of tsharkRows(file, 'opcua', columns)) {
      const here = bodies.filter(({ frame }) => frame === Number(number));
      if (here.length === 0 || here.length !== ids.split('|').length) continue;
      const read = here.map(({ bytes }) => readMessage(bytes, new Budget(1e6, 1e7)));
      if (!read.every(({ isExact }) => isExact)) continue;
      const trees = read.flatMap(({ tree }) => (tree === undefined ? [] : [tree]));
      for (const [i, [field, name]] of [...fields].entries()) {
        const we = ours(trees, [name]).map(even).join('|');
        const they = (values[i] ?? '').split('|').map(even).join('|');
        if (we !== they) other.push(`frame ${number}, ${field}: ${we}, tshark ${they}`);
      }
    }
    expect(other).toEqual([]);
  });
});
