/** How the API says no: `{ error: { code, message, fields? } }` with the status that fits. */
import type { ErrorView } from './views.ts';

export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 411 | 413 | 415 | 429 | 500 | 503 | 507;

export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

export function refusal(
  status: RefusalStatus,
  code: string,
  message: string,
  fields?: readonly FieldFault[],
): Response {
  const body: ErrorView = { error: { code, message, ...(fields !== undefined && { fields }) } };
  return Response.json(body, { status });
}

/** The same words for what does not exist and for what this person may not know to exist. */
export const notFound = (): Response => refusal(404, 'not-found', 'there is nothing here for you');

export const signInFirst = (): Response => refusal(401, 'sign-in', 'sign in first');

export const forbidden = (why: string): Response => refusal(403, 'forbidden', why);
