import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { HTTP_LIMITS } from "../../../src/artifact/http/connections.ts";
import { type Certificates, makeCertificates } from "../../harness/certificates.ts";
import { type HttpProxy, startHttpProxy } from "../../harness/http-proxy.ts";
import { basic, file, redirect } from "../../harness/http-server.ts";
import { temporaryFolder } from "./folders.ts";
import { http, impatientClock, server, textOf } from "./http-client.ts";
import { failureOf } from "./servers.ts";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates("IP:127.0.0.1");
});
afterAll(() => certificates.remove());

async function proxy(credentials?: string): Promise<HttpProxy> {
  const started = await startHttpProxy(credentials);
  onTestFinished(() => started.close());
  return started;
}

describe("authorities", () => {
  test("of the profile's ca are believed", async () => {
    const ci = await server({ certificates });
    ci.route("/", file("signed"));
    expect(await textOf((await http({ ca: certificates.authority })).getDocument(ci.url("/")))).toBe("signed");
  });

  test.each(["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])("that %s names are believed", async (variable) => {
    const ci = await server({ certificates });
    ci.route("/", file("signed"));
    const environment = { [variable]: certificates.authority };
    expect(await textOf((await http({ environment })).getDocument(ci.url("/")))).toBe("signed");
  });

  test("that nobody named are not believed, at once, and the way out is told", async () => {
    const ci = await server({ certificates });
    const clock = impatientClock();
    const failure = await failureOf((await http({ clock })).getDocument(ci.url("/")));
    expect(failure.message).toContain(`${ci.url("/")} cannot be trusted: `);
    expect(failure.hint).toContain("x-devenv.artifacts.ca: FILE.pem in the profile, or NODE_EXTRA_CA_CERTS");
    expect([clock.slept, ci.requests]).toEqual([[], []]);
  });

  test("who signed for another host are told as such", async () => {
    const ci = await server({ certificates });
    const asking = (await http({ ca: certificates.authority })).getDocument(ci.url("/", "localhost"));
    expect((await failureOf(asking)).hint).toBe("its certificate is another host's: correct the address");
  });

  test("are no way around: https does not lead to http", async () => {
    const ci = await server({ certificates });
    const plain = await server();
    ci.route("/", redirect(plain.url("/")));
    const failure = await failureOf((await http({ ca: certificates.authority })).getDocument(ci.url("/")));
    expect(failure.message).toBe(`${ci.url("/")} redirects from https to http: ${plain.url("/")}`);
    expect(plain.requests).toEqual([]);
  });

  test("in a file that is missing, or holds none, are named with their file", async () => {
    const folder = await temporaryFolder();
    const missing = await failureOf((await http({ ca: join(folder, "ca.pem") })).getDocument("https://127.0.0.1:1/"));
    expect(missing).toMatchObject({ message: expect.stringContaining(join(folder, "ca.pem")), exitCode: 2 });
    await writeFile(join(folder, "ca.pem"), "not a certificate");
    const empty = await failureOf((await http({ ca: join(folder, "ca.pem") })).getDocument("https://127.0.0.1:1/"));
    expect(empty.message).toBe(`x-devenv.artifacts.ca holds no certificate: ${join(folder, "ca.pem")}`);
  });

  test("do not help where there is no TLS at all", async () => {
    const ci = await server();
    const failure = await failureOf((await http()).getDocument(ci.url("/").replace("http:", "https:")));
    expect(failure.hint).toBe("it may speak plain http at that port: correct the address");
  });
});

describe("a proxy", () => {
  test.each(["HTTP_PROXY", "http_proxy", "ALL_PROXY"])(
    "of %s is asked for http, without a tunnel",
    async (variable) => {
      const [ci, gate] = [await server(), await proxy()];
      ci.route("/a", file("through"));
      const client = await http({ environment: { [variable]: `http://127.0.0.1:${gate.port}` } });
      expect(await textOf(client.getDocument(ci.url("/a")))).toBe("through");
      expect(gate.asked).toEqual([`GET ${ci.url("/a")}`]);
    },
  );

  test("of HTTPS_PROXY tunnels https, and the certificate is the server's own", async () => {
    const [ci, gate] = [await server({ certificates }), await proxy()];
    ci.route("/a", file("through"));
    const environment = { HTTPS_PROXY: `127.0.0.1:${gate.port}`, HTTP_PROXY: "http://127.0.0.1:1" };
    expect(await textOf((await http({ environment, ca: certificates.authority })).getDocument(ci.url("/a")))).toBe(
      "through",
    );
    expect(gate.asked).toEqual([`CONNECT 127.0.0.1:${ci.port}`]);
    expect((await failureOf((await http({ environment })).getDocument(ci.url("/a")))).message).toContain("trusted");
  });

  test("of HTTP_PROXY is none for https", async () => {
    const [ci, gate] = [await server({ certificates }), await proxy()];
    ci.route("/a", file("straight"));
    const environment = { HTTP_PROXY: `http://127.0.0.1:${gate.port}` };
    expect(await textOf((await http({ environment, ca: certificates.authority })).getDocument(ci.url("/a")))).toBe(
      "straight",
    );
    expect(gate.asked).toEqual([]);
  });

  test.each(["127.0.0.1", "example.org,127.0.0.1", "*"])("is passed by for what NO_PROXY names: %s", async (names) => {
    const [ci, gate] = [await server(), await proxy()];
    ci.route("/a", file("straight"));
    const environment = { HTTP_PROXY: `http://127.0.0.1:${gate.port}`, NO_PROXY: names };
    expect(await textOf((await http({ environment })).getDocument(ci.url("/a")))).toBe("straight");
    expect(gate.asked).toEqual([]);
  });

  test("is taken from the environment that is handed in, never from the process's own", async () => {
    const [ci, gate] = [await server(), await proxy()];
    ci.route("/a", file("straight"));
    process.env.http_proxy = `http://127.0.0.1:${gate.port}`;
    onTestFinished(() => void delete process.env.http_proxy);
    expect(await textOf((await http()).getDocument(ci.url("/a")))).toBe("straight");
    expect(gate.asked).toEqual([]);
  });

  test("gets its own credentials, and the server gets none of them", async () => {
    const [ci, gate] = [await server(), await proxy(basic("ada", "l@ce"))];
    ci.route("/a", file("through"));
    const client = await http({ environment: { HTTP_PROXY: `http://ada:l%40ce@127.0.0.1:${gate.port}` } });
    expect(await textOf(client.getDocument(ci.url("/a")))).toBe("through");
    expect(ci.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  test.each([
    ["http", undefined],
    ["https", "with TLS"],
  ])("that wants credentials is told as such, for %s", async (_, tls) => {
    const [ci, gate] = [await server(tls === undefined ? {} : { certificates }), await proxy(basic("ada", "l@ce"))];
    const address = `http://127.0.0.1:${gate.port}`;
    const client = await http({ environment: { HTTP_PROXY: address, HTTPS_PROXY: address } });
    const failure = await failureOf(client.getDocument(ci.url("/a")));
    expect(failure.message).toContain("the proxy wants credentials");
    expect(failure.hint).toContain("http://USER:PASSWORD@HOST:PORT");
    expect(gate.asked).toHaveLength(1);
  });

  test("that is no address is told by the variable's name, and not by its value", async () => {
    const failure = await failureOf(
      (await http({ environment: { HTTP_PROXY: "http://u:pw@:x" } })).getDocument("http://127.0.0.1:1/"),
    );
    expect(failure.message).toBe("HTTP_PROXY is not the address of a proxy");
  });
});

/** A silence as long as it is in earnest, by its clock. */
const HALF_A_MINUTE = {
  limits: { ...HTTP_LIMITS, idleMs: 50 },
  clock: { ...impatientClock(), monotonic: () => performance.now() * 100 },
};

describe("a server", () => {
  test("that is not there is told after some tries", async () => {
    const ci = await server();
    await ci.close();
    const clock = impatientClock();
    const failure = await failureOf((await http({ clock })).getDocument(ci.url("/")));
    expect(failure).toMatchObject({ message: `${ci.url("/")} cannot be asked: nothing listens there`, exitCode: 3 });
    expect(clock.slept).toHaveLength(3);
  });

  test("whose name is unknown is told at once", async () => {
    const clock = impatientClock();
    const failure = await failureOf((await http({ clock })).getDocument("http://nowhere.invalid/"));
    expect(failure.message).toMatch(
      /cannot be asked: (there is no host of that name|its name cannot be looked up now)/,
    );
  });

  test("that takes the request and says nothing is given up", async () => {
    const ci = await server();
    ci.route("/", () => {});
    const failure = await failureOf((await http(HALF_A_MINUTE)).getDocument(ci.url("/")));
    expect(failure.message).toBe(`${ci.url("/")} cannot be asked: it takes the request and says nothing`);
  });

  test("that stops in the middle is given up", async () => {
    const ci = await server();
    ci.route("/", file("hello world", { breaks: { after: 4, times: 9, by: "silence" } }));
    const failure = await failureOf((await http(HALF_A_MINUTE)).getDocument(ci.url("/")));
    expect(failure.message).toBe(`${ci.url("/")} cannot be asked: it says nothing more`);
  });

  test("that trickles slowly is waited for, as long as something comes", async () => {
    const ci = await server();
    ci.route("/", file("hello world", { trickle: { bytes: 1, everyMs: 20 } }));
    const limits = { ...HTTP_LIMITS, idleMs: 150 };
    expect(await textOf((await http({ limits })).getDocument(ci.url("/")))).toBe("hello world");
  });

  test("that is no web server is told", async () => {
    const other = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const failure = await failureOf((await http()).getDocument(`http://127.0.0.1:${port}/`));
    expect(failure.message).toBe(`http://127.0.0.1:${port}/ cannot be asked: it does not speak HTTP`);
  });

  test.each([undefined, "through a proxy"])("has so many connections to bear, and no more (%s)", async (through) => {
    const [ci, gate] = [await server(), await proxy()];
    let [open, most] = [0, 0];
    ci.route("/", async (request, answer) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 5));
      open--;
      await file("x")(request, answer);
    });
    const limits = { ...HTTP_LIMITS, connections: 3 };
    const environment = through === undefined ? {} : { HTTP_PROXY: `http://127.0.0.1:${gate.port}` };
    const client = await http({ limits, environment });
    await Promise.all(Array.from({ length: 20 }, (_, index) => client.getDocument(ci.url(`/?${index}`))));
    expect(most).toBe(3);
    expect(ci.requests).toHaveLength(20);
  });

  test("is asked no more when the person has had enough in the middle of its answer", async () => {
    const ci = await server();
    ci.route("/", file("hello world", { breaks: { after: 4, by: "silence" } }));
    const enough = new AbortController();
    const asking = (await http()).openBody(ci.url("/"), { offset: 0 }, { signal: enough.signal });
    const { stream } = await asking;
    const reading = stream.toArray();
    enough.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
  });
});
