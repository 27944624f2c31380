import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";

/** A certificate authority of the test's own, and one server's certificate that it signed. Paths of PEM files. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  remove(): Promise<void>;
}

/**
 * @param names what the server's certificate is for, as OpenSSL writes it: `IP:127.0.0.1,DNS:localhost`
 * @param signed when it was signed, as faketime(1) takes it (`-30 days`); it counts for two days
 */
export async function makeCertificates(names: string, signed?: string): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-certificates-"));
  const at = (file: string) => join(folder, file);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const root = ["-x509", ...curve, "-days", "2", "-subj", "/CN=authority of a test"];
  await openssl("req", ...root, "-keyout", at("ca.key"), "-out", at("ca.pem"));
  await openssl("req", ...curve, "-subj", "/CN=server", "-keyout", at("server.key"), "-out", at("server.csr"));
  await writeFile(at("extensions"), `subjectAltName=${names}\n`);
  const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("extensions")];
  const sign = ["x509", "-req", "-days", "2", "-in", at("server.csr"), ...by, "-out", at("server.pem")];
  if (signed === undefined) await openssl(...sign);
  else await ran("faketime", signed, "openssl", ...sign);
  return {
    authority: at("ca.pem"),
    certificate: at("server.pem"),
    key: at("server.key"),
    remove: () => rm(folder, { recursive: true }),
  };
}

const openssl = (...args: string[]): Promise<void> => ran("openssl", ...args);

async function ran(program: string, ...args: string[]): Promise<void> {
  const { code, output, missing } = await systemProcesses.run(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${missing ? "not installed" : output}`);
}
