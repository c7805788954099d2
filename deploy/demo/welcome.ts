/** What the demo says once it is ready. */
import type { DemoFiles, Hearing } from './files.ts';
import { BOILER, BROKER, GATE, HISTORIAN, HMI, LAPTOP, PLC, ROGUE, SAFETY_PLC } from './plan.ts';

/** The first thing to try: an attack that this sensor can hear. */
const FIRST_TRY: Readonly<Record<Hearing, string>> = {
  live: `./lockkeeper demo attack rogue-write
     A host of no zone writes a setpoint. Sign in to the console as anna and work the alert.`,
  replay: `Sign in to the console as anna. Within a minute the replayed capture shows a host of no zone writing
     setpoints of the press and of the boiler; work the alerts. (An attack of now would not be heard.)`,
};

/** `mayCapture`: a replay is then what was asked for, not what is left. */
export function welcome(
  files: DemoFiles,
  hearing: Hearing,
  mayCapture: boolean,
  seconds: number,
): string {
  const { port } = BROKER.loopback;
  const ear =
    hearing === 'live'
      ? 'the sensor listens on the loopback interface'
      : mayCapture
        ? 'the sensor replays its shipped capture, as you asked'
        : 'the sensor replays its shipped capture (no right to capture here; lockkeeper doctor says how to get it)';
  return `
The example plant runs (ready in ${seconds.toFixed(1)} s); ${ear}.

  console  http://console.localhost:${port}/console/   anna (analyst), otto (operator, approver), petra (approver), susi (supply chain), audra (auditor)
  portal   http://portal.localhost:${port}/portal/     vera (vendor engineer of Acme)

  Modbus   plc-12 ${PLC.host}:${PLC.port}   sis-1 ${SAFETY_PLC.host}:${SAFETY_PLC.port}
  OPC UA   boiler-1 ${BOILER.host}:${BOILER.port}
  others   hmi-1 ${HMI.host}   historian-1 ${HISTORIAN.host}   gate ${GATE.host}   laptop ${LAPTOP.host}   rogue ${ROGUE.host}

Four things to try:
  1. ${FIRST_TRY[hearing]}
  2. Sign in to the portal as vera and ask for access to plc-12; approve it in the console as otto and as petra;
     paste the command that the portal shows; then let any Modbus tool talk to the port it opens.
  3. Sign in to the console as susi and upload two packages of Acme's, as it signed one and as somebody changed the other:
     ${files.firmware.good}
     ${files.firmware.tampered}
  4. ./lockkeeper audit verify ${files.auditFolder} --key ${files.auditKey} \\
       --checkpoint ${files.checkpoint} --recordings ${files.recordings}
     Shows that the record of all that is whole. (On a real site the key and the checkpoint lie elsewhere.)

The plant policy is ${files.policy}; edit it, and sam and sina (security) put it into force in the console.
Ctrl-C stops everything; nothing is lost.
`;
}
