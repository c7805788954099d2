/**
 * The OPC UA side of the example plant as a process of its own, because node-opcua alone takes as much memory as all
 * the rest of the plant: `node deploy/demo/opcua-plant.ts FOLDER`; prints `ready`, ends on SIGINT or SIGTERM.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LogLevel, setLogLevel } from 'node-opcua';
import { startBoiler } from './boiler.ts';
import { runBoilerHmi, runHistorian } from './boiler-clients.ts';
import { identityIn } from './opcua-identity.ts';
import { BOILER, BOILER_URI, HISTORIAN, HMI } from './plan.ts';

const noise = (): number => Math.random() * 2 - 1;
const log = (line: string): void => console.error(line);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node deploy/demo/opcua-plant.ts FOLDER');
setLogLevel(LogLevel.Error);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const application = (name: string, uri: string, { host }: { readonly host: string }) =>
  identityIn(join(folder, name), { name, uri, host });
const controller = await application('boiler-1', BOILER_URI, BOILER);
const panel = await application('hmi-1', 'urn:example-works:hmi-1', HMI);
const archive = await application('historian-1', 'urn:example-works:historian-1', HISTORIAN);
for (const { store } of [panel, archive]) await store.trustCertificate(controller.certificate);
for (const { certificate } of [panel, archive])
  await controller.store.trustCertificate(certificate);

// Known to this process alone, and new at each start.
const newUser = (name: string) => ({ name, password: randomBytes(16).toString('base64url') });
const operator = newUser('operator');
const reader = newUser('historian');
const boiler = await startBoiler({
  ...BOILER,
  identity: controller,
  users: new Map([operator, reader].map(({ name, password }) => [name, password])),
  noise,
});
console.log('ready');

const server = { url: boiler.url, serverCertificate: controller.certificate };
let told = 0;
await Promise.all([
  runBoilerHmi({
    party: { ...server, from: HMI.host, identity: panel, mode: 'Sign', user: operator },
    stop: stop.signal,
    noise,
    log,
  }),
  runHistorian({
    party: {
      ...server,
      from: HISTORIAN.host,
      identity: archive,
      mode: 'SignAndEncrypt',
      user: reader,
    },
    stop: stop.signal,
    log,
    told: () => {
      told += 1;
    },
  }),
]);
await boiler.close();
for (const { store } of [controller, panel, archive]) await store.dispose();
console.log(
  `the historian was told of ${told} values, the setpoint is ${boiler.pressureSetpoint()} bar`,
);
