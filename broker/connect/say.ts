/** What `lockkeeper connect` tells: sentences for people, or one JSON object a line for programs. */
import type { ControlMessage, DeviceAnswer, SessionAnswer } from '#broker/model/connect.ts';

export type ConnectEvent =
  | { readonly event: 'confirm'; readonly code: string; readonly page: string }
  | {
      readonly event: 'open';
      readonly session: string;
      readonly asset: string;
      readonly address: string;
      readonly allowed: readonly string[];
      readonly notAfter: string;
      readonly graceUntil: string;
    }
  /** This system does not tell whose program connects. */
  | { readonly event: 'unguarded' }
  | { readonly event: 'left'; readonly seconds: number }
  | { readonly event: 'control'; readonly message: ControlMessage }
  | { readonly event: 'link'; readonly up: boolean }
  | { readonly event: 'tool-refused'; readonly because: string }
  | { readonly event: 'over'; readonly because: string };

export type Say = (event: ConnectEvent) => void;

/** An instant in the site's zone, with the zone. */
function at(iso: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return `${format.format(new Date(iso))} ${timeZone}`;
}

function left(seconds: number): string {
  if (seconds >= 120) return `${Math.round(seconds / 60)} minutes`;
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}

type Refusal = Extract<ControlMessage, { kind: 'refused' }>;

/** Says what is allowed once, and counts what a tool tries again and again: at 10, 100, 1000 times. */
function refusalTeller(): (refusal: Refusal) => string | undefined {
  let last = '';
  let times = 0;
  let isFirst = true;
  return ({ asked, because, answered, allowed }) => {
    const what = `refused: ${asked}\n  because ${because}; your tool got ${answered}`;
    times = what === last ? times + 1 : 1;
    last = what;
    if (times > 1) {
      return Number.isInteger(Math.log10(times)) ? `  the same, ${times} times now` : undefined;
    }
    if (!isFirst) return what;
    isFirst = false;
    return `${what}\n  allowed is: ${allowed.join('; ')}`;
  };
}

type Status = Extract<ControlMessage, { kind: 'status' }>;

/** Says of each status what is new in it: it comes with every connection to the gate, too. */
function statusTeller() {
  let state: Status['state'] = 'active';
  let known = '';
  /** Whether what is allowed is other than what was said last. */
  const isNews = (allowed: readonly string[]): boolean => {
    const before = known;
    known = JSON.stringify(allowed);
    return before !== '' && known !== before;
  };
  return {
    opened: (allowed: readonly string[]): void => void isNews(allowed),
    status(status: Status, timeZone: string): string | undefined {
      const { allowed, graceUntil } = status;
      const isGrace = status.state === 'grace' && state !== 'grace';
      state = status.state;
      const lines = [
        ...(isGrace ? [`writes have stopped; reads go on until ${at(graceUntil, timeZone)}`] : []),
        ...(isNews(allowed) ? [allowedInWords(allowed)] : []),
      ];
      return lines.length === 0 ? undefined : lines.join('\n');
    },
  };
}

const allowedInWords = (allowed: readonly string[]): string =>
  allowed.length === 0
    ? 'the policy changed; from now on nothing is allowed'
    : ['the policy changed; from now on:', ...allowed.map((each) => `  you may ${each}`)].join(
        '\n',
      );

interface Tellers {
  readonly refused: (refusal: Refusal) => string | undefined;
  readonly status: ReturnType<typeof statusTeller>;
}

function controlInWords(
  message: ControlMessage,
  timeZone: string,
  tellers: Tellers,
): string | undefined {
  switch (message.kind) {
    case 'refused':
      return tellers.refused(message);
    case 'notice':
      return message.text;
    case 'status':
      return tellers.status.status(message, timeZone);
    case 'renewed':
    case 'ended':
      return undefined;
    default:
      return message satisfies never;
  }
}

function inWords(event: ConnectEvent, timeZone: string, tellers: Tellers): string | undefined {
  switch (event.event) {
    case 'confirm':
      return `Open ${event.page}\nand confirm the code ${event.code}`;
    case 'open':
      tellers.status.opened(event.allowed);
      return [
        `Connected to ${event.asset}. Point your tool at ${event.address}`,
        ...event.allowed.map((sentence) => `  you may ${sentence}`),
        `Writes stop at ${at(event.notAfter, timeZone)}.`,
        event.graceUntil === event.notAfter
          ? 'Then the session closes.'
          : `Reads go on until ${at(event.graceUntil, timeZone)}.`,
        'Everything is recorded. Ctrl-C ends the session.',
      ].join('\n');
    case 'unguarded':
      return 'Beware: this system does not tell whose program connects, so every user of this machine can use the port.';
    case 'left':
      return `${left(event.seconds)} until writes stop`;
    case 'control':
      return controlInWords(event.message, timeZone, tellers);
    case 'link':
      return event.up ? undefined : 'the network is gone; trying again';
    case 'tool-refused':
      return event.because;
    case 'over':
      return `The session is over: ${event.because}.`;
    default:
      return event satisfies never;
  }
}

/** `zone` gives the site's time zone once it is known; before that, UTC. */
export function sayInWords(write: (text: string) => void, zone: () => string): Say {
  const tellers: Tellers = { refused: refusalTeller(), status: statusTeller() };
  return (event) => {
    const words = inWords(event, zone(), tellers);
    if (words !== undefined) write(`${words}\n`);
  };
}

export function sayInJson(write: (text: string) => void): Say {
  return (event) => write(`${JSON.stringify(event)}\n`);
}

export function confirmEvent(broker: string, device: DeviceAnswer): ConnectEvent {
  return { event: 'confirm', code: device.userCode, page: new URL(device.path, broker).href };
}

export function openEvent(answer: SessionAnswer, address: string): ConnectEvent {
  const { session, asset, allowed, notAfter, graceUntil } = answer;
  return {
    event: 'open',
    session,
    asset: `${asset.name} (${asset.id})`,
    address,
    allowed,
    notAfter,
    graceUntil,
  };
}
