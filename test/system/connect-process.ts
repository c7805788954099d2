/** `lockkeeper connect` as a process, and what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { ConnectEvent } from '#broker/connect/say.ts';
import type { Person } from './person.ts';
import { MAIN, until } from './site.ts';

type Named<Name extends ConnectEvent['event']> = Extract<ConnectEvent, { event: Name }>;

export class ConnectProcess {
  readonly events: ConnectEvent[] = [];
  errors = '';
  readonly #child: ChildProcess;
  #rest = '';

  /** `line` is the connect line of the portal, as a vendor pastes it. */
  constructor(line: string) {
    const [, ...args] = line.split(' ');
    this.#child = spawn(process.execPath, [MAIN, ...args, '--json', '--listen', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.events.push(...lines.map((line) => JSON.parse(line) as ConnectEvent));
  }

  /** The first event of this name; throws with what was said on stderr. */
  heard<Name extends ConnectEvent['event']>(name: Name, withinMs = 20_000): Promise<Named<Name>> {
    return until(`connect says \`${name}\`; ${this.errors}`, withinMs, () =>
      this.events.find((event): event is Named<Name> => event.event === name),
    );
  }

  /** Confirms the short code as `person` would in the portal, and gives where the tool may connect. */
  async open(person: Person): Promise<{ readonly host: string; readonly port: number }> {
    const { code } = await this.heard('confirm');
    await person.post(`/api/connect/${code}/confirm`);
    const { address } = await this.heard('open');
    const [host = '', port] = address.split(':');
    return { host, port: Number(port) };
  }

  /** What the gate refused so far, in words. */
  refusals(): readonly string[] {
    return this.events.flatMap((event) =>
      event.event === 'control' && event.message.kind === 'refused' ? [event.message.asked] : [],
    );
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGINT');
    await until('connect ends', 10_000, () => this.#child.exitCode ?? undefined);
  }
}
