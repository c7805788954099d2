/** The few calls of the broker's own API that the demo makes, as its example admin: the way any script would. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SensorView } from '#broker/api/views.ts';

export interface Admin {
  enrolmentToken(name: string, covers: readonly string[]): Promise<string>;
  sensors(): Promise<readonly SensorView[]>;
}

async function json<T>(response: Response, what: string): Promise<T> {
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Waits until the broker answers at `origin`; false after `withinMs` or once `stopped` says so. */
export async function brokerAnswers(
  origin: string,
  withinMs: number,
  stopped: () => boolean,
): Promise<boolean> {
  for (let waited = 0; waited < withinMs && !stopped(); waited += 200) {
    const response = await fetch(`${origin}/api/sign-in`).catch(() => undefined);
    if (response?.ok === true) return true;
    await sleep(200);
  }
  return false;
}

/** Signs in as `person` with the demo's one click. */
export async function signIn(origin: string, person: string): Promise<Admin> {
  const response = await fetch(`${origin}/api/sign-in/demo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ person }),
  });
  if (!response.ok) throw new Error(`signing in as ${person}: ${response.status}`);
  const cookie = response.headers
    .getSetCookie()
    .map((c) => c.split(';')[0])
    .join('; ');
  const headers = { cookie, origin, 'content-type': 'application/json' };
  return {
    enrolmentToken: async (name, covers) => {
      const body = JSON.stringify({ name, covers });
      const answer = await fetch(`${origin}/api/sensors/enrolments`, {
        method: 'POST',
        headers,
        body,
      });
      return (await json<{ token: string }>(answer, 'asking for an enrolment token')).token;
    },
    sensors: async () => {
      const answer = await fetch(`${origin}/api/sensors`, { headers });
      return (await json<{ items: SensorView[] }>(answer, 'listing sensors')).items;
    },
  };
}
