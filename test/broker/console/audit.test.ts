import { expect, test } from 'vitest';
import { auditFilter, auditQuery } from '#broker/console/audit/filter.ts';

test.each([
  [{}, {}, ''],
  [{ action: 'end-session' }, { action: 'end-session' }, 'action=end-session'],
  [{ actor: ' sensor:s-1 ', action: '' }, { actor: 'sensor:s-1' }, 'actor=sensor%3As-1'],
  [{ action: ['a', 'b'], actor: 7 }, {}, ''],
])('%j of the address is %j', (search, filter, query) => {
  expect(auditFilter(search)).toEqual(filter);
  expect(auditQuery(auditFilter(search))).toBe(query);
});
