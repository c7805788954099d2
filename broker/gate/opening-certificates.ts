/**
 * Which certificates open a session while they are renewed, each by its sha-256 in hex: the one that was used
 * last, and those issued since, of which their holder may not have heard. One that is used ends those before it.
 */

/** Issued and never used. A command asks again every few seconds while it hears no answer; what is older is lost. */
const MAX_UNUSED = 8;

export class OpeningCertificates {
  #used: string;
  /** Oldest first. */
  #unused: readonly string[] = [];

  constructor(first: string) {
    this.#used = first;
  }

  opensWith(thumbprint: string): boolean {
    if (thumbprint === this.#used) return true;
    const at = this.#unused.indexOf(thumbprint);
    if (at < 0) return false;
    this.#used = thumbprint;
    this.#unused = this.#unused.slice(at + 1);
    return true;
  }

  /** The newest, for one that opens; undefined for any other. */
  newestFor(thumbprint: string): string | undefined {
    const opens = thumbprint === this.#used || this.#unused.includes(thumbprint);
    return opens ? (this.#unused.at(-1) ?? this.#used) : undefined;
  }

  issued(thumbprint: string): void {
    this.#unused = [...this.#unused, thumbprint].slice(-MAX_UNUSED);
  }
}
