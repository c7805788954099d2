/** Text that people write for people: bounded, and without characters that make it look like another. */

/** An approver or auditor reads it whole. */
const MAX_TEXT = 1000;

/** Control characters but tab and line feed, and those that turn the direction of what follows. */
const UNPRINTABLE = /[^\P{Cc}\t\n]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** What is wrong with `text`, or undefined. */
export function textFault(text: string, { required }: { required: boolean }): string | undefined {
  if (required && text.trim() === '') return 'is missing: say it in a sentence';
  if (text.length > MAX_TEXT) return `at most ${MAX_TEXT} characters`;
  // A lone surrogate has no text that could be hashed.
  return UNPRINTABLE.test(text) || !text.isWellFormed()
    ? 'holds characters that cannot be seen: write plain text'
    : undefined;
}
