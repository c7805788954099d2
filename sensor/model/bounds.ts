/**
 * How much of one thing the sensor keeps and tells. The broker refuses what is beyond, so both sides of
 * their link take these from here. The largest operation and alert have some 1.4 MB by them, far below
 * `MAX_LINK_BYTES`.
 */

/** Characters of a text of the wire; longer ones end in `…`. */
export const MAX_TEXT = 500;

/** Characters of a `NodeName`, `nsu=URI;s=IDENTIFIER`, of two texts of the wire. */
export const MAX_NODE_NAME = 'nsu=;s='.length + 2 * MAX_TEXT;

/** Nodes and methods kept of one request; servers allow thousands, people read some. */
export const MAX_NODES = 100;

/** Different browsed nodes beyond those, of which a digest is kept: more than anybody counts (`sensor/detect/browse-sweep.ts`). */
export const MAX_UNLISTED = 1000;

/** Hex digits of what a Modbus PDU says that the specification gives no meaning: function 90 has 1028 bytes. */
export const MAX_MODBUS_DATA = 2 * 1028;

/** Pieces of files that a PDU has room for, at 7 bytes each. */
export const MAX_FILE_RECORDS = 35;

/** Operations of one exchange: those nodes, and one for all others. */
export const MAX_OPERATIONS = MAX_NODES + 1;

/** Characters of a written value as an operation tells it; each value, and the arguments of a call, have so much room in any case. */
export const MAX_VALUE_TEXT = 300;

/**
 * Characters that the values of one message have together, before each has `MAX_VALUE_TEXT` alone. They are
 * enough for an array of 100 texts of 500 characters; with 100 such arrays in a request, an alert would be
 * too large to be sent.
 */
export const MAX_VALUES_TEXT = 65_536;

/**
 * Frames that are named of one message, and of one alert. Ten chunks of 64 KiB, which is much for an answer, have
 * some 450 full segments; the largest message that is kept has some 2,900.
 */
export const MAX_FRAMES = 1000;

/** Characters of a fact that a detector states: a policy with many conduits has much to say, and people read the beginning. */
export const MAX_FACT_TEXT = 1000;

/** Facts of one event that are told; it has a handful. */
export const MAX_FACTS = 32;

/** Characters of the sentence of an alert. */
export const MAX_ALERT_MESSAGE = 4000;

/** Characters of an alert's deduplication key; a rule may put a whole written block into it. */
export const MAX_DEDUP_KEY = 400;

/** Occurrences of an alert that are told by their time. */
export const MAX_SEEN = 100;

/** Ports, units, applications and conversations that are told of one asset. */
export const MAX_LISTED = 256;

/** Servers of OPC UA at one address of which it is told what they say of their software. */
export const MAX_BUILDS = 16;

/** Names of one asset that are told, and as many other things that it says of itself. */
export const MAX_NAMES_TOLD = 32;

/** Characters of a name, or of another text, that a device says of itself. */
export const MAX_DEVICE_TEXT = 255;

/** Characters of what a service says of itself: two such texts with a word between. */
export const MAX_SERVICE_DETAIL = 2 * MAX_DEVICE_TEXT + 10;

/** Characters of the sentence that says why an asset is what it is; it names some protocols and addresses. */
export const MAX_BECAUSE = 500;

/** Protocols and ports that are told of one conversation: those with the most bytes. */
export const MAX_TRAFFIC_TOLD = 8;

/** Ends a text that was cut; stands for a value, or for all further members of an array, that is not shown. */
export const CUT = '…';

/** `text` in at most `most` characters. */
export const shorten = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - CUT.length)}${CUT}`;

/** The first of `frames`, and the last of them, which completed the message. */
export function someFrames(frames: readonly number[]): readonly number[] {
  if (frames.length <= MAX_FRAMES) return frames;
  return [...frames.slice(0, MAX_FRAMES - 1), ...frames.slice(-1)];
}
