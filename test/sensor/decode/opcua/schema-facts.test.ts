import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { attributeName } from '#sensor/decode/opcua/attributes.ts';
import { STRUCTURES } from '#sensor/decode/opcua/schema/catalogue.ts';
import { ENUMERATIONS } from '#sensor/decode/opcua/schema/enumerations.ts';
import { SERVICES } from '#sensor/decode/opcua/services.ts';
import { statusText } from '#sensor/decode/opcua/status-codes.ts';
import { WELL_KNOWN } from '#sensor/decode/opcua/well-known.ts';

/** The published dictionary of the types, and the table of node ids, as a stack in use for tests brings them. */
const TYPES = 'node_modules/node-opcua-nodesets/nodesets/Opc.Ua.Types.bsd';
const NODE_IDS = 'node_modules/node-opcua-constants/source/opcua_node_ids.ts';

const ATTRIBUTES = 'node_modules/node-opcua-basic-types/source/attributeIds.ts';

const STATUS_CODES = 'node_modules/node-opcua-status-code/dist/_generated_status_codes.js';

const NODE_SET = 'node_modules/node-opcua-nodesets/nodesets/Opc.Ua.NodeSet2.xml';

const nodeSet = readFileSync(NODE_SET, 'utf8');
const dictionary = readFileSync(TYPES, 'utf8');
const nodeIds = readFileSync(NODE_IDS, 'utf8');

/** Fields of a structure as `name Type[]`, as `definition.ts` writes them. */
function published(name: string): readonly string[] | undefined {
  const found = new RegExp(`<opc:StructuredType Name="${name}".*?</opc:StructuredType>`, 's');
  const [text] = found.exec(dictionary) ?? [];
  return text?.split('\n').flatMap((line) => {
    const [, field = '', type = ''] =
      /<opc:Field Name="(\w+)" TypeName="\w+:(\w+)"/.exec(line) ?? [];
    if (field === '' || field.startsWith('NoOf')) return [];
    const lower = field[0]?.toLowerCase() + field.slice(1);
    return [`${lower} ${type}${line.includes('LengthField') ? '[]' : ''}`];
  });
}

/** Types that are read in a way of their own, and those of the dictionary that they are. */
const PLAIN: ReadonlyMap<string, string> = new Map([
  ['AttributeId', 'UInt32'],
  ['DeadbandType', 'UInt32'],
  ['SessionToken', 'NodeId'],
  ['IdentityToken', 'ExtensionObject'],
  ['EventField', 'Variant'],
]);

/** Option sets are shown as the numbers that they are. */
const NUMBERS: ReadonlyMap<string, string> = new Map([
  ['PermissionType', 'UInt32'],
  ['UserConfigurationMask', 'UInt32'],
]);

describe('the schema against the published dictionary of types', () => {
  test.each(STRUCTURES)('$name has its fields in their order', ({ name, fields }) => {
    const ours = fields.map((field) => {
      const type = PLAIN.get(field.type) ?? field.type;
      return `${field.name} ${type}${field.isArray ? '[]' : ''}`;
    });
    const theirs = published(name)?.map((each) => {
      const [field = '', type = ''] = each.split(' ');
      return `${field} ${NUMBERS.get(type) ?? type}`;
    });
    expect(ours).toEqual(theirs);
  });

  test.each(STRUCTURES)('$name has its encoding id', ({ name, id }) => {
    const [, theirs] = new RegExp(` ${name}_Encoding_DefaultBinary=\\s*(\\d+)`).exec(nodeIds) ?? [];
    expect(id).toBe(Number(theirs));
  });

  test.each(ENUMERATIONS)('$name has its values', ({ name, names }) => {
    const found = new RegExp(`<opc:EnumeratedType Name="${name}".*?</opc:EnumeratedType>`, 's');
    const [text = ''] = found.exec(dictionary) ?? [];
    const theirs = [...text.matchAll(/Name="(\w+)" Value="(\d+)"/g)];
    expect([...names]).toEqual(theirs.map(([, word, value]) => [Number(value), word]));
  });

  test('every service has its request and response in it', () => {
    for (const { id, response, name } of SERVICES.values()) {
      expect(STRUCTURES).toContainEqual(expect.objectContaining({ id, name: `${name}Request` }));
      expect(STRUCTURES).toContainEqual(
        expect.objectContaining({ id: response, name: `${name}Response` }),
      );
    }
  });

  test('attributes have the names of the table', () => {
    const theirs = [...readFileSync(ATTRIBUTES, 'utf8').matchAll(/^ +([A-Z]\w+) = (\d+),/gm)].slice(
      0,
      27,
    );
    expect(theirs).toHaveLength(27);
    for (const [, name, id] of theirs) expect(attributeName(Number(id))).toBe(name);
  });
});

describe('names for people', () => {
  test('every status code has one', () => {
    const text = readFileSync(STATUS_CODES, 'utf8');
    const theirs = [...text.matchAll(/name: "(\w+)",\s*value: (0x[0-9A-Fa-f]+|\d+)/g)];
    expect(theirs.length).toBeGreaterThan(250);
    for (const [, name, code] of theirs) expect(statusText(Number(code))).toBe(name);
  });

  test.each([...WELL_KNOWN])('i=%d is %s', (id, name) => {
    const last = name.split('.').at(-1) ?? '';
    const inTable = new RegExp(`\\b${name.replaceAll('.', '_')}\\s*=\\s*${id}\\s`).test(nodeIds);
    // Of what stands deeper than the table goes, the nodes themselves have the last of their names.
    const inSet = new RegExp(`NodeId="i=${id}" BrowseName="(0:)?${last}"`).test(nodeSet);
    expect(inTable || (name.includes('CertificateGroups.') && inSet)).toBe(true);
  });
});
