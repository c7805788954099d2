/**
 * Faults of conversations, summed up: one account for each connection, fact and minute. One bad cable
 * states the same gap a thousand times a second, and a thousand rows would say no more.
 */
import type { ConversationFault } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { FaultAccount } from '#sensor/store/sensor-store.ts';

const MINUTE_MICROS = 60_000_000;

/** Accounts of two minutes; beyond it a fact is only counted, under its name. */
export const MAX_ACCOUNTS = 1000;

/** Facts by name that one report of health tells; there are some ten. */
const MAX_NAMES = 32;

type Account = { -readonly [Key in keyof FaultAccount]: FaultAccount[Key] };

export class FaultBook {
  readonly #accounts = new Map<string, Account>();
  /** Accounts that grew since they were last taken. */
  readonly #grown = new Set<Account>();
  readonly #counts = new Map<string, { count: number; last: string }>();
  #minute = 0;

  note(fault: ConversationFault): void {
    const minute = fault.at - (fault.at % MINUTE_MICROS);
    if (minute !== this.#minute) this.#turn(minute);
    for (const fact of fault.facts) {
      this.#count(fault, fact);
      this.#account(fault, fact, minute);
    }
  }

  /** The accounts that grew since the last call, each as it stands now. */
  takeAccounts(): readonly FaultAccount[] {
    const grown = [...this.#grown].map((account) => ({ ...account }));
    this.#grown.clear();
    return grown;
  }

  /** How often each fact was stated since the last call, for the sensor's health. */
  takeFacts(): readonly Fact[] {
    const facts = [...this.#counts].map(([name, { count, last }]) => ({
      name,
      text: count === 1 ? last : `${count} times; the last: ${last}`,
    }));
    this.#counts.clear();
    return facts;
  }

  /** Forgets all minutes but this and the one beside it: connections do not keep step. */
  #turn(minute: number): void {
    this.#minute = minute;
    for (const [key, { at }] of this.#accounts) {
      if (Math.abs(at - minute) >= 2 * MINUTE_MICROS) this.#accounts.delete(key);
    }
  }

  #count({ client, server }: ConversationFault, { name, text }: Fact): void {
    const known = this.#counts.get(name);
    if (known === undefined && this.#counts.size === MAX_NAMES) return;
    const last = `${client.ip} with ${server.ip}:${server.port}: ${text}`;
    this.#counts.set(name, { count: (known?.count ?? 0) + 1, last });
  }

  #account(
    { at, client, server, transport, frame }: ConversationFault,
    fact: Fact,
    minute: number,
  ) {
    const pair = [client.ip, client.port, server.ip, server.port];
    const key = JSON.stringify([minute, ...pair, fact.name]);
    let account = this.#accounts.get(key);
    if (account === undefined) {
      if (this.#accounts.size === MAX_ACCOUNTS) return;
      const ends = { client, server, transport };
      account = { key, at, last: at, ...ends, frame, fact, count: 0 };
      this.#accounts.set(key, account);
    }
    account.count++;
    account.last = at;
    this.#grown.add(account);
  }
}
