import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyFileName } from "../../src/state/lib/key-file-name.js";

const keys = fc.string({ unit: "binary", maxLength: 300 });

describe("the file name of a key", () => {
  it("is readable where the key is", () => {
    expect(keyFileName("pipeline-horario")).toBe("pipeline-horario");
    expect(keyFileName("P/backfill")).toBe("P%2Fbackfill");
    expect(keyFileName("presión")).toBe("presi%C3%B3n");
  });

  it("is a name for every file system, whatever the key", () => {
    fc.assert(fc.property(keys, (key) => /^[\w%~-]{1,180}$/.test(keyFileName(key))));
  });

  it("is another one for another key", () => {
    fc.assert(fc.property(keys, keys, (a, b) => (keyFileName(a) === keyFileName(b)) === (a.normalize("NFC") === b.normalize("NFC"))));
  });
});
