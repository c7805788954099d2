/** Why a live capture could not start, in words that name the command that mends it. */
import { readdirSync } from 'node:fs';
import { SensorError } from '#sensor/model/sensor-error.ts';

const NO_SUCH_INTERFACE = /no such device|doesn't exist|does not exist|siocgif|siocethtool/i;
const NOT_PERMITTED = /permission|not permitted/i;
const BAD_FILTER = /filter|syntax error|expression|unknown (host|port|network)|illegal/i;

/** Makes an error of what libpcap or tcpdump said. */
export function captureFailure(interfaceName: string, filter: string, said: string): SensorError {
  const text = said
    .trim()
    .replace(/^tcpdump: /, '')
    .replaceAll('\n', ' ');
  if (NOT_PERMITTED.test(text)) {
    return new SensorError(
      'capture-permission',
      `the right to capture on \`${interfaceName}\` is missing: run as root, or give it to tcpdump alone with \`sudo setcap cap_net_raw=eip $(command -v tcpdump)\` (${text})`,
    );
  }
  if (NO_SUCH_INTERFACE.test(text)) {
    return new SensorError(
      'capture-interface',
      `interface \`${interfaceName}\` does not exist; there are ${interfaceNames()}; \`ip link\` shows them`,
    );
  }
  if (filter !== '' && BAD_FILTER.test(text)) {
    return new SensorError(
      'capture-filter',
      `filter \`${filter}\` is not understood: ${text}; try it with \`tcpdump -d '<filter>'\``,
    );
  }
  return new SensorError('capture-unavailable', `capture on \`${interfaceName}\` failed: ${text}`);
}

/** Linux, where `os.networkInterfaces()` would leave out those without an address. */
function interfaceNames(): string {
  try {
    return readdirSync('/sys/class/net')
      .map((name) => `\`${name}\``)
      .join(', ');
  } catch {
    return 'others';
  }
}
