import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCaptureFile } from '#sensor/capture/file.ts';
import { captureFiles, haveSharedCaptures, SHARED_CAPTURES } from '../../support/captures.ts';
import { Ear } from '../../support/inventory.ts';

/** What each capture of another protocol is recognised as, in whatever conversation: `protocol by`. */
function recognised(path: string): readonly string[] {
  const ear = new Ear();
  readCaptureFile(path, (packet) => ear.take(packet));
  for (const host of ear.hosts().values()) {
    expect(host.lastSeen).toBeGreaterThanOrEqual(host.firstSeen);
  }
  const { conversations, recognition } = ear.inventory;
  const found = new Set<string>();
  for (const entry of conversations.entries()) {
    const isTcp = conversations.transport(entry) === 6;
    const protocol = recognition.protocol(entry, isTcp);
    if (protocol !== undefined) found.add(`${protocol} ${recognition.by(entry)}`);
  }
  return [...found].sort();
}

/** Beside its own protocol each has what Windows and resolvers say by themselves. */
const OWN: readonly (readonly [string, readonly string[]])[] = [
  ['cisagov+icsnpp-bacnet', ['bacnet content']],
  ['cisagov+icsnpp-dnp3', ['dnp3 content']],
  ['cisagov+icsnpp-enip', ['cip-io content', 'enip content']],
  ['cisagov+icsnpp-genisys', ['genisys content']],
  ['cisagov+icsnpp-hart-ip', ['hart-ip content']],
  ['cisagov+icsnpp-profinet-io-cm', ['profinet-cm content']],
  ['cisagov+icsnpp-roc-plus', ['roc-plus content']],
  ['cisagov+icsnpp-s7comm', ['s7comm content']],
  ['parsitects+icsnpp-c1222', ['c1222 content']],
  ['piercema+icsnpp-omron-fins', ['omron-fins content']],
];

/** Of an office network, and of the pieces of HART-IP that one capture has one side of. */
const BESIDE: ReadonlySet<string> = new Set([
  'dhcpv6 port',
  'hart-ip port',
  'llmnr port',
  'netbios-ns content',
  'omron-fins port',
  'smb content',
]);

describe.runIf(haveSharedCaptures())('protocols by their content', () => {
  test.for(OWN)('%s', ([folder, own]) => {
    const all = captureFiles(join(SHARED_CAPTURES, folder)).map(recognised);
    const found = new Set(all.flat());
    expect(own.filter((each) => !found.has(each))).toEqual([]);
    expect([...found].filter((each) => !own.includes(each) && !BESIDE.has(each))).toEqual([]);
    // Each file of the folder has something of its own protocol, with a port alone in one of them.
    const [name = ''] = own.at(-1)?.split(' ') ?? [];
    expect(all.every((each) => each.some((one) => one.startsWith(name)))).toBe(true);
  });

  test.for([
    'cisagov+icsnpp-modbus',
    'digitalbond+Quickdraw-Snort',
    'cisagov+icsnpp-opcua-binary',
    '_peers',
  ])('%s: Modbus and OPC UA are nothing else', (folder) => {
    const found = new Set(captureFiles(join(SHARED_CAPTURES, folder)).flatMap(recognised));
    // Two of these asked a resolver.
    found.delete('dns content');
    expect([...found]).toEqual([]);
  });

  test('the captures of tcpdump, of which most are other protocols or broken', () => {
    const files = captureFiles(join(SHARED_CAPTURES, 'the-tcpdump-group+tcpdump'));
    const found = new Map<string, number>();
    for (const protocol of files.flatMap(recognised)) {
      found.set(protocol, (found.get(protocol) ?? 0) + 1);
    }
    expect(Object.fromEntries(found)).toEqual({
      'dhcp content': 2,
      'dhcpv6 port': 6,
      'dns content': 13,
      'http content': 4,
      'netbios-ns content': 1,
      'ntp port': 2,
      'ssh content': 2,
      'telnet port': 1,
      'tftp content': 1,
    });
  });
});
