/**
 * The example plant of `lockkeeper demo`: one loopback address for each party, so that zones are real
 * and a sensor on `lo` sees who talks to whom. The same addresses stand in policies/example-plant.yaml;
 * a test holds them together.
 */

export const PLC = { host: '127.20.1.12', port: 5020, unit: 1 } as const;
export const SAFETY_PLC = { host: '127.20.9.10', port: 5020, unit: 1 } as const;
export const BOILER = { host: '127.20.3.20', port: 4840 } as const;
export const HMI = { host: '127.20.2.10' } as const;
export const HISTORIAN = { host: '127.20.2.30' } as const;
export const GATE = { host: '127.20.10.1' } as const;
export const LAPTOP = { host: '127.20.50.5' } as const;
/** Belongs to no zone. */
export const ROGUE = { host: '127.20.66.66' } as const;

/** What the boiler is called by OPC UA. */
export const BOILER_URL = `opc.tcp://${BOILER.host}:${BOILER.port}/boiler`;
export const BOILER_URI = 'urn:example-works:boiler-1';

/** The sensor hears these addresses and no other traffic of the machine. */
export const PLANT_PREFIX = '127.20.0.0/16';

/** Listeners of the broker. All on loopback. */
export const BROKER = {
  loopback: { host: '127.0.0.1', port: 8080 },
  web: { host: '127.0.0.1', port: 8443 },
  gate: { host: '127.0.0.1', port: 8444 },
  sensors: { host: '127.0.0.1', port: 8445 },
} as const;

export const LISTENERS = [
  { name: 'console and portal', ...BROKER.loopback },
  { name: 'console and portal, TLS', ...BROKER.web },
  { name: 'gate', ...BROKER.gate },
  { name: 'sensor link', ...BROKER.sensors },
  { name: 'plc-12', host: PLC.host, port: PLC.port },
  { name: 'sis-1', host: SAFETY_PLC.host, port: SAFETY_PLC.port },
  { name: 'boiler-1', host: BOILER.host, port: BOILER.port },
] as const;
