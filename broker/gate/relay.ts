/**
 * One TCP connection of a vendor's tool: a WebSocket from them, a TCP connection of our own to the
 * asset, and the filter between. The asset's address comes from the plant policy and from nowhere
 * else; ours is the gate's, so that the plant's firewall and its sensor know who speaks.
 */
import { connect, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { ModbusFilter, type Side } from './modbus.ts';
import type { Connection, GateSession, ModbusAsset } from './session.ts';

/** A device that does not take a connection by then is down or full. */
const DIAL_WITHIN_MS = 3_000;
/** Tools wait one to three seconds, slow gateways to serial lines need about two. */
export const ANSWER_WITHIN_MS = 5_000;
/** A tool sends a request in one piece; one that trickles is broken or hostile. */
const ADU_WITHIN_MS = 10_000;
/** Bytes that the vendor's side may be behind; 250 of the largest answers. */
const MAX_BEHIND = 64 * 1024;
/** Half-open connections are noticed within twice this. */
const PING_EVERY_MS = 15_000;
const KEEP_ALIVE_MS = 10_000;
/** Where the other side does not close. */
const CLOSE_WITHIN_MS = 1_000;

export interface RelayParts {
  readonly vendor: WebSocket;
  readonly session: GateSession;
  readonly asset: ModbusAsset;
  /** The gate's address towards assets. */
  readonly localAddress: string;
  readonly answerWithinMs: number;
}

export class Relay implements Connection {
  readonly closed: Promise<void>;
  readonly #parts: RelayParts;
  readonly #socket: Socket;
  readonly #pings: NodeJS.Timeout;
  #filter: ModbusFilter | undefined;
  #trickle: NodeJS.Timeout | undefined;
  #alive = true;
  #vendorOpen = true;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    const { vendor, asset, localAddress } = parts;
    vendor.pause();
    this.#socket = connect({
      host: asset.address,
      port: asset.modbus.port,
      localAddress,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    const vendorClosed = new Promise<void>((resolve) => vendor.once('close', () => resolve()));
    const assetClosed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.closed = Promise.all([vendorClosed, assetClosed]).then(() => this.#release());
    this.#pings = setInterval(() => this.#ping(), PING_EVERY_MS);
    this.#watchAsset();
    this.#watchVendor();
  }

  endAfterNext(): void {
    if (this.#filter === undefined) this.cut();
    else this.#filter.endAfterNext();
  }

  cut(): void {
    this.#socket.resetAndDestroy();
    this.#filter?.close();
    this.#parts.vendor.terminate();
  }

  writesOver(): void {
    this.#filter?.writesOver();
  }

  #watchAsset(): void {
    const socket = this.#socket;
    const { asset, session } = this.#parts;
    socket.setTimeout(DIAL_WITHIN_MS, () => {
      if (!socket.connecting) return;
      socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' }));
    });
    socket.once('connect', () => {
      socket.setTimeout(0);
      this.#open();
    });
    socket.on('data', (bytes: Buffer) => this.#filter?.assetBytes(bytes));
    // The message would tell the vendor addresses inside the plant.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#vendorOpen)
        session.notice(`${asset.id} cannot be reached: ${error.code ?? 'fault'}`);
    });
    // Closing politely, as Node would now, leaves what was sent to an asset that stands still.
    socket.once('end', () => this.#filter?.writesOver());
    socket.once('close', () => this.#assetClosed());
  }

  #watchVendor(): void {
    const { vendor } = this.#parts;
    vendor.on('pong', () => {
      this.#alive = true;
    });
    vendor.on('message', (data: Buffer, binary: boolean) => {
      // `binaryType` is `nodebuffer`, so a message is one Buffer. Text is no part of this protocol.
      if (binary) this.#fromVendor(data);
      else this.#broken('vendor', 'the tunnel carries no text');
    });
    // Always followed by `close`.
    vendor.on('error', () => undefined);
    vendor.once('close', () => this.#vendorClosed());
  }

  /** The asset took the connection. */
  #open(): void {
    const { session, asset, answerWithinMs, vendor } = this.#parts;
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket;
    this.#filter = new ModbusFilter({
      desk: session,
      units: asset.modbus.units,
      tuple: `${localAddress}:${localPort}>${remoteAddress}:${remotePort}`,
      answerWithinMs,
      wires: {
        toVendor: (adu) => this.#toVendor(adu),
        toAsset: (adu) => this.#socket.write(adu),
        broken: (side, because) => this.#broken(side, because),
        done: () => this.#closeSoon(),
        room: () => this.#resume(),
        assetDrained: () => this.#socket.writableLength === 0,
        resetAsset: () => this.#resetAsset(),
      },
    });
    vendor.resume();
  }

  #fromVendor(bytes: Buffer): void {
    const filter = this.#filter;
    if (filter === undefined) return;
    filter.vendorBytes(bytes);
    if (!filter.hasRoom || this.#behind) this.#parts.vendor.pause();
    this.#watchTrickle(filter.unfinished);
  }

  #watchTrickle(unfinished: boolean): void {
    if (!unfinished) {
      clearTimeout(this.#trickle);
      this.#trickle = undefined;
      return;
    }
    this.#trickle ??= setTimeout(() => {
      this.#broken('vendor', `a request was not whole after ${ADU_WITHIN_MS / 1000} s`);
    }, ADU_WITHIN_MS);
  }

  get #behind(): boolean {
    return this.#parts.vendor.bufferedAmount > MAX_BEHIND;
  }

  #toVendor(adu: Buffer): void {
    const { vendor } = this.#parts;
    if (vendor.readyState !== vendor.OPEN) return;
    vendor.send(adu, () => this.#resume());
  }

  #resume(): void {
    const { vendor } = this.#parts;
    if (this.#filter?.hasRoom === true && vendor.isPaused && !this.#behind) vendor.resume();
  }

  #broken(side: Side, because: string): void {
    const { session, asset } = this.#parts;
    const who = side === 'vendor' ? 'your tool' : asset.id;
    session.notice(
      `${who} sent what is no proper Modbus, so the connection was closed: ${because}`,
    );
    this.#socket.resetAndDestroy();
    this.#filter?.close();
    this.#closeSoon();
  }

  #resetAsset(): void {
    const { session, asset } = this.#parts;
    this.#socket.resetAndDestroy();
    session.notice(
      `${asset.id} did not answer a write, so its connection was reset; nobody knows whether the write was done`,
    );
  }

  /** Once what was sent to the vendor has left. */
  #closeSoon(): void {
    const { vendor } = this.#parts;
    // A paused WebSocket would not hear that the other side closes too.
    vendor.resume();
    vendor.close(1000);
    // Behind what the asset does not take, the end would wait, and a reset could not follow it.
    if (this.#socket.writableLength > 0) this.#socket.resetAndDestroy();
    else this.#socket.end();
    setTimeout(() => this.cut(), CLOSE_WITHIN_MS).unref();
  }

  #assetClosed(): void {
    this.#filter?.assetGone();
    this.#closeSoon();
  }

  /** An answer that is still to come is waited for, because the recording wants to know it. */
  #vendorClosed(): void {
    this.#vendorOpen = false;
    if (this.#filter === undefined) this.#socket.destroy();
    else this.#filter.vendorGone();
  }

  #ping(): void {
    const { vendor } = this.#parts;
    // A paused WebSocket hears no pong; it is paused only while the asset owes an answer.
    if (vendor.isPaused) this.#alive = true;
    else if (this.#alive) this.#alive = false;
    else {
      vendor.terminate();
      return;
    }
    vendor.ping();
  }

  #release(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#trickle);
    this.#filter?.close();
  }
}
