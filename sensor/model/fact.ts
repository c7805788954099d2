/**
 * Something a decoder or a detector states about an event. A fact is never an alert: only a rule in
 * `rules/` makes an alert of it.
 */
export interface Fact {
  /** Stable dotted name, `modbus.quantity` or `baseline.new-writer`; rules select by it. */
  readonly name: string;
  /** The fact in words, for people. */
  readonly text: string;
}
