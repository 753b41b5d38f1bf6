import { describe, expect, it } from "vitest";
import { findProxy } from "../../src/net/find-proxy.js";

const PROXIES = { http: "http://plain:3128", https: "secure:3129", except: "" };
const found = (url: string, proxies = {}) => findProxy(new URL(url), { ...PROXIES, ...proxies })?.url.href ?? null;

describe("the proxy for an address", () => {
  it("is the one for its scheme; without a scheme of its own it is spoken to by http", () => {
    expect(found("http://influx.test")).toBe("http://plain:3128/");
    expect(found("https://influx.test")).toBe("http://secure:3129/");
    expect(found("https://influx.test", { https: "https://proxy:443" })).toBe("https://proxy/");
  });

  it("is none where none is named", () => {
    expect(found("https://influx.test", { https: null })).toBeNull();
    expect(found("http://influx.test", { http: "" })).toBeNull();
    expect(findProxy(new URL("http://influx.test"), undefined)).toBeNull();
  });

  it("is none for this machine itself", () => {
    for (const host of ["localhost:8086", "127.0.0.1", "127.1.2.3:80", "[::1]:8086"]) expect(found(`http://${host}`)).toBeNull();
  });

  it.each([
    ["*", "influx.test", true],
    ["influx.test", "influx.test", true],
    ["INFLUX.TEST", "influx.test", true],
    ["influx.test", "eu.influx.test", true],
    [".influx.test", "eu.influx.test", true],
    ["*.influx.test", "eu.influx.test", true],
    ["influx.test", "notinflux.test", false],
    ["flux.test", "influx.test", false],
    ["a.test, influx.test", "influx.test", true],
    ["a.test influx.test", "influx.test", true],
    ["influx.test:8086", "influx.test:8086", true],
    ["influx.test:8086", "influx.test", false],
    ["influx.test:80", "influx.test", true],
    ["10.1.2.3", "10.1.2.3", true],
    ["2.3", "10.1.2.3", false],
    ["10.0.0.0/8", "10.1.2.3", true],
    ["10.0.0.0/8", "11.1.2.3", false],
    ["10.0.0.0/99", "10.1.2.3", false],
    ["fd00::/8", "[fd00::1]", true],
    ["[fd00::1]:8086", "[fd00::1]:8086", true],
    ["fd00::1", "[fd00::1]:8086", true],
    ["", "influx.test", false],
  ])("with NO_PROXY %j is not used for %s: %s", (except, host, direct) => {
    expect(found(`http://${host}`, { except }) === null).toBe(direct);
  });

  it("keeps its credentials out of its name", () => {
    const proxy = findProxy(new URL("http://influx.test"), { ...PROXIES, http: "http://ana:p%40ss@proxy:3128" });
    expect(proxy?.url.href).toBe("http://proxy:3128/");
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from("ana:p@ss").toString("base64")}`);
  });

  it.each(["socks5://ana:secret@proxy:1080", "http://", "::"])("is refused where it is none, without its words: %s", (https) => {
    const find = () => findProxy(new URL("https://influx.test"), { ...PROXIES, https });
    expect(find).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", message: expect.not.stringContaining("secret") }));
  });
});
