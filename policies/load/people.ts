/** Vendors, people and their roles. */

import type { Person, Vendor } from '../plant.ts';
import { SITE_COMPANY } from '../plant.ts';
import type { ZoneDraft } from './places.ts';
import { entries, type Fields, fields, list, reference, text, word } from './read.ts';
import { type Item, inside, type Reading } from './reading.ts';
import { ROLES, role } from './scalar.ts';

const MAX_SUBJECT = 255;

export function readVendors(
  reading: Reading,
  section: Item | undefined,
): ReadonlyMap<string, Vendor> {
  return new Map(
    entries(reading, section).map(({ id, keyItem, value }) => {
      if (id === SITE_COMPANY) {
        reading.fault(keyItem, `\`${SITE_COMPANY}\` is the company of the site's own people`);
      }
      const found = fields(reading, value, ['name'], ['name']);
      const name = text(reading, found?.get('name')) ?? id;
      return [id, { id, name, at: reading.refOf(keyItem) }];
    }),
  );
}

export function readPeople(
  reading: Reading,
  section: Item | undefined,
  known: {
    readonly vendors: ReadonlyMap<string, Vendor>;
    readonly zones: ReadonlyMap<string, ZoneDraft>;
  },
): ReadonlyMap<string, Person> {
  const { vendors, zones } = known;
  const found = entries(reading, section);
  const ids = new Map(found.map(({ id }) => [id, id]));
  const companies = new Map([...vendors.keys(), SITE_COMPANY].map((id) => [id, id]));
  const subjects = new Map<string, string>();
  const people = new Map<string, Person>();
  for (const { id, keyItem, value } of found) {
    const keys = ['name', 'company', 'roles', 'subject', 'same_as'];
    const read: Fields = fields(reading, value, keys, ['name', 'roles', 'subject']) ?? new Map();
    const roles = list(reading, read.get('roles'), { max: ROLES.length * 16, orOne: true });
    const sameAs = reference(reading, read.get('same_as'), 'person', ids);
    if (sameAs === id) reading.fault(read.get('same_as') ?? value, 'names the person themselves');
    const person: Person = {
      id,
      name: text(reading, read.get('name')) ?? id,
      company: reference(reading, read.get('company'), 'vendor', companies) ?? SITE_COMPANY,
      roles: roles.flatMap((each) => role(reading, each, zones) ?? []),
      subject: readSubject(reading, read.get('subject'), { id, subjects }) ?? '',
      ...(sameAs !== undefined && { sameAs }),
      at: reading.refOf(keyItem),
    };
    checkCompany(reading, read.get('roles') ?? value, person);
    people.set(id, person);
  }
  return people;
}

/**
 * The vendor role goes with a vendor's company and that company with no other role, so that what is a
 * vendor's is known by either, and no vendor reads, decides or unlocks what is the site's.
 */
function checkCompany(reading: Reading, item: Item, { id, company, roles }: Person): void {
  const isVendor = roles.some((held) => held.role === 'vendor');
  if (company === SITE_COMPANY) {
    const message = 'role `vendor` needs a `company`: one of the vendors';
    if (isVendor) reading.faultUnless(inside(`people.${id}.company`), item, message);
    return;
  }
  const others = roles.filter((held) => held.role !== 'vendor').map((held) => held.role);
  if (others.length > 0) {
    const message = `people of vendor \`${company}\` have the role \`vendor\` alone, not ${others.join(', ')}`;
    reading.fault(item, message);
  }
}

function readSubject(
  reading: Reading,
  item: Item | undefined,
  about: { readonly id: string; readonly subjects: Map<string, string> },
): string | undefined {
  const value = word(reading, item, 'the `sub` claim of the OpenID provider');
  if (item === undefined || value === undefined) return undefined;
  const other = about.subjects.get(value);
  if (value === '' || value.length > MAX_SUBJECT) {
    reading.fault(item, `a \`sub\` claim has 1 to ${MAX_SUBJECT} characters`);
  } else if (other !== undefined) {
    reading.fault(item, `is the subject of \`${other}\` already: one account, one person`);
  }
  about.subjects.set(value, about.id);
  return value;
}
