/** Reading the leaves of the audit log. They are written by `commit` alone. */
import type { AuditEvent } from '#broker/model/audit.ts';
import type { AuditFilter, AuditLeaf, Page, PageRequest } from '../store.ts';
import type { Database, Row } from './database.ts';
import { equals, oneOf } from './nouns.ts';
import { pageOf } from './page.ts';

const LIST = { list: 'select position, leaf from audit_leaf', order: ['position'] };

function leafOf(row: Row): AuditLeaf {
  const bytes = String(row['leaf']);
  // Written by `canonical` from an `AuditEvent`; the schema holds that it is JSON with its fields.
  return { index: Number(row['position']), event: JSON.parse(bytes) as AuditEvent, bytes };
}

export function auditSize(database: Database): number {
  const row = database
    .prepare('select coalesce(max(position) + 1, 0) as size from audit_leaf')
    .get();
  return Number(row?.['size']);
}

export function auditLeaves(database: Database, from: number, limit: number): readonly AuditLeaf[] {
  return database
    .prepare('select position, leaf from audit_leaf where position >= ? order by position limit ?')
    .all(from, limit)
    .map(leafOf);
}

export function listLeaves(
  database: Database,
  filter: AuditFilter,
  page: PageRequest,
): Page<AuditLeaf> {
  const conditions = [
    ...equals('subject', filter.subject),
    ...equals('actor', filter.actor),
    ...oneOf('action', filter.actions),
  ];
  return pageOf(database, LIST, conditions, page, leafOf);
}
