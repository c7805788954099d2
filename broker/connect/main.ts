/** `lockkeeper connect GRANT`: the vendor's side of a granted session, from the short code to the end. */
import type { Socket } from 'node:net';
import WebSocket from 'ws';
import type { ControlMessage } from '#broker/model/connect.ts';
import { callsTo } from './broker-calls.ts';
import { ConnectError } from './connect-error.ts';
import { ControlLink } from './control-link.ts';
import { openLoopbackPort } from './loopback-port.ts';
import { type ConnectOptions, readOptions, USAGE } from './options.ts';
import { isOwnUser, tellsUsers } from './peer-user.ts';
import { pinnedAuthority } from './pinned-broker.ts';
import { confirmEvent, openEvent, type Say, sayInJson, sayInWords } from './say.ts';
import { type OpenedSession, openSession } from './sign-in.ts';
import { carry, type OpenSocket } from './tunnel.ts';

/** Seconds before the end of writes at which the vendor is told. */
const TOLD_AT = [900, 300, 60, 10];
const HANDSHAKE_WITHIN_MS = 10_000;

/** Opens WebSockets to the gate with the certificate of the moment. */
function gateSockets({ answer, privateKey }: OpenedSession) {
  let credentials = { cert: answer.certificate, key: privateKey };
  const { gate, authority } = answer;
  const host = gate.host.includes(':') ? `[${gate.host}]` : gate.host;
  const open: OpenSocket = (path, maxPayload) =>
    new WebSocket(`wss://${host}:${gate.port}${path}`, {
      ...credentials,
      ca: authority,
      minVersion: 'TLSv1.3',
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_WITHIN_MS,
      maxPayload,
    });
  return {
    open,
    renew: (cert: string, key: string) => {
      credentials = { cert, key };
    },
  };
}

/** Tells how long is left, at each of TOLD_AT, by the clock of the gate. */
function countDown(say: Say) {
  let timers: readonly NodeJS.Timeout[] = [];
  const stop = (): void => {
    for (const timer of timers) clearTimeout(timer);
  };
  return {
    stop,
    /** Begins anew: the gate has told the time. */
    from({ now, notAfter }: Extract<ControlMessage, { kind: 'status' }>): void {
      stop();
      const left = Date.parse(notAfter) - Date.parse(now);
      timers = TOLD_AT.filter((seconds) => seconds * 1000 < left).map((seconds) =>
        setTimeout(() => say({ event: 'left', seconds }), left - seconds * 1000),
      );
    },
  };
}

/** Refuses the connection of another user of this machine. */
function admit(socket: Socket, say: Say): boolean {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  const user = process.getuid?.();
  if (user === undefined || remoteAddress === undefined || remotePort === undefined) return true;
  if (localAddress === undefined || localPort === undefined) return true;
  if (isOwnUser({ remoteAddress, remotePort, localAddress, localPort }, user)) return true;
  say({
    event: 'tool-refused',
    because: 'a program of another user of this machine tried to use the session; it was refused',
  });
  socket.destroy();
  return false;
}

/** Serves the session until it is over; gives the reason. */
async function serve(
  options: ConnectOptions,
  opened: OpenedSession,
  say: Say,
  stop: AbortSignal,
): Promise<string> {
  const { answer } = opened;
  const sockets = gateSockets(opened);
  const port = await openLoopbackPort(options.listen, answer.asset.port, (tool) => {
    if (!admit(tool, say)) return;
    carry(tool, sockets.open, (why) =>
      say({ event: 'tool-refused', because: `your tool could not be connected: ${why}` }),
    );
  });
  say(openEvent(answer, port.address));
  if (!tellsUsers()) say({ event: 'unguarded' });
  const counting = countDown(say);
  const { promise: over, resolve } = Promise.withResolvers<string>();
  let up = true;
  const control = new ControlLink({
    open: sockets.open,
    certificateUntil: answer.certificateUntil,
    hear: (message) => {
      if (message.kind === 'status') counting.from(message);
      say({ event: 'control', message });
    },
    renewed: sockets.renew,
    link: (isUp) => {
      if (isUp !== up) say({ event: 'link', up: isUp });
      up = isUp;
    },
    over: resolve,
  });
  const end = (): void => control.end();
  stop.addEventListener('abort', end);
  const why = await over;
  stop.removeEventListener('abort', end);
  counting.stop();
  port.close();
  return why;
}

export async function main(args: readonly string[]): Promise<number> {
  const read = readOptions(args);
  if (read.kind === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (read.kind === 'wrong') {
    process.stderr.write(`lockkeeper connect: ${read.why}\n${USAGE}`);
    return 2;
  }
  const { options } = read;
  const write = (text: string): void => void process.stdout.write(text);
  let timeZone = 'UTC';
  const say = options.json ? sayInJson(write) : sayInWords(write, () => timeZone);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  try {
    const authority = await pinnedAuthority(options.broker, options.pin);
    const calls = callsTo(options.broker, authority);
    const opened = await openSession({
      calls,
      grant: options.grant,
      show: (device) => say(confirmEvent(options.broker, device)),
      stop: stop.signal,
    });
    calls.close();
    timeZone = opened.answer.timeZone;
    say({ event: 'over', because: await serve(options, opened, say, stop.signal) });
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    if (!(error instanceof ConnectError)) throw error;
    process.stderr.write(`lockkeeper connect: ${error.message}\n`);
    return 1;
  }
}
