/**
 * A router between zones in a network namespace, and one that sends and hears for all hosts of them: packets are put on the
 * wire as they are, so thousands of hosts need no address.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pcapFile } from '../support/packets.ts';

/** Name of a zone's link, and the prefixes that lie behind it. */
export interface Leg {
  readonly name: string;
  readonly prefixes: readonly string[];
}

const run = (command: string, args: readonly string[], input?: string): string =>
  execFileSync(command, [...args], {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
  });

const works = (command: string, args: readonly string[]): boolean => {
  try {
    run(command, args);
    return true;
  } catch {
    return false;
  }
};

/** Whether this machine lets us make namespaces and load rules into them. */
export const hasFirewall =
  works('unshare', ['-n', 'nft', 'list', 'ruleset']) &&
  works('tcpreplay', ['--version']) &&
  works('tcpdump', ['--version']);

export class Router {
  readonly #router = `lk-router-${process.pid}`;
  readonly #hosts = `lk-hosts-${process.pid}`;
  readonly #folder = mkdtempSync(join(tmpdir(), 'lk-firewall-'));
  readonly #legs: readonly Leg[];

  constructor(legs: readonly Leg[]) {
    this.#legs = legs;
    for (const name of [this.#router, this.#hosts]) run('ip', ['netns', 'add', name]);
    for (const { name, prefixes } of legs) {
      run('ip', [
        'link',
        'add',
        name,
        'netns',
        this.#router,
        'type',
        'veth',
        'peer',
        'name',
        name,
        'netns',
        this.#hosts,
      ]);
      // Nobody answers ARP here, and nobody has to.
      run('ip', ['-n', this.#router, 'link', 'set', name, 'arp', 'off', 'up']);
      run('ip', ['-n', this.#hosts, 'link', 'set', name, 'arp', 'off', 'up']);
      for (const prefix of prefixes) {
        run('ip', ['-n', this.#router, 'route', 'add', prefix, 'dev', name]);
      }
    }
    this.inRouter('sysctl', [
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
      'net.ipv4.conf.all.rp_filter=0',
      // The probes have no checksums.
      'net.netfilter.nf_conntrack_checksum=0',
      ...legs.map(({ name }) => `net.ipv4.conf.${name}.rp_filter=0`),
    ]);
  }

  inRouter(command: string, args: readonly string[], input?: string): string {
    return run('ip', ['netns', 'exec', this.#router, command, ...args], input);
  }

  /** Loads a ruleset; throws what `nft` says against it. */
  load(rules: string): void {
    this.inRouter('nft', ['-f', '-'], rules);
  }

  /** The hardware address by which the router takes what comes from a leg. */
  #macOf(leg: string): Buffer {
    const text = run('ip', ['netns', 'exec', this.#router, 'cat', `/sys/class/net/${leg}/address`]);
    return Buffer.from(text.trim().replaceAll(':', ''), 'hex');
  }

  /** Sends frames from a leg each, and gives those that came out at each leg. */
  async send(
    frames: ReadonlyMap<string, readonly Buffer[]>,
  ): Promise<ReadonlyMap<string, readonly Buffer[]>> {
    const ears: { readonly child: ChildProcess; readonly leg: string; readonly file: string }[] =
      [];
    for (const { name } of this.#legs) {
      const file = join(this.#folder, `${name}.pcap`);
      const args = [
        'netns',
        'exec',
        this.#hosts,
        'tcpdump',
        '-Z',
        'root',
        '-i',
        name,
        '-Q',
        'in',
        '--immediate-mode',
        '-U',
        '-B',
        '8192',
        '-s',
        '128',
        '-w',
        file,
        'ip or ip6',
      ];
      const child = spawn('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
      await once(child.stderr, 'data');
      ears.push({ child, leg: name, file });
    }
    for (const [leg, sent] of frames) {
      const mac = this.#macOf(leg);
      const addressed = sent.map((frame) => Buffer.concat([mac, frame.subarray(6)]));
      const file = join(this.#folder, `${leg}-sent.pcap`);
      writeFileSync(file, pcapFile(addressed));
      run('ip', [
        'netns',
        'exec',
        this.#hosts,
        'tcpreplay',
        '-q',
        '-i',
        leg,
        '--pps',
        '5000',
        file,
      ]);
    }
    // What is on its way arrives within it, and more than once over.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const heard = new Map<string, readonly Buffer[]>();
    for (const { child, leg, file } of ears) {
      child.kill('SIGINT');
      await once(child, 'close');
      heard.set(leg, framesIn(readFileSync(file)));
    }
    return heard;
  }

  end(): void {
    for (const name of [this.#router, this.#hosts]) works('ip', ['netns', 'del', name]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Of a classic capture as tcpdump writes it on this machine. */
function framesIn(capture: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 24; at + 16 <= capture.length; ) {
    const length = capture.readUInt32LE(at + 8);
    frames.push(capture.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return frames;
}

/** A router drops an IPv4 packet whose header has no checksum. RFC 791, 3.1. */
export function withChecksum(frame: Buffer): Buffer {
  if (frame.readUInt16BE(12) !== 0x0800) return frame;
  const summed = Buffer.from(frame);
  summed.writeUInt16BE(0, 24);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += summed.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  summed.writeUInt16BE(~sum & 0xffff, 24);
  return summed;
}
