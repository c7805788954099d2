import { describe, expect, test } from 'vitest';
import {
  CERTIFICATE_CHANGED,
  CERTIFICATES_FULL,
  certificateDetector,
  MAX_APPLICATIONS,
  MAX_CERTIFICATES,
} from '#sensor/detect/certificates.ts';
import { start } from '#sensor/detect/detector.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { OpcuaCertificate } from '#sensor/model/opcua.ts';
import { T0 } from '../../support/exchange.ts';
import { type OpcuaShape, opcuaExchange } from '../../support/opcua-exchange.ts';

const certificate = (thumbprint: string, applicationUri = 'urn:hmi'): OpcuaCertificate => ({
  thumbprint,
  applicationUri,
});

const shows = (thumbprint: string, shape: OpcuaShape & { readonly uri?: string } = {}) =>
  opcuaExchange({
    service: 'CreateSession',
    ...shape,
    opcua: { certificate: certificate(thumbprint, shape.uri) },
  });

/** Learns what comes before `T0` + `until`. */
function factsOf(events: readonly OpcuaExchange[], until = 0): readonly string[] {
  const phase = (now: number) => (now < T0 + until ? 'learn' : 'judge');
  const inspect = start(certificateDetector({ phase }));
  return events.flatMap((event) => inspect(event, event.at).map(({ name }) => name));
}

describe('the certificate of an application', () => {
  test('is the first that it shows, and any other is told each time', () => {
    expect(factsOf([shows('a'), shows('a'), shows('b'), shows('b'), shows('a')])).toEqual([
      CERTIFICATE_CHANGED,
      CERTIFICATE_CHANGED,
    ]);
  });

  test('may be one of several that were learned, until learning ends', () => {
    const learned = [shows('a', { at: 0 }), shows('b', { at: 1 })];
    expect(factsOf([...learned, shows('a', { at: 2 }), shows('b', { at: 3 })], 2)).toEqual([]);
    expect(factsOf([...learned, shows('c', { at: 2 })], 2)).toEqual([CERTIFICATE_CHANGED]);
    expect(factsOf([...learned, shows('c', { at: 2 })], 3)).toEqual([]);
  });

  test.each([
    ['as many as are learned', MAX_CERTIFICATES, []],
    ['one more', MAX_CERTIFICATES + 1, [CERTIFICATE_CHANGED]],
  ])('of redundant servers: %s', (_, count, facts) => {
    const events = Array.from({ length: count }, (_each, i) => shows(`c${i}`));
    expect(factsOf(events, 1)).toEqual(facts);
  });

  test('says nothing of another application, and nothing of one that a server refused', () => {
    expect(factsOf([shows('a'), shows('b', { uri: 'urn:historian' })])).toEqual([]);
    expect(factsOf([shows('a'), shows('b', { outcome: 'failure' })])).toEqual([]);
  });

  test('of a server is another than that of a client of its name', () => {
    const server = (thumbprint: string) =>
      opcuaExchange({
        service: 'CreateSession',
        opcua: { serverCertificate: certificate(thumbprint) },
      });
    expect(factsOf([server('a'), shows('b'), server('c')])).toEqual([CERTIFICATE_CHANGED]);
  });

  test('without an application URI names nobody', () => {
    const nameless = (thumbprint: string) =>
      opcuaExchange({ opcua: { certificate: { thumbprint } } });
    expect(factsOf([nameless('a'), nameless('b')])).toEqual([]);
  });

  test('that was unseen longest is forgotten, and that is told', () => {
    const full = Array.from({ length: MAX_APPLICATIONS }, (_, i) =>
      shows('a', { uri: `urn:${i}` }),
    );
    expect(factsOf([...full, shows('b', { uri: 'urn:0' })])).toEqual([CERTIFICATE_CHANGED]);
    const more = shows('a', { uri: 'urn:more' });
    expect(factsOf([...full, more, shows('b', { uri: 'urn:0' })])).toEqual([
      CERTIFICATES_FULL,
      CERTIFICATES_FULL,
    ]);
  });
});
