/** What the audit page shows; it lives in the URL, so that a view can be sent to a colleague. */
export interface AuditFilter {
  /** As the log names it: `end-session`. Undefined = whatever was done. */
  readonly action?: string;
  /** Id of a person, `sensor:<id>`, `gate` or `broker`. Undefined = whoever did it. */
  readonly actor?: string;
}

/** As long as the API reads. */
const MAX_NAME = 200;

const nameOf = (value: unknown): string | undefined => {
  const name = typeof value === 'string' ? value.trim().slice(0, MAX_NAME) : '';
  return name === '' ? undefined : name;
};

/** Unreadable parts of a URL fall back to their default: a bad link still shows leaves. */
export function auditFilter(
  search: Readonly<Partial<Record<keyof AuditFilter, unknown>>>,
): AuditFilter {
  const action = nameOf(search.action);
  const actor = nameOf(search.actor);
  return { ...(action !== undefined && { action }), ...(actor !== undefined && { actor }) };
}

/** The query string that the API wants. */
export const auditQuery = (filter: AuditFilter): string =>
  new URLSearchParams({ ...filter }).toString();
