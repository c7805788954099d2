/** Looks at the machine itself: runtime, libpcap, right to capture, disk, clock. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Finding } from './check.ts';

/** Bit of CAP_NET_RAW in the capability masks of `/proc/self/status`. capability.h. */
const CAP_NET_RAW = 13n;

/** Below this a recording could be cut short within a day of the example plant. */
const LOW_DISK_BYTES = 2 * 1024 ** 3;

/** Runs a program without a shell; undefined where it does not exist. */
function output(program: string, args: readonly string[]): string | undefined {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: 5_000 });
  return done.error === undefined ? done.stdout : undefined;
}

function findProgram(name: string, path: string): string | undefined {
  return [...path.split(delimiter), '/usr/sbin', '/sbin']
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export function runtime(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 20)
    ? { subject: 'runtime', verdict: 'ok', text: `Node ${version}` }
    : {
        subject: 'runtime',
        verdict: 'missing',
        text: `Node ${version} is older than 24.20`,
        mend: 'deploy/setup',
      };
}

export async function libpcap(path: string): Promise<Finding> {
  const subject = 'libpcap';
  try {
    const { default: pcap } = await import('pcap');
    return { subject, verdict: 'ok', text: pcap.lib_version };
  } catch {
    return findProgram('tcpdump', path) === undefined
      ? {
          subject,
          verdict: 'missing',
          text: 'neither the pcap addon nor tcpdump is here; captures from files still work',
          mend: 'sudo apt-get install -y libpcap-dev make g++ tcpdump && deploy/setup',
        }
      : {
          subject,
          verdict: 'weak',
          text: 'the pcap addon is not built; live capture goes through tcpdump, which costs more CPU',
          mend: 'sudo apt-get install -y libpcap-dev make g++ && deploy/setup',
        };
  }
}

export function rightToCapture(path: string, status: string): Finding {
  const subject = 'capture';
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (effective !== undefined && (BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) {
    return { subject, verdict: 'ok', text: 'this user may capture packets' };
  }
  const tcpdump = findProgram('tcpdump', path);
  if (tcpdump !== undefined && (output('getcap', [tcpdump]) ?? '').includes('cap_net_raw')) {
    return { subject, verdict: 'ok', text: 'tcpdump may capture packets for this user' };
  }
  return {
    subject,
    verdict: 'weak',
    text: 'this user may not capture packets; the demo replays its shipped capture instead',
    mend: `sudo setcap cap_net_raw+ep ${tcpdump ?? '/usr/bin/tcpdump'}`,
  };
}

export function disk(folder: string): Finding {
  const at = existsSync(folder) ? folder : '.';
  const { bavail, bsize } = statfsSync(at);
  const free = bavail * bsize;
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${folder}`;
  return free >= LOW_DISK_BYTES
    ? { subject: 'disk', verdict: 'ok', text }
    : {
        subject: 'disk',
        verdict: 'weak',
        text: `${text}; recordings stop writes when it is full`,
        mend: `du -xh --max-depth=2 ${at} | sort -h | tail`,
      };
}

/** A clock that is wrong makes every window wrong. `nowMs` is Unix time in ms. */
export function clock(nowMs: number, newest: string): Finding {
  const subject = 'clock';
  if (statSync(newest).mtimeMs > nowMs + 60_000) {
    return {
      subject,
      verdict: 'missing',
      text: `the clock says ${new Date(nowMs).toISOString()}, which is before this program was installed`,
      mend: 'sudo timedatectl set-ntp true',
    };
  }
  const synchronised = output('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'])?.trim();
  if (synchronised === 'no') {
    return {
      subject,
      verdict: 'weak',
      text: 'the clock is not synchronised; windows end when this clock says so',
      mend: 'sudo timedatectl set-ntp true',
    };
  }
  const how =
    synchronised === 'yes' ? 'synchronised' : 'whether it is synchronised cannot be told here';
  return { subject, verdict: 'ok', text: `${new Date(nowMs).toISOString()}, ${how}` };
}

/** `/proc/self/status`, or nothing where there is none. */
export function processStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
