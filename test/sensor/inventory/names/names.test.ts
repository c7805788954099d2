import { describe, expect, test } from 'vitest';
import { MAX_NAMES, NameBook } from '#sensor/inventory/names/name-book.ts';
import { micros } from '#sensor/model/time.ts';
import { arpFrame, between, CLIENT, Ear, hex, SERVER } from '../../../support/inventory.ts';
import { ethernetHeader, udpFrame } from '../../../support/packets.ts';

const [MAC, OTHER] = ['00-00-5E-00-53-01', '00-00-5E-00-53-02'] as const;
const GROUP = '01-80-C2-00-00-0E';

const zeros = (count: number): string => '00'.repeat(count);

const answer = (payload: Buffer, sourcePort = 53, from = SERVER): Buffer =>
  udpFrame({ from, to: CLIENT, sourcePort, destinationPort: 50_000, payload });

/** Both hosts spoke, so that names have somebody to be of. */
const awake = (): Ear =>
  new Ear().hear(arpFrame(2, MAC, SERVER, CLIENT), arpFrame(1, OTHER, CLIENT, SERVER));

const said = (ear: Ear, ip: string) =>
  ear.host(ip).names.map(({ source, name }) => `${source} ${name}`);

const A_RECORD = (name: string) =>
  hex(`1234 8180 0001 0001 0000 0000 ${name} 0001 0001 c00c 0001 0001 0000003c 0004 0a00000a`);
const PLC_LAN = '03 706c63 03 6c616e 00';

describe('DNS', () => {
  test('an answer names an address of the plant', () => {
    expect(said(awake().hear(answer(A_RECORD(PLC_LAN))), SERVER)).toEqual(['dns plc.lan']);
  });

  test('a reverse answer names it too', () => {
    const reverse = '02 3130 01 30 01 30 02 3130 07 696e2d61646472 04 61727061 00';
    const payload = hex(
      `1234 8180 0001 0001 0000 0000 ${reverse} 000c 0001 c00c 000c 0001 0000003c 0009 ${PLC_LAN}`,
    );
    expect(said(awake().hear(answer(payload)), SERVER)).toEqual(['dns plc.lan']);
  });

  test('names of the rest of the world take no room', () => {
    const payload = hex(
      `1234 8180 0001 0001 0000 0000 ${PLC_LAN} 0001 0001 c00c 0001 0001 0000003c 0004 08080404`,
    );
    expect(awake().hear(answer(payload)).inventory.names.names('8.8.4.4')).toEqual([]);
  });

  test.for([
    ['a pointer to itself', 'c00c'],
    ['two that point at each other', 'c00e c00c'],
    ['a pointer forward', 'c040'],
    ['a label that is cut', '3f 61'],
  ])('%s is no name', ([, name]) => {
    const payload = hex(`1234 8180 0000 0001 0000 0000 ${name} 0001 0001 0000003c 0004 0a00000a`);
    expect(said(awake().hear(answer(payload)), SERVER)).toEqual([]);
  });

  test('mDNS and LLMNR say themselves what they are', () => {
    const payload = hex(
      `0000 8400 0000 0001 0000 0000 ${PLC_LAN} 0001 8001 0000003c 0004 0a00000a`,
    );
    const group = udpFrame({
      from: SERVER,
      to: '224.0.0.251',
      sourcePort: 5353,
      destinationPort: 5353,
      payload,
    });
    const ear = awake().hear(group, answer(A_RECORD(PLC_LAN), 5355));
    expect(said(ear, SERVER)).toEqual(['llmnr plc.lan', 'mdns plc.lan']);
  });

  test('what cannot be seen is not part of a name', () => {
    const name = '07 70 1b 5b 33 e2808e 00';
    expect(said(awake().hear(answer(A_RECORD(name))), SERVER)).toEqual(['dns p [3']);
  });
});

test('NetBIOS: a registration of a workstation names its address, that of a group does not', () => {
  const letters = (name: string, kind: string): string =>
    [...Buffer.from(name.padEnd(15)), Number.parseInt(kind, 16)]
      .map((each) => Buffer.from([65 + (each >> 4), 65 + (each & 15)]).toString('hex'))
      .join('');
  const claim = (name: string, kind: string, flags: string) =>
    udpFrame({
      from: SERVER,
      to: '10.0.0.255',
      sourcePort: 137,
      destinationPort: 137,
      payload: hex(
        `0001 2910 0001 0000 0000 0001 20 ${letters(name, kind)} 00 0020 0001
         c00c 0020 0001 000493e0 0006 ${flags} 0a00000a`,
      ),
    });
  const ear = awake().hear(
    claim('HMI-1', '00', '0000'),
    claim('PLANT', '00', '8000'),
    claim('HMI-1', '1e', '0000'),
  );
  expect(said(ear, SERVER)).toEqual(['netbios HMI-1']);
});

test('DHCP: who asks says its name and what made it, and is known by its network card', () => {
  const request = (name: string) =>
    hex(
      `01 01 06 00 00000001 0000 0000 ${zeros(16)} ${MAC.replaceAll('-', '')} ${zeros(10)} ${zeros(192)}
       63825363 35 01 03 0c 05 ${Buffer.from(name).toString('hex')} 3c 04 41636d65 ff`,
    );
  const broadcast = (payload: Buffer) =>
    udpFrame({
      from: '0.0.0.0',
      to: '255.255.255.255',
      sourcePort: 68,
      destinationPort: 67,
      payload,
    });
  const ear = awake().hear(broadcast(request('plc-1')), broadcast(request('plc-2')));
  expect(said(ear, SERVER)).toEqual(['dhcp plc-2', 'dhcp plc-1']);
  expect(ear.host(SERVER).details).toEqual([
    { about: 'vendor class', text: 'Acme', source: 'dhcp' },
  ]);
});

test('LLDP: name, description, port, and that it is a bridge; its management address is a host', () => {
  const unit = (type: number, value: string): string => {
    const length = hex(value).length;
    return ((type << 9) | length).toString(16).padStart(4, '0') + value;
  };
  const name = Buffer.from('switch-1').toString('hex');
  const body = [
    unit(1, `04${MAC.replaceAll('-', '')}`),
    unit(2, `05${Buffer.from('p1').toString('hex')}`),
    unit(3, '0078'),
    unit(5, name),
    unit(6, Buffer.from('Acme switch').toString('hex')),
    unit(7, '0014 0004'),
    unit(8, '05 01 0a000001 02 00000001 00'),
    '0000',
  ].join('');
  const frame = between(MAC, GROUP, Buffer.concat([ethernetHeader(0x88cc), hex(body)]));
  const host = new Ear().hear(frame).host('10.0.0.1');
  expect(host.names).toMatchObject([{ name: 'switch-1', source: 'lldp' }]);
  expect(host.details).toEqual([
    { about: 'system description', text: 'Acme switch', source: 'lldp' },
    { about: 'port', text: 'p1', source: 'lldp' },
  ]);
  expect(host.claims).toEqual([{ role: 'switch', because: 'it says by LLDP that it is a bridge' }]);
});

test('PROFINET DCP: name of station, type, ids, role, and the address with its network card', () => {
  const block = (option: string, value: string): string => {
    const length = hex(value).length + 2;
    return `${option}${length.toString(16).padStart(4, '0')}0000${value}${length % 2 ? '00' : ''}`;
  };
  const blocks = hex(
    [
      block('0201', Buffer.from('ET200').toString('hex')),
      block('0202', Buffer.from('pump-1').toString('hex')),
      block('0203', '002a0301'),
      block('0204', '0200'),
      block('0102', '0a000005ffffff000a000001'),
    ].join(''),
  );
  const head = `feff 05 01 00000001 0000 ${blocks.length.toString(16).padStart(4, '0')}`;
  const frame = Buffer.concat([ethernetHeader(0x8892), hex(head), blocks]);
  const host = new Ear().hear(between(MAC, OTHER, frame)).host('10.0.0.5');
  expect(host).toMatchObject({
    mac: MAC,
    names: [{ name: 'pump-1', source: 'profinet-dcp' }],
    protocols: ['profinet'],
    claims: [{ role: 'controller' }],
  });
  expect(host.details.map(({ text }) => text)).toEqual(['ET200', 'vendor 0x002a, device 0x0301']);
});

describe('the book', () => {
  test('keeps the newest names of an owner, and moves one that is said again to the front', () => {
    const book = new NameBook();
    for (let i = 0; i < MAX_NAMES + 5; i++) book.name('a', 'dns', `n${i}`, micros(i));
    book.name('a', 'dns', 'N7', micros(100));
    const names = book.names('a').map(({ name }) => name);
    expect(names).toHaveLength(MAX_NAMES);
    expect(names.slice(0, 2)).toEqual(['N7', `n${MAX_NAMES + 4}`]);
    expect(names).not.toContain('n0');
    expect(names.filter((name) => name.toLowerCase() === 'n7')).toHaveLength(1);
  });

  test('an empty name is none', () => {
    const book = new NameBook();
    book.name('a', 'dns', '', micros(0));
    expect(book.names('a')).toEqual([]);
  });

  test('forgets the owner that was not heard for longest', () => {
    const book = new NameBook();
    for (let i = 0; i < 20_000; i++) book.name(`owner ${i}`, 'dns', 'n', micros(i));
    expect(book.names('owner 0')).toEqual([]);
    expect(book.names('owner 19999')).toHaveLength(1);
  });
});
