/** The boiler of the example plant for a site under test: a real OPC UA server, and the panel that may set its pressure. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LogLevel, setLogLevel } from 'node-opcua';
import { type Boiler, startBoiler } from '../../deploy/demo/boiler.ts';
import { connectOpcua, type OpcuaConnection } from '../../deploy/demo/opcua-client.ts';
import { identityIn } from '../../deploy/demo/opcua-identity.ts';
import { BOILER, BOILER_URI, HMI } from '../../deploy/demo/plan.ts';
import type { Site } from './site.ts';

export const OPERATOR = { name: 'operator', password: 'known to the panel alone' };

export interface SiteBoiler {
  readonly boiler: Boiler;
  /** Connects as the panel does on a quiet day: signed, and with a name. */
  readonly panel: () => Promise<OpcuaConnection>;
  /** Connects from `host` to the endpoint that nobody switched off; without `user` also without a name. */
  readonly stranger: (host: string, user?: typeof OPERATOR) => Promise<OpcuaConnection>;
  readonly close: () => Promise<void>;
}

export async function startSiteBoiler(site: Site): Promise<SiteBoiler> {
  setLogLevel(LogLevel.Error);
  const folder = join(site.folder, 'opcua');
  await mkdir(folder);
  const identity = (name: string, uri: string, host: string) =>
    identityIn(join(folder, name), { name, uri, host });
  const controller = await identity('boiler-1', BOILER_URI, BOILER.host);
  const panel = await identity('hmi-1', 'urn:example-works:hmi-1', HMI.host);
  await panel.store.trustCertificate(controller.certificate);
  await controller.store.trustCertificate(panel.certificate);
  const boiler = await startBoiler({
    host: BOILER.host,
    port: site.boilerPort,
    identity: controller,
    users: new Map([[OPERATOR.name, OPERATOR.password]]),
    noise: () => 0,
  });
  const { url, certificate } = boiler;
  return {
    boiler,
    panel: () =>
      connectOpcua({
        from: HMI.host,
        url,
        serverCertificate: certificate,
        identity: panel,
        mode: 'Sign',
        user: OPERATOR,
      }),
    stranger: async (host, user) => {
      const own = await identity(`stranger-${host}`, 'urn:rogue:browser', host);
      return connectOpcua({ from: host, url, identity: own, mode: 'None', ...(user && { user }) });
    },
    close: async () => {
      await boiler.close();
      for (const { store } of [controller, panel]) await store.dispose();
    },
  };
}
