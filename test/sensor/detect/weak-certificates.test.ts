import { describe, expect, test } from 'vitest';
import { start } from '#sensor/detect/detector.ts';
import {
  CERTIFICATE_OUT_OF_TIME,
  CERTIFICATE_WEAK,
  MIN_RSA_BITS,
  weakCertificateDetector,
} from '#sensor/detect/weak-certificates.ts';
import type { OpcuaCertificate, OpcuaDetail } from '#sensor/model/opcua.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { exchange, SECOND, T0 } from '../../support/exchange.ts';
import { type OpcuaShape, opcuaExchange } from '../../support/opcua-exchange.ts';

const inspect = start(weakCertificateDetector());
const iso = (at: number): string => isoMicros(micros(at));

function factsOf(opcua: Partial<OpcuaDetail>, shape: OpcuaShape = {}): readonly string[] {
  const event = opcuaExchange({ service: 'OpenSecureChannel', ...shape, opcua });
  return inspect(event, event.at).map(({ name, text }) => `${name}: ${text}`);
}

const rsa = (size: number): Partial<OpcuaCertificate> => ({ key: { type: 'RSA', size } });

describe('a certificate', () => {
  test.each<[string, Partial<OpcuaCertificate>, string | undefined]>([
    ['of which nothing can be read', {}, undefined],
    ['with an RSA key that is long enough', rsa(MIN_RSA_BITS), undefined],
    ['with one bit less', rsa(MIN_RSA_BITS - 1), 'has an RSA key of 2047 bits'],
    ['with a curve, whose keys are short', { key: { type: 'nistP256', size: 256 } }, undefined],
    ['with a key of unknown size', { key: { type: 'RSA' } }, undefined],
    ['signed over SHA-256', { signatureAlgorithm: 'sha256WithRSAEncryption' }, undefined],
    [
      'signed over SHA-1 with a curve',
      { signatureAlgorithm: 'ecdsa-with-SHA1' },
      'is signed with ecdsa-with-SHA1',
    ],
    [
      'with everything wrong',
      { ...rsa(1024), signatureAlgorithm: 'md5WithRSAEncryption' },
      'has an RSA key of 1024 bits and is signed with md5WithRSAEncryption',
    ],
  ])('%s', (_, fields, says) => {
    const shown = { thumbprint: 'aabbccdd00', ...fields };
    const text = (who: string) => `${CERTIFICATE_WEAK}: certificate aabbccdd of the ${who} ${says}`;
    expect(factsOf({ certificate: shown })).toEqual(says === undefined ? [] : [text('client')]);
    expect(factsOf({ serverCertificate: shown })).toEqual(
      says === undefined ? [] : [text('server')],
    );
  });

  test.each<[string, Partial<OpcuaCertificate>, string | undefined]>([
    ['that is valid now', { notBefore: iso(T0 - SECOND), notAfter: iso(T0 + SECOND) }, undefined],
    ['at its first and last moment', { notBefore: iso(T0), notAfter: iso(T0) }, undefined],
    ['that expired', { notAfter: iso(T0 - SECOND) }, `expired at ${iso(T0 - SECOND)}`],
    [
      'that is not valid yet',
      { notBefore: iso(T0 + SECOND) },
      `is not valid before ${iso(T0 + SECOND)}`,
    ],
    [
      'that expired before there were clocks',
      { notAfter: '1951-01-01T00:00:00Z' },
      'expired at 1951-01-01T00:00:00Z',
    ],
  ])('%s', (_, fields, says) => {
    const found = factsOf({ certificate: { thumbprint: 'aabbccdd00', ...fields } });
    const text = `${CERTIFICATE_OUT_OF_TIME}: certificate aabbccdd of the client ${says}`;
    expect(found).toEqual(says === undefined ? [] : [text]);
  });

  test('that no server let in says nothing', () => {
    const certificate = { thumbprint: 'aabbccdd00', ...rsa(512) };
    for (const outcome of ['failure', 'unknown'] as const) {
      expect(factsOf({ certificate }, { outcome })).toEqual([]);
    }
    expect(factsOf({})).toEqual([]);
    expect(inspect(exchange(), T0)).toEqual([]);
  });
});
