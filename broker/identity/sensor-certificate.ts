/**
 * The certificate of a sensor: names it in a URI. It counts only as long as its thumbprint is the one
 * in the sensor's row, so removing or enrolling a sensor anew makes the old one worthless at once.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { type SensorId, sensorId } from '#broker/model/ids.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { type Authority, BACKDATED, type Issued } from './authority.ts';

/** µs. A site is visited now and then; a sensor that must enrol each year is forgotten in the third. */
const SENSOR_CERTIFICATE_LIFETIME = 5 * 365 * 86_400 * 1_000_000;

const URN = 'urn:lockkeeper:sensor:';

/** `authority` is the one for sensors. */
export function issueSensorCertificate(
  authority: Authority,
  sensor: SensorId,
  publicKey: KeyObject,
  now: Micros,
): Issued {
  if (authority.purpose !== 'sensor') throw new TypeError(`a ${authority.purpose} authority`);
  return authority.issue({
    subject: sensor,
    publicKey,
    from: micros(now - BACKDATED),
    until: micros(now + SENSOR_CERTIFICATE_LIFETIME),
    names: [{ kind: 'uri', value: `${URN}${sensor}` }],
  });
}

/** The sensor that a certificate names; undefined unless it names that one thing and nothing else. */
export function sensorOf(certificate: X509Certificate): SensorId | undefined {
  const prefix = `URI:${URN}`;
  const names = certificate.subjectAltName ?? '';
  return names.startsWith(prefix) ? sensorId(names.slice(prefix.length)) : undefined;
}
