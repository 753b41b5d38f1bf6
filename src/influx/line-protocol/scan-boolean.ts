const WORDS: readonly (readonly [word: string, value: boolean])[] = [
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
  ["t", true],
  ["T", true],
  ["f", false],
  ["F", false],
];
const CODES = WORDS.map(([word, value]) => ({ bytes: Buffer.from(word), value }));

/** The boolean that stands at a place, with its length: positive for true, negative for false, 0 for none. */
export function scanBoolean(bytes: Uint8Array, at: number): number {
  const word = CODES.find(({ bytes: code }) => code.every((byte, index) => bytes[at + index] === byte));
  if (word === undefined) return 0;
  return word.value ? word.bytes.length : -word.bytes.length;
}
