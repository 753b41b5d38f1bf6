import { describe, expect, it } from "vitest";
import { readDocument, writeDocument } from "../../src/state/lib/state-document.js";

const DOCUMENT = {
  key: "p",
  value: { last_processed_hour: "2026-01-01T10:00:00Z", first_hour: null, note: "ñ 🌡", nested: { 1: [true], b: 2.5 } },
  version: "2-0a1b2c3d",
  updated_at: "2026-01-01T12:00:00Z",
  updated_by: "run 1",
};
const bytes = Buffer.from(writeDocument(DOCUMENT));
const read = (spoilt: Buffer) => readDocument(spoilt.toString("utf8"), "p.json");

describe("the text of a state", () => {
  it("gives back what was written", () => {
    expect(read(bytes)).toEqual({ schema_version: 1, ...DOCUMENT });
  });

  it("is nothing wherever it is cut off, but for its last line break", () => {
    for (let length = 0; length < bytes.length - 1; length++) expect(read(bytes.subarray(0, length)), `${length} bytes`).toBeNull();
    expect(read(bytes.subarray(0, -1))).not.toBeNull();
  });

  it("is nothing whichever bit is flipped", () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const spoilt = Buffer.from(bytes);
      spoilt.writeUInt8(spoilt.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(read(spoilt), `bit ${bit & 7} of byte ${bit >> 3}`).toBeNull();
    }
  });
});
