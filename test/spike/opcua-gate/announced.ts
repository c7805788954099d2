/**
 * What the gate says of itself: the same in GetEndpoints, FindServers and CreateSession, because strict clients
 * compare them. The URL is that of the vendor's loopback port, the certificate and the ApplicationUri are the gate's.
 */
import {
  ApplicationDescription,
  ApplicationType,
  EndpointDescription,
  MessageSecurityMode,
  SecurityPolicy,
  UserTokenPolicy,
  UserTokenType,
} from 'node-opcua';
import type { Application } from './application.ts';
import { MODE, POLICY } from './secured-session.ts';

const BINARY_TRANSPORT = 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary';

export interface Announced {
  readonly server: ApplicationDescription;
  readonly endpoints: EndpointDescription[];
  /** The endpoint that a channel of this kind belongs to; null refuses it. None is for discovery alone. */
  accepts(mode: MessageSecurityMode, policy: SecurityPolicy): EndpointDescription | null;
}

export function announce(application: Application, endpointUrl: string): Announced {
  const server = new ApplicationDescription({
    applicationUri: application.uri,
    productUri: 'urn:lockkeeper:gate',
    applicationName: { text: 'Lockkeeper gate' },
    applicationType: ApplicationType.Server,
    discoveryUrls: [endpointUrl],
  });
  const endpoint = new EndpointDescription({
    endpointUrl,
    server,
    serverCertificate: application.own.getCertificate(),
    securityMode: MODE,
    securityPolicyUri: POLICY,
    // The only token that the gate takes: it injects the plant's own behind itself.
    userIdentityTokens: [
      new UserTokenPolicy({ policyId: 'by-the-gate', tokenType: UserTokenType.Anonymous }),
    ],
    transportProfileUri: BINARY_TRANSPORT,
    securityLevel: 1,
  });
  return {
    server,
    endpoints: [endpoint],
    accepts: (mode, policy) => {
      const discovery = mode === MessageSecurityMode.None && policy === SecurityPolicy.None;
      return discovery || (mode === MODE && policy === POLICY) ? endpoint : null;
    },
  };
}
