/** The browser's one way to the broker: same origin, JSON, and every refusal as a value with its words. */
import type { ErrorView } from '../api/views.ts';

/** What the broker refused, in its own words. `status` 0 means that it could not be reached. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly { readonly field: string; readonly message: string }[];

  constructor(status: number, view: ErrorView['error'], options?: ErrorOptions) {
    super(view.message, options);
    this.name = 'Refusal';
    this.status = status;
    this.code = view.code;
    this.fields = view.fields ?? [];
  }
}

function isErrorView(value: unknown): value is ErrorView {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false;
  const { error } = value;
  return typeof error === 'object' && error !== null && 'message' in error && 'code' in error;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => undefined);
  return isErrorView(body)
    ? new Refusal(response.status, body.error)
    : new Refusal(response.status, {
        code: 'unreadable',
        message: `the broker answered ${response.status}`,
      });
}

export function unreachable(cause: unknown): Refusal {
  const why = cause instanceof Error ? cause.message : 'network error';
  const message = `the broker cannot be reached (${why}); look at the network, then try again`;
  return new Refusal(0, { code: 'unreachable', message }, { cause });
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const init: RequestInit = { method, credentials: 'same-origin' };
  if (body !== undefined) {
    init.headers = { 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  return fetch(path, init).catch((cause: unknown) => Promise.reject(unreachable(cause)));
}

/** The JSON of an answer; throws `Refusal`. */
export async function answered<T>(response: Response): Promise<T> {
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as T;
}

/** Gives the JSON answer; throws `Refusal`. */
export const get = async <T>(path: string): Promise<T> => answered<T>(await send('GET', path));

/** Gives the JSON answer, undefined for an empty one; throws `Refusal`. */
export async function post<T = undefined>(path: string, body: unknown = {}): Promise<T> {
  const response = await send('POST', path, body);
  if (!response.ok) throw await refusalOf(response);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
