/** Under which names the broker is reached, from the configuration and the ports that it got. */

import { loopbackHosts } from '#broker/api/security.ts';
import { type BrokerConfig, isLoopback } from '#broker/config.ts';

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** `https://broker.plant.example:8443`, without a slash at the end. */
export function publicOrigin(config: BrokerConfig, webPort: number): string {
  return new URL(config.publicUrl ?? `https://${bracketed(config.listen.web.host)}:${webPort}`)
    .origin;
}

/** The host that others should use for a listener: its own address, or the public name where it listens on every one. */
export function reachableHost(config: BrokerConfig, host: string): string {
  if (!isAny(host)) return host;
  const { hostname } = new URL(config.publicUrl ?? 'https://localhost');
  return hostname.replace(/^\[|\]$/g, '');
}

/** Names and addresses for the certificate of the TLS listeners. */
export function certificateNames(config: BrokerConfig): readonly string[] {
  const { web, gate, sensors } = config.listen;
  const hosts = [web, gate, sensors].map(({ host }) => reachableHost(config, host));
  const names = new Set(hosts);
  if (config.publicUrl !== undefined) names.add(new URL(config.publicUrl).hostname);
  if (isLoopback(web.host)) {
    for (const name of ['localhost', 'console.localhost', 'portal.localhost']) names.add(name);
  }
  return [...names];
}

/** Which Host headers the TLS listener for people answers to. */
export function webHosts(config: BrokerConfig, port: number): (host: string) => boolean {
  const { host } = new URL(publicOrigin(config, port));
  const local = isLoopback(config.listen.web.host) ? loopbackHosts(port) : () => false;
  return (asked) => asked === host || local(asked);
}

/** Where a person confirms the code of `lockkeeper connect`: on plain loopback where there is such a listener, to spare a certificate warning. */
export function portalOrigin(
  config: BrokerConfig,
  ports: { readonly web: number; readonly loopback?: number | undefined },
): string {
  return ports.loopback === undefined
    ? publicOrigin(config, ports.web)
    : `http://portal.localhost:${ports.loopback}`;
}
