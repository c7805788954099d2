/**
 * Sign-in with OpenID Connect: authorization code with PKCE (RFC 7636), `state`, `nonce` and the
 * `iss` check of RFC 9207. The provider proves a `sub`; who that is, and what they may do, stands in
 * the plant policy alone. E-mail addresses, names and groups of the provider are never looked at.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Person, Plant } from '#policies/plant.ts';
import type { Micros } from '#sensor/model/time.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Exactly as registered with the provider. */
  readonly redirectUri: string;
}

/** A sign-in that has begun. The browser holds `handle` in a cookie; the secrets stay here. */
interface Begun {
  readonly handle: string;
  /** Where the browser goes. */
  readonly url: string;
}

export type SignInOutcome =
  | { readonly kind: 'subject'; readonly subject: string }
  /** `unknown-flow`: no such sign-in begun by this browser, already used, or too old. */
  | {
      readonly kind: 'refused';
      readonly code: 'unknown-flow' | 'provider';
      readonly message: string;
    };

export interface Oidc {
  begin(now: Micros): Promise<Begun>;
  /** Ends the sign-in that `handle` began. One use, whatever the outcome. */
  complete(handle: string, callback: URL, now: Micros): Promise<SignInOutcome>;
}

/** µs in which somebody must have signed in at the provider. */
export const FLOW_LIMIT = 10 * 60 * 1_000_000;
/** Sign-ins begun and not ended; the next one forgets the oldest. */
const MAX_FLOWS = 1_000;

interface Flow {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  readonly begunAt: Micros;
}

/** What went wrong, without anything that the provider or the browser wrote. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'no answer';
}

async function discover(settings: OidcSettings): Promise<Configuration> {
  const issuer = new URL(settings.issuer);
  // Plain HTTP only towards this machine: an in-process provider in tests, a sidecar on the broker's host.
  const plain = issuer.protocol === 'http:';
  if (plain && !['127.0.0.1', '[::1]', 'localhost'].includes(issuer.hostname)) {
    throw new BrokerError('sign-in', `sign_in.oidc.issuer \`${issuer.href}\`: use https`);
  }
  return discovery(
    issuer,
    settings.clientId,
    settings.clientSecret,
    undefined,
    plain ? { execute: [allowInsecureRequests] } : undefined,
  );
}

/** Asks the provider for its metadata at the first sign-in and again after a failure, so that the broker starts without it. */
export function createOidc(settings: OidcSettings, random: (bytes: number) => Buffer): Oidc {
  let configuration: Promise<Configuration> | undefined;
  /** By handle, oldest first. */
  const flows = new Map<string, Flow>();

  const provider = (): Promise<Configuration> => {
    configuration ??= discover(settings).catch((cause: unknown) => {
      configuration = undefined;
      throw new BrokerError(
        'sign-in',
        `the OpenID provider \`${settings.issuer}\` does not answer`,
        {
          cause,
        },
      );
    });
    return configuration;
  };

  return {
    async begin(now) {
      const config = await provider();
      for (const [handle, flow] of flows) {
        if (flows.size < MAX_FLOWS && now - flow.begunAt < FLOW_LIMIT) break;
        flows.delete(handle);
      }
      const handle = random(32).toString('base64url');
      const verifier = randomPKCECodeVerifier();
      const flow: Flow = { verifier, state: randomState(), nonce: randomNonce(), begunAt: now };
      flows.set(handle, flow);
      const url = buildAuthorizationUrl(config, {
        redirect_uri: settings.redirectUri,
        scope: 'openid',
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: flow.state,
        nonce: flow.nonce,
      });
      return { handle, url: url.href };
    },

    async complete(handle, callback, now) {
      const flow = flows.get(handle);
      flows.delete(handle);
      if (flow === undefined || now - flow.begunAt >= FLOW_LIMIT) {
        const message = 'this sign-in is not known or took too long; begin again';
        return { kind: 'refused', code: 'unknown-flow', message };
      }
      // The provider compares this URL with the registered one; what the browser sent as Host is not asked.
      const url = new URL(settings.redirectUri);
      url.search = callback.search;
      try {
        const tokens = await authorizationCodeGrant(await provider(), url, {
          pkceCodeVerifier: flow.verifier,
          expectedState: flow.state,
          expectedNonce: flow.nonce,
          idTokenExpected: true,
        });
        const subject = tokens.claims()?.sub;
        if (subject !== undefined) return { kind: 'subject', subject };
        return { kind: 'refused', code: 'provider', message: 'the OpenID provider named nobody' };
      } catch (error) {
        const message = `the answer of the OpenID provider was refused (${codeOf(error)}); begin again`;
        return { kind: 'refused', code: 'provider', message };
      }
    },
  };
}

/** The person whose `subject` the provider proved. INVARIANT: no other claim links an account to a person. */
export function personOfSubject(plant: Plant, subject: string): Person | undefined {
  const matches = [...plant.people.values()].filter((person) => person.subject === subject);
  // Two people with one subject would be a choice for us to make; we make none.
  return matches.length === 1 ? matches[0] : undefined;
}
