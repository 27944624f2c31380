import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";

/** Where distributions keep the authorities that the system trusts: Debian and Alpine, Fedora, SUSE, BSD and macOS. */
const SYSTEM_FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * The certificates that a remote may be signed by: Node's own, the system's, and those of one more file.
 * @param more absolute path, as NODE_EXTRA_CA_CERTS names it; one that cannot be read adds nothing, as with Node itself
 */
export async function trustedAuthorities(more: string | undefined): Promise<string[]> {
  const texts = await Promise.all([...SYSTEM_FILES, ...(more === undefined ? [] : [more])].map(textOf));
  return [...rootCertificates, ...texts.filter((text) => text !== "")];
}

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
