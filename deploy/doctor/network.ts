/** Looks at ports that the demo wants, and at an interface that a sensor is to listen on. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Finding } from './check.ts';

export interface Listener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Whether `listener` could be opened now; the error code of the system if not. */
export function probe({ host, port }: Listener): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

export async function ports(listeners: readonly Listener[]): Promise<readonly Finding[]> {
  const taken: Finding[] = [];
  for (const listener of listeners) {
    const code = await probe(listener);
    if (code !== undefined) {
      taken.push({
        subject: 'ports',
        verdict: 'missing',
        text: `${listener.host}:${listener.port} (${listener.name}) cannot be opened: ${code}`,
        mend: `ss -ltnp 'sport = :${listener.port}'`,
      });
    }
  }
  if (taken.length > 0) return taken;
  return [
    { subject: 'ports', verdict: 'ok', text: `${listeners.length} ports of the demo are free` },
  ];
}

/**
 * Whether listening on `name` is passive. An interface with an address, or one on which IPv6 is
 * alive (neighbour discovery), could speak into the monitored network.
 */
export function captureInterface(name: string): Finding {
  const subject = 'interface';
  if (!existsSync(`/sys/class/net/${name}`)) {
    return {
      subject,
      verdict: 'missing',
      text: `there is no interface \`${name}\``,
      mend: 'ip -br link',
    };
  }
  if (name === 'lo') {
    return {
      subject,
      verdict: 'weak',
      text: '`lo` hears this machine only; right for the demo alone',
    };
  }
  const addresses = (networkInterfaces()[name] ?? []).map((a) => a.address);
  if (addresses.length > 0) {
    return {
      subject,
      verdict: 'missing',
      text: `\`${name}\` has the address ${addresses.join(', ')} and could send into the monitored network`,
      mend: `sudo ip addr flush dev ${name}`,
    };
  }
  const knob = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
  if (existsSync(knob) && readFileSync(knob, 'utf8').trim() !== '1') {
    return {
      subject,
      verdict: 'missing',
      text: `IPv6 is alive on \`${name}\` and sends neighbour discovery into the monitored network`,
      mend: `sudo sysctl -w net.ipv6.conf.${name}.disable_ipv6=1`,
    };
  }
  return { subject, verdict: 'ok', text: `\`${name}\` has no address and no IPv6` };
}
