/** Live capture through libpcap, by the optional npm package `pcap`. */
import { createCapturedPacket, type PacketSink } from '#sensor/model/captured-packet.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { micros } from '#sensor/model/time.ts';
import { captureFailure } from './capture-failure.ts';
import { KERNEL_BUFFER_BYTES, type LiveOptions, SNAPLEN } from './live-options.ts';
import type { CaptureCounters, CaptureEnd, RunningCapture } from './source.ts';

type Addon = typeof import('pcap');
type Session = InstanceType<Addon['PcapSession']>;

/** How long libpcap may collect packets before it shows them. Its default, 1 s, would delay every alert. */
const BUFFER_TIMEOUT_MS = 10;

/** How often to look whether the interface is still there. */
const WATCHDOG_MS = 1000;

/** A packet may come just before a look, but not so many times in a row. */
const DEAF_LOOKS = 3;

/** On any network that is worth watching a packet comes within this time. */
const CLOSE_WAIT_MS = 100;

/** A capture file without packets. */
const EMPTY_CAPTURE = `${import.meta.dirname}/empty.pcap`;

/** What `dispatch` gives besides a count. */
const FAILED = -1;
const CLOSED = -2;

/** The package tells some link types by name; numbers of tcpdump.org/linktypes.html. */
const LINK_TYPES: ReadonlyMap<string, number> = new Map([
  ['LINKTYPE_NULL', 0],
  ['LINKTYPE_ETHERNET', 1],
  ['LINKTYPE_RAW', 101],
  ['LINKTYPE_LINUX_SLL', 113],
  ['LINKTYPE_IEEE802_11_RADIO', 127],
]);

/** The others it tells by their number in libpcap, which is the same for all that the sensor reads. */
const UNNAMED = /^Unknown linktype (\d+)$/;

/** No link type has this number: the packets are counted as not read. */
const UNKNOWN_LINK_TYPE = 0xffff;

const linkTypeOf = (said: string): number =>
  LINK_TYPES.get(said) ?? Number(UNNAMED.exec(said)?.[1] ?? UNKNOWN_LINK_TYPE);

/**
 * Every session of this process. The package leaves its poll handle in the event loop when it is closed,
 * within the memory of the session: once that were collected as garbage, the loop would walk into it
 * and the process abort. A sensor has one.
 */
const UNDYING: Session[] = [];

/** Rejects with `capture-unavailable` where the addon cannot be loaded. */
export async function startAddonCapture(
  options: LiveOptions,
  sink: PacketSink,
): Promise<RunningCapture> {
  const addon = await load();
  // It would print that a mirror port has no address, as it should be.
  addon.warningHandler = () => undefined;
  return new AddonCapture(addon, options, sink);
}

async function load(): Promise<Addon> {
  const { default: addon } = await import('pcap').catch((cause: unknown) =>
    Promise.reject(noAddon(cause)),
  );
  return addon;
}

function noAddon(cause: unknown): SensorError {
  return new SensorError('capture-unavailable', 'the `pcap` addon cannot be loaded', { cause });
}

class AddonCapture implements RunningCapture {
  readonly backend = 'pcap';
  readonly note = undefined;
  readonly ended: Promise<CaptureEnd>;
  readonly #session: Session;
  readonly #resolve: (end: CaptureEnd) => void;
  readonly #interface: string;
  readonly #watchdog: NodeJS.Timeout;
  /** The event loop called since the watchdog looked last. */
  #called = true;
  /** How often in a row the watchdog found packets of which the event loop knew nothing. */
  #deaf = 0;
  #delivered = 0;
  #received = 0;
  #dropped = 0;
  #interfaceDropped = 0;
  /** `closing`: no packet is delivered any more. `closed`: the native part is freed. */
  #state: 'open' | 'closing' | 'closed' = 'open';
  #end: CaptureEnd = { kind: 'stopped' };

  constructor(addon: Addon, options: LiveOptions, sink: PacketSink) {
    const { promise, resolve } = Promise.withResolvers<CaptureEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#session = openSession(addon, options, (session) => this.#deliverer(session, sink));
    UNDYING.push(this.#session);
    this.#interface = options.interface;
    this.#session.session.read_callback = () => this.#ready();
    this.#watchdog = setInterval(() => this.#look(), WATCHDOG_MS);
  }

  counters(): CaptureCounters {
    if (this.#state === 'open') this.#count();
    return {
      received: this.#received,
      dropped: this.#dropped,
      interfaceDropped: this.#interfaceDropped,
      delivered: this.#delivered,
    };
  }

  async stop(): Promise<CaptureEnd> {
    // Not from within a packet's own call, which stands on the addon's stack.
    await new Promise(setImmediate);
    this.#close({ kind: 'stopped' });
    return this.ended;
  }

  /** Takes the packet that the session holds. */
  #deliverer(session: Session, sink: PacketSink): () => void {
    const packet = createCapturedPacket(session.buf);
    packet.linkType = linkTypeOf(session.link_type);
    const { header } = session;
    const head = new DataView(header.buffer, header.byteOffset, header.byteLength);
    return () => {
      packet.at = micros(head.getUint32(0, true) * 1_000_000 + head.getUint32(4, true));
      packet.capturedLength = Math.min(head.getUint32(8, true), SNAPLEN);
      packet.originalLength = head.getUint32(12, true);
      if (this.#state !== 'open') return;
      packet.number = ++this.#delivered;
      sink(packet);
    };
  }

  /** Called by the event loop when there is something to read. */
  #ready(): void {
    if (this.#state === 'closed') return;
    this.#called = true;
    const result = this.#dispatch();
    if (result === CLOSED) this.#finish();
    if (result === FAILED) this.#fail();
  }

  /**
   * After an error the event loop no longer watches the interface and says nothing. So look from time
   * to time whether the interface is still there, and whether packets come unannounced.
   */
  #look(): void {
    if (this.#state !== 'open') return;
    const before = this.#delivered;
    if (this.#dispatch() === FAILED) this.#fail();
    this.#deaf = !this.#called && this.#delivered > before ? this.#deaf + 1 : 0;
    this.#called = false;
    if (this.#deaf >= DEAF_LOOKS) this.#fail();
  }

  #fail(): void {
    const text = `interface \`${this.#interface}\` went down or vanished; \`ip link\` shows its state`;
    setImmediate(() => this.#close({ kind: 'failed', text }));
  }

  #close(end: CaptureEnd): void {
    if (this.#state !== 'open') return;
    clearInterval(this.#watchdog);
    this.#dispatch();
    this.#count();
    this.#state = 'closing';
    this.#end = end;
    this.#session.close();
    setTimeout(() => this.#closeQuiet(), CLOSE_WAIT_MS);
  }

  /**
   * libpcap notices the close with the next packet. Where none comes, the session is made to read an
   * empty file, which notices at once; the handle of the interface then stays until the process ends.
   */
  #closeQuiet(): void {
    if (this.#state === 'closed') return;
    const nothing = (): void => undefined;
    const { session: native } = this.#session;
    native.open_offline(EMPTY_CAPTURE, '', 0, 0, '', nothing, false, 0, nothing, false);
    this.#session.close();
    this.#dispatch();
    this.#finish();
  }

  #finish(): void {
    this.#state = 'closed';
    this.#resolve(this.#end);
  }

  #dispatch(): number {
    const { session: native, buf, header } = this.#session;
    return native.dispatch(buf, header);
  }

  /** libpcap counts in 32 bits, which wrap. */
  #count(): void {
    const { ps_recv, ps_drop, ps_ifdrop } = this.#session.stats();
    this.#received += (ps_recv - this.#received) >>> 0;
    this.#dropped += (ps_drop - this.#dropped) >>> 0;
    this.#interfaceDropped += (ps_ifdrop - this.#interfaceDropped) >>> 0;
  }
}

/**
 * The package makes an object and emits an event for each packet; overriding its own handler leaves
 * both out. `deliverer` is called once, when the session is open, for what to do with each packet.
 */
function openSession(
  addon: Addon,
  options: LiveOptions,
  deliverer: (session: Session) => () => void,
): Session {
  let deliver: (() => void) | undefined;
  class Direct extends addon.PcapSession {
    override on_packet_ready(): void {
      deliver ??= deliverer(this);
      deliver();
    }
  }
  const { interface: name, filter, promiscuous } = options;
  try {
    return new Direct(
      true,
      name,
      filter,
      KERNEL_BUFFER_BYTES,
      SNAPLEN,
      null,
      false,
      BUFFER_TIMEOUT_MS,
      promiscuous,
    );
  } catch (error) {
    throw captureFailure(name, filter, error instanceof Error ? error.message : String(error));
  }
}
