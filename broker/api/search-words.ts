/** What a person typed into a search field, as the words that are looked for. */

/** A person types a few words; what is beyond is not looked for. */
const MAX_WORDS = 16;

export const wordsIn = (text: string): readonly string[] =>
  text
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
