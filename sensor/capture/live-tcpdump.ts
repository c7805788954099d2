/** Live capture through `tcpdump -w -`: no native code of ours, and tcpdump alone needs the right to capture. */
import { spawn } from 'node:child_process';
import type { PacketSink } from '#sensor/model/captured-packet.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { captureFailure } from './capture-failure.ts';
import { CaptureReader } from './capture-reader.ts';
import { KERNEL_BUFFER_BYTES, type LiveOptions, SNAPLEN } from './live-options.ts';
import type { CaptureCounters, CaptureEnd, RunningCapture } from './source.ts';

/** How often tcpdump is asked for its counts. */
const TCPDUMP_STATISTICS_MS = 5000;

/** It starts in some 50 ms; opening a slow interface takes longer. */
const START_TIMEOUT_MS = 10_000;

/** After the polite signal it writes what it holds and ends at once. */
const STOP_TIMEOUT_MS = 3000;

/** Kept of what it prints; it prints a line for each question. */
const MAX_STDERR_LENGTH = 4096;

/** Said once the interface is open. */
const LISTENING = /listening on /;

const RECEIVED = /(\d+) packets? received by filter/g;
const DROPPED = /(\d+) packets? dropped by kernel/g;
const INTERFACE_DROPPED = /(\d+) packets? dropped by interface/g;

type Tcpdump = ReturnType<typeof launch>;

/** `note` says why the addon is not used, if it was tried. */
export async function startTcpdumpCapture(
  options: LiveOptions,
  sink: PacketSink,
  note: string | undefined,
): Promise<RunningCapture> {
  const capture = new TcpdumpCapture(launch(options), options, sink, note);
  await capture.started;
  return capture;
}

function launch(options: LiveOptions) {
  // In a group of its own: Ctrl-C in a terminal is for us, and we end it then. If we die, its next write does.
  return spawn('tcpdump', commandLine(options), {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

function commandLine({ interface: name, filter, promiscuous }: LiveOptions): string[] {
  const always = [
    '-i',
    name,
    '-n',
    '-s',
    String(SNAPLEN),
    '-B',
    String(KERNEL_BUFFER_BYTES / 1024),
  ];
  const direct = ['-U', '--immediate-mode', '-w', '-'];
  return [
    ...always,
    ...direct,
    ...(promiscuous ? [] : ['-p']),
    '--',
    ...(filter === '' ? [] : [filter]),
  ];
}

class TcpdumpCapture implements RunningCapture {
  readonly backend = 'tcpdump';
  readonly note: string | undefined;
  readonly ended: Promise<CaptureEnd>;
  /** Resolves once tcpdump listens, rejects if it cannot. */
  readonly started: Promise<void>;
  readonly #child: Tcpdump;
  readonly #reader = new CaptureReader();
  readonly #sink: PacketSink;
  #said = '';
  #delivered = 0;
  #counted = { received: 0, dropped: 0, interfaceDropped: 0 };
  #stopping = false;

  constructor(child: Tcpdump, options: LiveOptions, sink: PacketSink, note: string | undefined) {
    this.#child = child;
    this.#sink = sink;
    this.note = note;
    child.stdout.on('data', (bytes: Buffer) => this.#take(bytes));
    child.stderr.setEncoding('latin1').on('data', (text: string) => this.#hear(text));
    this.started = this.#start(options);
    this.ended = this.#end();
  }

  counters(): CaptureCounters {
    const { received, dropped, interfaceDropped } = this.#counted;
    const delivered = this.#delivered;
    // The kernel's count is up to 5 s old.
    const known = Math.max(received, delivered + dropped);
    return { received: known, dropped, interfaceDropped, delivered };
  }

  async stop(): Promise<CaptureEnd> {
    this.#stopping = true;
    this.#child.kill('SIGINT');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const end = await this.ended;
    clearTimeout(force);
    return end;
  }

  async #start(options: LiveOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const child = this.#child;
    const late = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    const listening = () => {
      if (LISTENING.test(this.#said)) resolve();
    };
    child.stderr.on('data', listening);
    child.once('error', (error) => reject(noTcpdump(error)));
    child.once('close', () =>
      reject(captureFailure(options.interface, options.filter, this.#said)),
    );
    try {
      await promise;
    } finally {
      clearTimeout(late);
      child.stderr.off('data', listening);
    }
    const ask = setInterval(() => child.kill('SIGUSR1'), TCPDUMP_STATISTICS_MS);
    child.once('close', () => clearInterval(ask));
  }

  #end(): Promise<CaptureEnd> {
    const { promise, resolve } = Promise.withResolvers<CaptureEnd>();
    this.#child.once('close', (code, signal) => {
      this.#reader.finish();
      const text = `tcpdump ended (${signal ?? `exit code ${code}`}): ${lastWords(this.#said)}`;
      resolve(this.#stopping ? { kind: 'stopped' } : { kind: 'failed', text });
    });
    this.#child.once('error', (error) => resolve({ kind: 'failed', text: error.message }));
    return promise;
  }

  #take(bytes: Buffer): void {
    const reader = this.#reader;
    for (let at = 0; at < bytes.length; ) {
      at += reader.append(at === 0 ? bytes : bytes.subarray(at));
      while (reader.next()) {
        this.#delivered++;
        this.#sink(reader.packet);
      }
      if (reader.ended) {
        this.#child.kill('SIGINT');
        return;
      }
    }
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-MAX_STDERR_LENGTH);
    const { received, dropped, interfaceDropped } = this.#counted;
    this.#counted = {
      received: lastNumber(this.#said, RECEIVED) ?? received,
      dropped: lastNumber(this.#said, DROPPED) ?? dropped,
      interfaceDropped: lastNumber(this.#said, INTERFACE_DROPPED) ?? interfaceDropped,
    };
  }
}

/** The number in the last match, which is the newest count. */
function lastNumber(text: string, pattern: RegExp): number | undefined {
  const last = [...text.matchAll(pattern)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

/** What it complained of last; its counts and greetings are no complaint. */
function lastWords(said: string): string {
  const complaints = said.split('\n').filter((line) => line.startsWith('tcpdump: '));
  const last = complaints.filter((line) => !/ captured,|listening on /.test(line)).at(-1);
  return last?.slice('tcpdump: '.length) ?? 'it did not say why';
}

function noTcpdump(error: Error): SensorError {
  return new SensorError(
    'capture-unavailable',
    'neither the `pcap` addon nor tcpdump can be used: install one with `apt-get install tcpdump`',
    { cause: error },
  );
}
