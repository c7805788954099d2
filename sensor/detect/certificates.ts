/**
 * States that an OPC UA application shows another certificate than before: it was renewed, or somebody
 * else goes by its name.
 *
 * Known are the certificates seen while the sensor learned, and the first one of an application that is
 * met later, or of the address and port of a server. A certificate that is new to a known application
 * stays new, or the second session of a stranger would be silent. A beginning that no server answered
 * with yes counts for nothing. A restart forgets them.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import { type OpcuaCertificate, shortThumbprint } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import { type Detector, NO_FACTS } from './detector.ts';
import { RecentMap } from './recent-map.ts';

export const CERTIFICATE_CHANGED = 'certificate.changed';
export const CERTIFICATES_FULL = 'certificate.memory-full';

/** Applications and endpoints remembered; a plant has some hundred. */
export const MAX_APPLICATIONS = 4096;
/** Certificates of one application: redundant servers may share a URI. */
export const MAX_CERTIFICATES = 8;

export interface CertificateOptions {
  readonly phase: (now: Micros) => 'learn' | 'judge' | 'off';
}

/** Thumbprints by role and application URI, and of servers by address and port. */
type Memory = RecentMap<string, Set<string>>;

export function certificateDetector({ phase }: CertificateOptions): Detector<Memory> {
  return {
    name: 'certificate',
    remember: () => new RecentMap<string, Set<string>>(MAX_APPLICATIONS),
    inspect: (event, now, memory) => {
      if (event.kind !== 'exchange' || event.protocol !== 'opcua') return NO_FACTS;
      const learns = phase(now) === 'learn';
      return shown(event).flatMap((each) => judge(each, learns, memory));
    },
  };
}

interface Shown {
  /** Under what its certificates are remembered, one name after the other. */
  readonly names: readonly string[];
  readonly certificate: OpcuaCertificate;
}

/**
 * What the two ends show when a channel or a session begins. Where no server answers that it may begin,
 * that proves nothing: a secured opening is refused by an ERR, and anybody may send one.
 */
function shown({ opcua, outcome, server }: OpcuaExchange): Shown[] {
  const { certificate, serverCertificate } = opcua;
  if (outcome !== 'success') return [];
  return [
    ...(certificate === undefined ? [] : [{ names: nameOf('client', certificate), certificate }]),
    ...(serverCertificate === undefined
      ? []
      : [
          {
            // Whoever stands in for a server need not go by its URI.
            names: [...nameOf('server', serverCertificate), `the server at ${hostAndPort(server)}`],
            certificate: serverCertificate,
          },
        ]),
  ];
}

const nameOf = (role: string, { applicationUri }: OpcuaCertificate): readonly string[] =>
  applicationUri === undefined ? [] : [`the ${role} \`${applicationUri}\``];

const hostAndPort = ({ ip, port }: Endpoint): string =>
  ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;

/** Told by the first name under which another one is known; by the others it is not learned then. */
function judge({ names, certificate }: Shown, learns: boolean, memory: Memory): Fact[] {
  const { thumbprint, subject } = certificate;
  const facts: Fact[] = [];
  const remembered = names.map((name) => {
    const before = memory.touch(name);
    const known = before ?? new Set<string>();
    if (before === undefined && memory.add(name, known)) {
      const text = `${MAX_APPLICATIONS} applications and servers are remembered with their certificates; the one unseen longest was forgotten`;
      facts.push({ name: CERTIFICATES_FULL, text });
    }
    const isLearned = known.size === 0 || (learns && known.size < MAX_CERTIFICATES);
    return { name, known, isFitting: known.has(thumbprint) || isLearned };
  });
  const changed = remembered.find(({ isFitting }) => !isFitting);
  if (changed === undefined) {
    for (const { known } of remembered) known.add(thumbprint);
    return facts;
  }
  const before = [...changed.known].map(shortThumbprint).join(', ');
  const text = `${changed.name} shows certificate ${shortThumbprint(thumbprint)} (${subject ?? 'no subject'}), and not ${before} as before`;
  return [...facts, { name: CERTIFICATE_CHANGED, text }];
}
