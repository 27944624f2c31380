import type { Stats } from "node:fs";
import { access, open, realpath, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { keyValues } from "./key-values.ts";

/** Why a file may not be used as one that holds secrets, and what to do about it. */
export interface Refusal {
  readonly problem: string;
  readonly hint: string;
  /** There is nothing; otherwise there is something that is not taken. */
  readonly isMissing: boolean;
}

/** What a secrets file gives, or why it may not be used. */
export type Secrets = { readonly values: Readonly<Record<string, string>> } | Refusal;

/** Docker's own limit for a secret of a Swarm. */
const LARGEST_BYTES = 500 * 1024;

/** Reads the profile's file of KEY=VALUE lines, under the conditions of `readPrivateFile`. */
export async function readSecrets(file: string): Promise<Secrets> {
  const read = await readPrivateFile(file, `the secrets file ${file}`);
  if ("problem" in read) return read;
  const { values, flaws } = keyValues(read.content.toString("utf8"));
  if (flaws.length === 0) return { values };
  const problem = `the secrets file ${file}: ${sayFlaws(flaws)}`;
  return { problem, hint: QUOTE, isMissing: false };
}

/** Words for the numbers of lines that are none of `KEY=VALUE`. */
export const sayFlaws = (flaws: readonly number[]): string =>
  flaws.length === 1 ? `line ${flaws[0]} is not KEY=VALUE` : `lines ${flaws.join(", ")} are not KEY=VALUE`;

export const QUOTE =
  "write KEY=VALUE, a value of several lines in quotes: KEY='first\nsecond'; in \"…\", \\n is a new line";

/**
 * Reads a file whose content is a secret. It is refused when others may read it, or when it lies in a git work tree,
 * where one careless `git add` would publish it. `what` names it in the messages: "the file of secret db_password".
 */
export async function readPrivateFile(file: string, what: string): Promise<{ readonly content: Buffer } | Refusal> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => error);
  if (handle instanceof Error) return notOpened(file, what, handle);
  try {
    const facts = await handle.stat();
    return (await refusal(file, what, facts)) ?? { content: await handle.readFile() };
  } catch (error) {
    return cannotRead(file, what, error as NodeJS.ErrnoException);
  } finally {
    await handle.close();
  }
}

async function refusal(file: string, what: string, facts: Stats): Promise<Refusal | undefined> {
  const refused = (problem: string, hint: string) => ({ problem: `${what} ${problem}`, hint, isMissing: false });
  if (!facts.isFile()) return refused("is no file", `name a file, and ${create(file)}`);
  if ((facts.mode & 0o077) !== 0) {
    const mode = (facts.mode & 0o777).toString(8).padStart(4, "0");
    const hint = (await keepsModes(file))
      ? `\`chmod 600 ${file}\``
      : `its file system keeps no permissions: ${move(file)}`;
    return refused(`has mode ${mode}; it must be 0600, its owner's alone`, hint);
  }
  const repository = await enclosingRepository(dirname(await realpath(file)));
  if (repository !== undefined) {
    const hint = `${move(file)}\nWhat was ever committed is in the history for good: then have it replaced by a new one.`;
    return refused(`lies in the repository ${repository}`, hint);
  }
  if (facts.size > LARGEST_BYTES) return refused(`is larger than ${LARGEST_BYTES} bytes`, "a secret is a short text");
  return undefined;
}

function notOpened(file: string, what: string, error: NodeJS.ErrnoException): Refusal {
  const isMissing = error.code === "ENOENT" || error.code === "ENOTDIR";
  if (!isMissing) return cannotRead(file, what, error);
  return { problem: `${what} is not there`, hint: create(file), isMissing: true };
}

const cannotRead = (file: string, what: string, error: NodeJS.ErrnoException): Refusal => ({
  problem: `${what} cannot be read (${error.code ?? error.message})`,
  hint: error.code === "EACCES" ? `make it yours: \`sudo chown "$USER" ${file} && chmod 600 ${file}\`` : create(file),
  isMissing: false,
});

const create = (file: string) => `create it with: \`mkdir -p ${dirname(file)} && install -m 600 /dev/null ${file}\``;

const move = (file: string) =>
  `move it out, and name its new place in the profile: \`install -D -m 600 ${file} ~/.config/devenv/${basename(file)} && rm ${file}\``;

/** statfs(2): 9p and DrvFs (a Windows drive in WSL), FAT, exFAT, SMB, VirtualBox's folders. There chmod does nothing. */
const WITHOUT_MODES: ReadonlySet<number> = new Set([
  0x01021997, 0x53464846, 0x4d44, 0x2011bab0, 0xff534d42, 0xfe534d42, 0x786f4256,
]);

const keepsModes = (file: string): Promise<boolean> =>
  statfs(file).then(
    ({ type }) => !WITHOUT_MODES.has(type),
    () => true,
  );

async function enclosingRepository(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const isRepository = await access(join(at, ".git")).then(
      () => true,
      () => false,
    );
    if (isRepository) return at;
    if (dirname(at) === at) return undefined;
  }
}
