/** How the file beside an artifact is called that says its SHA-256. */
export const CHECKSUM_FILE = ".sha256";

/**
 * The SHA-256 of a file, as a file beside it says it: what `sha256sum` writes (`<hex>  <name>`, `<hex> *<name>`), the
 * same with several lines, `SHA256 (<name>) = <hex>` of the BSDs and OpenSSL, or the 64 characters alone.
 * @param name of the file without its folder: the line that names it is taken where there are several
 * @returns in small letters; undefined when the text says none, or not clearly
 */
export function sha256In(text: string, name: string): string | undefined {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const hex = /(?:^|[\s=])([0-9a-f]{64})(?:\s|$)/i.exec(line)?.[1];
    return hex === undefined ? [] : [{ hex: hex.toLowerCase(), names: namesIn(line) }];
  });
  const named = lines.filter(({ names }) => names === name || names.endsWith(`/${name}`));
  const hexes = new Set((named.length > 0 ? named : lines).map(({ hex }) => hex));
  return hexes.size === 1 ? [...hexes][0] : undefined;
}

/** The name of a line without the digest and what is around it. */
const namesIn = (line: string): string =>
  /\((.+)\)\s*=/.exec(line)?.[1] ?? line.replace(/^\s*[0-9a-f]{64}\s+\*?/i, "").trim();
