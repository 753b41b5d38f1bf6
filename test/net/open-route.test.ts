import { mkdtempSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Proxies } from "../../src/core/connection.js";
import { type ProxyDouble, startProxy } from "../doubles/http-proxy.js";
import { openClient } from "../influx/support/clients.js";
import { type Certificate, makeAuthority } from "../support/certificates.js";
import { removeFolder } from "../support/find-secrets.js";

const authority = makeAuthority();
const project = mkdtempSync(join(tmpdir(), "kpi-net-"));
writeFileSync(join(project, "ca.pem"), authority.ca);
writeFileSync(join(project, "other.pem"), makeAuthority("Somebody else").ca);
writeFileSync(join(project, "empty.pem"), "no certificate");
writeFileSync(join(project, "broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
afterAll(() => removeFolder(project));

interface Server extends AsyncDisposable {
  readonly port: number;
  readonly asked: string[];
}

/** Says that it is InfluxDB 1.6.7, with or without TLS. */
async function startServer(certificate: Certificate | null): Promise<Server> {
  const asked: string[] = [];
  const answer: http.RequestListener = ({ url = "", headers }, response) => {
    asked.push(`${headers.host} ${url.split("?")[0]}`);
    const body = url.startsWith("/ping") ? "" : JSON.stringify({ results: [{ statement_id: 0 }] });
    response.writeHead(200, { "content-type": "application/json", "x-influxdb-version": "1.6.7" }).end(body);
  };
  const server = certificate === null ? http.createServer(answer) : https.createServer({ ...certificate }, answer);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function probe(
  settings: Record<string, unknown>,
  proxies?: Partial<Proxies>,
  signal = new AbortController().signal,
): Promise<string> {
  const all = proxies && { http: null, https: null, except: "", ...proxies };
  await using client = await openClient({ retries: 0, ...settings }, project, all);
  return (await client.probe(signal)).version;
}

describe("TLS", () => {
  it("believes an authority of one's own, and with it no other", async () => {
    await using server = await startServer(authority.sign("DNS:localhost,IP:127.0.0.1"));
    expect(await probe({ url: `https://localhost:${server.port}`, ca: "ca.pem" })).toBe("1.6.7");
    expect(await probe({ url: `https://127.0.0.1:${server.port}`, ca: join(project, "ca.pem") })).toBe("1.6.7");
    await expect(probe({ url: `https://localhost:${server.port}`, ca: "other.pem" })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining("its certificate is signed by an authority that is not known ("),
    });
  });

  it("says what is wrong with a certificate and what to do, and does not try again", async () => {
    await using server = await startServer(authority.sign("DNS:elsewhere.test"));
    const url = `https://localhost:${server.port}`;
    await expect(probe({ url, retries: 3 })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      exit: 69,
      retryable: false,
      message: expect.stringMatching(/signed by an authority that is not known \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/),
      hint: expect.stringContaining("ca: FILE.pem"),
    });
    await expect(probe({ url, ca: "ca.pem" })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: expect.stringContaining("its certificate is made out to another name (ERR_TLS_CERT_ALTNAME_INVALID)"),
    });
    expect(server.asked).toEqual([]);
  });

  it("says that a server without TLS has none", async () => {
    await using server = await startServer(null);
    await expect(probe({ url: `https://localhost:${server.port}` })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      hint: expect.stringContaining("https:// for TLS, http:// without"),
    });
  });

  it.each(["missing.pem", "empty.pem", "broken.pem"])("refuses %s as a file of authorities", async (ca) => {
    await expect(probe({ url: "https://localhost:1", ca })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(`"${ca}"`),
    });
  });
});

async function behindProxy(certificate: Certificate | null): Promise<{ server: Server; proxy: ProxyDouble } & AsyncDisposable> {
  const server = await startServer(certificate);
  const proxy = await startProxy(server.port);
  const dispose = async () => {
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  return { server, proxy, [Symbol.asyncDispose]: dispose };
}

describe("a proxy", () => {
  const certificate = authority.sign("DNS:influx.test");
  const SECURE = { url: "https://influx.test", ca: "ca.pem" };

  it("opens a tunnel for TLS, in which the server's name is checked and the proxy's own credentials do not go", async () => {
    await using lab = await behindProxy(certificate);
    const https = lab.proxy.url.replace("://", "://ana:p%40ss@");
    expect(await probe(SECURE, { https })).toBe("1.6.7");
    expect(lab.proxy.asked).toEqual(["CONNECT influx.test:443"]);
    expect(lab.proxy.credentials).toEqual([`Basic ${Buffer.from("ana:p@ss").toString("base64")}`]);
    expect(lab.server.asked).toEqual(["influx.test /ping", "influx.test /query", "influx.test /ping"]);
    await expect(probe({ ...SECURE, url: "https://other.test" }, { https })).rejects.toMatchObject({
      message: expect.stringContaining("made out to another name"),
    });
  });

  it("is asked for the whole address without TLS", async () => {
    await using lab = await behindProxy(null);
    expect(await probe({ url: "http://influx.test:8086/below" }, { http: lab.proxy.url })).toBe("1.6.7");
    expect(lab.proxy.asked[0]).toBe("GET http://influx.test:8086/below/ping");
    expect(lab.server.asked[0]).toBe("influx.test:8086 /below/ping");
  });

  it.each([
    ["https", SECURE.url],
    ["http", "http://influx.test"],
  ] as const)("that wants credentials is no refusal of the server's: %s", async (scheme, url) => {
    await using lab = await behindProxy(certificate);
    lab.proxy.refuse(407);
    const asked = probe({ url, ca: "ca.pem", version: 1 }, { [scheme]: lab.proxy.url.replace("://", "://ana:hidden@") });
    await expect(asked).rejects.toMatchObject({
      code: "CREDENTIALS_REFUSED",
      message: expect.not.stringContaining("hidden"),
      hint: expect.stringMatching(/HTTPS?_PROXY/),
    });
  });

  it("that refuses or is not there is named, without its credentials", async () => {
    await using lab = await behindProxy(certificate);
    lab.proxy.refuse(403);
    await expect(probe(SECURE, { https: lab.proxy.url })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      retryable: false,
      message: `Cannot pass the proxy "${lab.proxy.url}": it answers 403`,
    });
    await expect(probe(SECURE, { https: "http://ana:hidden@127.0.0.1:1" })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: 'Cannot reach the proxy "http://127.0.0.1:1": ECONNREFUSED',
    });
    await expect(probe({ url: "http://influx.test" }, { http: "http://ana:hidden@127.0.0.1:1" })).rejects.toMatchObject({
      code: "SOURCE_UNREACHABLE",
      message: 'Cannot read "influx" at "http://influx.test" through the proxy "http://127.0.0.1:1": ECONNREFUSED',
    });
  });

  it("is left when the request is cancelled before the tunnel is open", async () => {
    const silent = http.createServer();
    const left = vi.fn<() => void>();
    const stop = new AbortController();
    silent.on("connect", (_, socket) => {
      socket.once("end", () => {
        left();
        socket.destroy();
      });
      socket.on("error", () => undefined).resume();
      stop.abort(new Error("stopped"));
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const https = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await expect(probe(SECURE, { https }, stop.signal)).rejects.toThrow("stopped");
    await vi.waitFor(() => expect(left).toHaveBeenCalled());
    await new Promise((resolve) => silent.close(resolve));
  });

  it("is not used for what NO_PROXY names", async () => {
    await using lab = await behindProxy(certificate);
    const asked = probe({ ...SECURE, url: "https://influx.invalid" }, { https: lab.proxy.url, except: "invalid" });
    await expect(asked).rejects.toMatchObject({ code: "SOURCE_UNREACHABLE" });
    expect(lab.proxy.asked).toEqual([]);
  });
});
