import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScrubber, environmentSecrets } from "../../src/cli/text/scrub.js";
import { TEST_SECRETS } from "../support/test-secrets.js";

const SECRET = TEST_SECRETS.awkward;

function scrub(text: string, secret = SECRET): string {
  const scrubber = createScrubber();
  scrubber.add([secret]);
  return scrubber.scrub(text);
}

const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "URL-encoded": encodeURIComponent,
  "URL-encoded in lower case": (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  "in a form": (secret) => new URLSearchParams({ token: secret }).toString(),
  "in JSON": (secret) => JSON.stringify({ token: secret }),
  "in JSON in JSON": (secret) => JSON.stringify({ reply: JSON.stringify({ token: secret }) }),
  "in base64": (secret) => Buffer.from(secret).toString("base64"),
  "in JSON of letters that all can read": (secret) => JSON.stringify(secret).replaceAll("ñ", "\\u00f1"),
  "in URL-encoded base64": (secret) => encodeURIComponent(Buffer.from(secret).toString("base64").replace(/=+$/, "")),
  "in JSON with escaped slashes": (secret) => JSON.stringify(secret).replaceAll("/", "\\/"),
  "in HTML": (secret) => `<p>${secret.replaceAll('"', "&quot;")}</p>`,
  "in hex": (secret) => Buffer.from(`Basic ${secret}`).toString("hex"),
  "in hex of capitals": (secret) => Buffer.from(secret).toString("hex").toUpperCase(),
  "in base64url": (secret) => Buffer.from(secret).toString("base64url"),
};

describe("the scrubber", () => {
  it.each(Object.entries(FORMS))("takes out a secret %s", (_, form) => {
    expect(scrub(`before ${form(SECRET)} after`)).toMatch(/^before .*\*\*\*.* after$/);
    expect(scrub(form(SECRET))).not.toContain(form(SECRET));
  });

  it("takes out a secret whose quotes are those of a web page or of SQL", () => {
    const secret = "it's <so> & so";
    for (const form of ["it&#39;s &lt;so&gt; &amp; so", "it''s <so> & so"])
      expect(scrub(`before '${form}' after`, secret)).toBe("before '***' after");
  });

  it("takes a password out of the credentials of an HTTP header, whatever user stands before it", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ minLength: 8, unit: "binary-ascii" }), (user, secret) => {
        const header = Buffer.from(`${user}:${secret}`).toString("base64");
        const left = Buffer.from(scrub(header, secret).replaceAll("***", ""), "base64").toString();
        expect(left).not.toContain(secret);
        expect(scrub(header, secret)).toContain("***");
      }),
    );
  });

  it("leaves none of its secrets in any text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 4 }), { minLength: 1, maxLength: 3 }), fc.array(fc.string()), (secrets, texts) => {
        fc.pre(secrets.every((secret) => !"***".includes(secret) && !secret.includes("*")));
        const scrubber = createScrubber();
        scrubber.add(secrets);
        const text = scrubber.scrub(texts.join(secrets[0]) + secrets.join(""));
        for (const secret of secrets) expect(text.split("***").some((part) => part.includes(secret))).toBe(false);
      }),
    );
  });

  it("takes out what an excerpt has left of a secret, from twelve letters on", () => {
    const secret = "abcdefghijklmnopqrstuvwxyz";
    for (let length = 12; length <= 26; length++) expect(scrub(`<${secret.slice(0, length)}`, secret)).toBe("<***");
    expect(scrub("<abcdefghijk>", secret)).toBe("<abcdefghijk>");
  });

  it("takes out another secret whole that begins like one", () => {
    const scrubber = createScrubber();
    scrubber.add(["live-key-live-one-and-more", "live-key-live-two"]);
    expect(scrubber.scrub("a live-key-live-two b live-key-live-one-and-more c")).toBe("a *** b *** c");
  });

  it("takes out each line of a secret of several", () => {
    expect(scrub("key: abcdefghijklmnop and qrstuvwxyzabcdefgh", "abcdefghijklmnop\nqrstuvwxyzabcdefgh\n")).toBe("key: *** and ***");
  });

  it("takes no time to speak of, however many secrets there are", () => {
    const scrubber = createScrubber();
    scrubber.add(Array.from({ length: 50 }, (_, index) => `${index}-`.repeat(60)));
    const started = performance.now();
    scrubber.scrub("2026-01-01T00:00:00Z loaded 8,640 values ".repeat(2_000));
    expect(performance.now() - started).toBeLessThan(500);
  });

  it("learns more secrets at any time", () => {
    const scrubber = createScrubber();
    scrubber.add(["first"]);
    expect(scrubber.scrub("first second")).toBe("*** second");
    scrubber.add(["second"]);
    expect(scrubber.scrub("first second")).toBe("*** ***");
  });

  it("leaves other text alone, and what is too short to be a secret", () => {
    expect(scrub("8,640 values, 8 rows")).toBe("8,640 values, 8 rows");
    expect(scrub("a b c", "b")).toBe("a b c");
    expect(createScrubber().scrub("anything")).toBe("anything");
  });

  it("knows secrets by the names of their variables before any configuration is read", () => {
    const env = { INFLUX_TOKEN: "one", DB_PASSWORD: "two", AWS_SECRET_ACCESS_KEY: "three", API_KEY: "four", HOME: "/root" };
    expect(environmentSecrets(env)).toEqual(["one", "two", "three", "four"]);
  });
});
