import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCapture } from '../../support/captures.ts';
import { LINKS, LINUX_AND_WINDOWS, type Link, RAW_IPV4, RAW_IPV6 } from '../../support/links.ts';
import { pcapFile } from '../../support/packets.ts';
import { PcapngBuilder } from '../../support/pcapng.ts';
import {
  exchangesOf,
  messagesOf,
  overSix,
  peerFrames,
  saidBy,
  withOtherPort,
} from '../../support/peer-frames.ts';
import { haveTshark, tsharkModbus } from '../../support/tshark.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-links-'));
afterAll(() => rmSync(folder, { recursive: true }));

const frames = peerFrames();

function written(name: string, link: Link, carried: readonly Buffer[]): string {
  const path = join(folder, `${name}-${link.name.replaceAll(/\W+/g, '-')}.pcap`);
  writeFileSync(path, pcapFile(carried.map(link.wrap), { linkType: link.linkType }));
  return path;
}

const tshark = haveTshark();

describe.each([
  ['IPv4', frames, [...LINKS, RAW_IPV4]],
  ['IPv6', frames.map(overSix), [...LINKS, RAW_IPV6]],
] as const)('%s over', (version, carried, links) => {
  const plain: Link = { name: 'Ethernet', linkType: 1, macs: true, wrap: (frame) => frame };
  let base: ReturnType<typeof saidBy> = [];

  beforeAll(() => {
    base = saidBy(readCapture(written(version, plain, carried)).events);
    expect(base.length).toBeGreaterThan(20);
  });

  test.for([...links, ...LINUX_AND_WINDOWS])('$name gives the same exchanges', (link) => {
    const { events, counters } = readCapture(written(version, link, carried));
    expect(saidBy(events)).toEqual(base);
    expect(counters.wire.kinds).toMatchObject({ tcp: frames.length, unread: 0, 'link-other': 0 });
  });

  test.for(links)('$name tells the MAC addresses that it carries', (link) => {
    const [first] = exchangesOf(readCapture(written(version, link, carried)).events);
    const macs = [first?.client.mac, first?.server.mac];
    // Of cooked captures each direction tells one.
    const known = ['02-00-5E-10-00-07', '02-00-5E-10-00-0A'];
    expect(macs).toEqual(link.macs ? known : [undefined, undefined]);
  });

  test.runIf(tshark)('all in one file are read by tshark to the same messages', () => {
    const file = new PcapngBuilder().section();
    for (const { linkType } of links) file.interface({ linkType });
    for (const [index, { wrap }] of links.entries()) {
      // Each with connections of its own, one after the other.
      for (const [i, frame] of carried.entries()) {
        const units = BigInt((index * carried.length + i + 1) * 1000);
        file.packet(wrap(withOtherPort(frame, index << 8)), { index, units });
      }
    }
    const path = join(folder, `${version}.pcapng`);
    writeFileSync(path, file.bytes());
    const theirs = tsharkModbus(path);
    expect(theirs.length).toBeGreaterThan(20 * links.length);
    expect(messagesOf(readCapture(path).events)).toEqual(theirs);
  });
});
