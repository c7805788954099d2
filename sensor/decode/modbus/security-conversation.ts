/**
 * One connection of Modbus/TCP Security: Modbus within TLS on port 802. What is said cannot be read; told
 * once is that it is encrypted, and the certificates with the role of the client, where TLS shows them.
 *
 * Spec: MODBUS/TCP Security Protocol Specification (MB-TCP-Security-v36), 8.
 */
import type { Fact } from '#sensor/model/fact.ts';
import type { Endpoint } from '#sensor/model/net.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { Side } from '#sensor/stream/consumer.ts';
import { extensionText, readCertificate } from '../opcua/certificate.ts';
import type { Chunk, Conversation, DecodeSink } from '../protocol.ts';
import type { Share, Waiting } from '../waiting.ts';
import { fault, type ModbusFact } from './fault.ts';
import { TLS_1_3, TlsHandshake } from './tls-handshake.ts';

/** The role that a client may act in, as text. MB-TCP-Security-v36, 8.4. */
const ROLE_EXTENSION = '1.3.6.1.4.1.50316.802.1';

const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0300, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [TLS_1_3, 'TLS 1.3'],
]);

export interface SecurityParts {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly clientSide: Side;
  readonly sink: DecodeSink;
  /** What the handshakes of all connections keep until they are told. */
  readonly waiting: Waiting;
}

export class SecurityConversation implements Conversation {
  readonly #parts: SecurityParts;
  readonly #client = new TlsHandshake();
  readonly #server = new TlsHandshake();
  readonly #share: Share;
  #told = false;
  /** Of the last bytes. */
  #frame = 0;
  #at: Micros = micros(0);

  constructor(parts: SecurityParts) {
    this.#parts = parts;
    this.#share = parts.waiting.share(() => this.#letGo());
  }

  bytes({ side, bytes, offset, length, frame, at }: Chunk): void {
    if (this.#told) return;
    this.#frame = frame;
    this.#at = at;
    this.#of(side).read(bytes.subarray(offset, offset + length));
    const isHidden = this.#server.version === TLS_1_3;
    const isOver = this.#client.isOver && this.#server.isOver;
    if (isHidden || isOver || this.#alert !== undefined) this.#tell(frame, at);
    else this.#share.change(this.#client.cost + this.#server.cost - this.#share.cost);
  }

  gap(side: Side, _length: number, frame: number, at: Micros): void {
    this.#of(side).end();
    if (this.#client.isOver && this.#server.isOver) this.#tell(frame, at);
  }

  conflict(side: Side, length: number, frame: number, at: Micros): void {
    const who = side === this.#parts.clientSide ? 'client' : 'server';
    const text = `${length} bytes of the ${who} were sent twice with different content`;
    this.#event(frame, at, [{ name: 'stream.conflict', text }]);
  }

  end(_side: Side, _reason: string, frame: number, at: Micros): void {
    this.#tell(frame, at);
  }

  #of(side: Side): TlsHandshake {
    return side === this.#parts.clientSide ? this.#client : this.#server;
  }

  get #alert(): number | undefined {
    return this.#server.alert ?? this.#client.alert;
  }

  /** Tells what is known so far: the handshakes of all connections take too much memory. */
  #letGo(): void {
    const text =
      'the handshake was not read to its end, because those of all connections take too much memory';
    this.#tell(this.#frame, this.#at, [fault('modbus.memory-limit', text)]);
  }

  #tell(frame: number, at: Micros, limits: readonly ModbusFact[] = []): void {
    if (this.#told) return;
    this.#told = true;
    const { version, asksCertificate } = this.#server;
    const name = version === undefined ? 'a version that was not seen' : versionName(version);
    const facts: ModbusFact[] = [
      fault('modbus.encrypted', `Modbus/TCP Security: what is said is encrypted by TLS, ${name}`),
    ];
    if (version === TLS_1_3) {
      const text = 'TLS 1.3 encrypts the certificates of both sides, and the role of the client';
      facts.push(fault('modbus.certificates-hidden', text));
    }
    facts.push(
      ...certificateFacts('server', this.#server),
      ...certificateFacts('client', this.#client),
    );
    const isAnonymous = version !== undefined && version !== TLS_1_3 && !asksCertificate;
    if (isAnonymous && this.#server.isOver) {
      const text = 'the server asks its client for no certificate, and so knows no role';
      facts.push(fault('modbus.no-client-certificate', text));
    }
    if (this.#alert !== undefined) {
      const who = this.#server.alert === undefined ? 'client' : 'server';
      facts.push(
        fault('modbus.tls-alert', `the ${who} ended the handshake with alert ${this.#alert}`),
      );
    }
    this.#event(frame, at, [...facts, ...limits]);
    this.#client.forget();
    this.#server.forget();
    this.#share.change(-this.#share.cost);
  }

  #event(frame: number, at: Micros, facts: readonly Fact[]): void {
    const { client, server, sink } = this.#parts;
    sink.event({ kind: 'fault', at, client, server, transport: 'tcp', frame, facts });
  }
}

const versionName = (version: number): string =>
  VERSIONS.get(version) ?? `version 0x${version.toString(16)}`;

function certificateFacts(who: 'client' | 'server', side: TlsHandshake): readonly ModbusFact[] {
  const [own] = side.certificates;
  if (own === undefined) return [];
  const { thumbprint, subject, issuer, notBefore, notAfter } = readCertificate(own) ?? {};
  const role = extensionText(own, ROLE_EXTENSION);
  const parts = [
    subject === undefined ? 'a certificate that cannot be read' : `\`${subject}\``,
    issuer === undefined ? '' : `issued by \`${issuer}\``,
    notBefore === undefined || notAfter === undefined ? '' : `valid ${notBefore} to ${notAfter}`,
    thumbprint === undefined ? '' : `thumbprint ${thumbprint}`,
    role === undefined ? '' : `role \`${role}\``,
  ];
  const text = `the ${who} shows ${parts.filter((part) => part !== '').join(', ')}`;
  return [fault(`modbus.${who}-certificate`, text)];
}
