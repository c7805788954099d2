/**
 * Where the logs of ICSNPP-Modbus say less, or other, than was on the wire, and we say the same, because who
 * reads them compares and links by these very rows:
 *
 * - Zeek reads no body of functions 7, 9-14, 17-19, and of those of vendors: each message of them is a row of
 *   its own, `matched` is not set, and an exception is one too.
 * - What fills up the last byte of coils or inputs stands in `response_data`, bit by bit, as if it were data.
 * - The echo of function 15 is not told; that of function 16 replaces address and quantity of the request.
 * - Functions 20 and 21 have no address; their quantity is the number of references, and what they carried
 *   stands in `response_data` as Zeek prints its records.
 * - Functions 22, 23 and 43 have but a link in `modbus_detailed.log`; 22 has its address beside it.
 *
 * Not repeated, since no row that they publish shows it: names of identification objects that are taken from the
 * table of levels, the extended level under 4 instead of 3, `0x` spelled `ox`, and unanswered requests of all
 * connections told as such when any connection ends.
 */
export const JOINED_FUNCTIONS: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 8, 15, 16, 20, 21, 22, 23, 24, 43,
]);
