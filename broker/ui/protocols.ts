/** Protocols as people write them; one that is not listed is shown as the sensor calls it. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['modbus', 'Modbus'],
  ['opcua', 'OPC UA'],
  ['s7comm', 'S7comm'],
  ['enip', 'EtherNet/IP'],
  ['cip-io', 'CIP I/O'],
  ['omron-fins', 'OMRON FINS'],
  ['ge-srtp', 'GE SRTP'],
  ['profinet', 'PROFINET'],
  ['profinet-cm', 'PROFINET CM'],
  ['dnp3', 'DNP3'],
  ['iec104', 'IEC 60870-5-104'],
  ['bacnet', 'BACnet/IP'],
  ['hart-ip', 'HART-IP'],
  ['roc-plus', 'ROC Plus'],
  ['genisys', 'GENISYS'],
  ['c1222', 'ANSI C12.22'],
  ['ethercat', 'EtherCAT'],
  ['powerlink', 'POWERLINK'],
  ['goose', 'GOOSE'],
  ['sampled-values', 'Sampled Values'],
  ['sercos', 'SERCOS III'],
  ['mdns', 'mDNS'],
  ['netbios-ns', 'NetBIOS name service'],
  ['icmpv6', 'ICMPv6'],
  ['dhcpv6', 'DHCPv6'],
  ['telnet', 'Telnet'],
]);

/** Short names that are written in capitals. */
const CAPITALS: ReadonlySet<string> = new Set(
  'ah dhcp dns esp ftp gre http icmp igmp lldp llmnr mqtt mrp ntp ospf ptp rdp sctp smb smtp snmp ssh tftp tls vnc vrrp'.split(
    ' ',
  ),
);

export const protocolName = (protocol: string): string =>
  NAMES.get(protocol) ?? (CAPITALS.has(protocol) ? protocol.toUpperCase() : protocol);

export const protocolNames = (protocols: readonly string[]): string =>
  protocols.map(protocolName).join(', ');
