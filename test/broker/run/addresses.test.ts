import { describe, expect, test } from 'vitest';
import { type BrokerConfig, parseConfig } from '#broker/config.ts';
import {
  certificateNames,
  portalOrigin,
  publicOrigin,
  reachableHost,
  webHosts,
} from '#broker/run/addresses.ts';

function config(web: string, more = ''): BrokerConfig {
  const text = `
data: data
policy: plant.yaml
rules: rules
listen:
  web: { host: "${web}", port: 8443 }
  gate: { host: "${web}", port: 8444 }
  sensors: { host: "${web}", port: 8445 }
sign_in: { oidc: { issuer: "https://idp.example", client_id: x, client_secret_file: s, name: X } }
gate: { address: 127.20.10.1 }
${more}`;
  const outcome = parseConfig(text, '/etc');
  if (outcome.kind === 'faults') throw new Error(JSON.stringify(outcome.faults));
  return outcome.config;
}

const NAMED = config('0.0.0.0', 'public_url: https://broker.plant.example');

describe('under which names the broker is reached', () => {
  test.for([
    ['its own address and port', config('10.1.2.3'), 'https://10.1.2.3:9443'],
    ['an IPv6 address', config('fd00::1'), 'https://[fd00::1]:9443'],
    ['the public name', NAMED, 'https://broker.plant.example'],
    [
      'a public name with a path, which does not count',
      config('10.1.2.3', 'public_url: https://b.example:8443/x/'),
      'https://b.example:8443',
    ],
  ] as const)('%s', ([, given, origin]) => {
    expect(publicOrigin(given, 9443)).toBe(origin);
  });

  test('a listener on every address is reached by the public name', () => {
    expect(reachableHost(NAMED, '0.0.0.0')).toBe('broker.plant.example');
    expect(reachableHost(NAMED, '::')).toBe('broker.plant.example');
    expect(reachableHost(NAMED, '10.9.9.9')).toBe('10.9.9.9');
  });

  test('the certificate holds every name that a client may use, and no other', () => {
    expect(certificateNames(NAMED)).toEqual(['broker.plant.example']);
    expect(certificateNames(config('10.1.2.3'))).toEqual(['10.1.2.3']);
    expect(certificateNames(config('127.0.0.1'))).toContain('portal.localhost');
  });

  test.for([
    ['broker.plant.example', true],
    ['broker.plant.example:8443', false],
    ['localhost:8443', false],
    ['10.1.2.3:8443', false],
    ['evil.example', false],
  ] as const)('a public broker answers to %s: %s', ([host, answers]) => {
    expect(webHosts(NAMED, 8443)(host)).toBe(answers);
  });

  test('a code is confirmed over plain loopback where there is such a listener', () => {
    expect(portalOrigin(NAMED, { web: 8443 })).toBe('https://broker.plant.example');
    expect(portalOrigin(config('127.0.0.1'), { web: 8443, loopback: 8080 })).toBe(
      'http://portal.localhost:8080',
    );
  });
});
