/** Somebody at a keyboard, through the broker's public API: cookies, origin and all. */
import type { GrantView, PageView, RequestView, SubmitBody } from '#broker/api/views.ts';

export class Person {
  readonly name: string;
  readonly #origin: string;
  readonly #cookie: string;

  private constructor(origin: string, name: string, cookie: string) {
    this.#origin = origin;
    this.name = name;
    this.#cookie = cookie;
  }

  static async signIn(origin: string, person: string): Promise<Person> {
    const response = await fetch(`${origin}/api/sign-in/demo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ person }),
    });
    if (!response.ok) throw new Error(`sign-in as ${person}: ${response.status}`);
    const cookie = response.headers
      .getSetCookie()
      .map((c) => c.split(';')[0] ?? '')
      .join('; ');
    return new Person(origin, person, cookie);
  }

  async request(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#origin}${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: this.#origin, cookie: this.#cookie },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The JSON answer; throws with the broker's words on a refusal. */
  async get<T>(path: string): Promise<T> {
    const response = await this.request('GET', path);
    if (!response.ok)
      throw new Error(`${this.name} GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    const response = await this.request('POST', path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${this.name} POST ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async approve(request: RequestView): Promise<RequestView> {
    const seen = await this.get<RequestView>(`/api/requests/${request.id}`);
    await this.post(`/api/requests/${request.id}/approve`, {
      version: seen.version,
      hash: seen.hash,
      comment: 'agreed',
    });
    return this.get<RequestView>(`/api/requests/${request.id}`);
  }
}

/** Vera asks, otto and petra agree: a grant that is active from now on for `seconds`. */
export async function grantFor(
  people: { readonly vera: Person; readonly otto: Person; readonly petra: Person },
  seconds: number,
  readGrace = false,
): Promise<{ readonly grant: GrantView; readonly request: RequestView }> {
  const entries =
    await people.vera.get<PageView<{ id: string; mayRequest: unknown[] }>>('/api/entries');
  const entry = entries.items[0];
  if (entry === undefined) throw new Error('nothing to ask for');
  const now = Date.now();
  const body: SubmitBody = {
    entry: entry.id,
    asset: 'plc-12',
    operations: entry.mayRequest.map((_, allowance) => ({ allowance })),
    notBefore: new Date(now).toISOString(),
    notAfter: new Date(now + seconds * 1000).toISOString(),
    readGrace,
    purpose: 'system test',
  };
  const asked = await people.vera.post<RequestView>('/api/requests', body);
  await people.otto.approve(asked);
  await people.petra.approve(asked);
  const request = await people.vera.get<RequestView>(`/api/requests/${asked.id}`);
  if (request.grant === undefined) throw new Error(`no grant: the request is ${request.state}`);
  return { grant: request.grant, request };
}
