import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder, writeAtomic } from "../host/files.ts";
import type { Platform } from "../model/artifact.ts";
import { findBusybox } from "./busybox.ts";
import debug from "./debug.sh";
import { flip } from "./entries.ts";
import firstStart from "./first-start.sh";
import { FORWARDER } from "./relay/forwarder-script.ts";
import supervise from "./supervise.sh";

/**
 * The programs of busybox that a script finds in an image that has none. Only some builds of busybox let its shell find
 * them by itself; which of these a build has, it knows itself.
 */
const TOOLS = [
  ...["[", "ash", "awk", "base64", "basename", "bunzip2", "bzip2", "cat", "chgrp", "chmod", "chown", "cksum", "clear"],
  ...["cmp", "comm", "cp", "cut", "date", "dd", "df", "diff", "dirname", "du", "echo", "egrep", "env", "expand"],
  ...["expr", "false", "fgrep", "find", "fold", "free", "getopt", "grep", "groups", "gunzip", "gzip", "head"],
  ...["hexdump", "hostname", "id", "install", "ip", "kill", "killall", "less", "ln", "logger", "ls", "md5sum"],
  ...["mkdir", "mkfifo", "mknod", "mktemp", "more", "mv", "nc", "nice", "nl", "nohup", "nproc", "nslookup", "od"],
  ...["paste", "patch", "pgrep", "pidof", "ping", "pkill", "printenv", "printf", "ps", "pwd", "readlink", "realpath"],
  ...["renice", "rev", "rm", "rmdir", "sed", "seq", "setsid", "sh", "sha1sum", "sha256sum", "sha512sum", "shuf"],
  ...["sleep", "sort", "split", "stat", "strings", "stty", "sync", "tac", "tail", "tar", "tee", "test", "time"],
  ...["timeout", "top", "touch", "tr", "true", "truncate", "tsort", "tty", "umount", "uname", "unexpand", "uniq"],
  ...["unlink", "unxz", "unzip", "uptime", "usleep", "uudecode", "uuencode", "vi", "wc", "wget", "which", "who"],
  ...["whoami", "xargs", "xxd", "xz", "xzcat", "yes", "zcat"],
];

/**
 * Fills the folder that containers see as /devenv/init: a static busybox, the scripts that it runs there, and its tools
 * under their own names. Rewrites only what differs, each by one rename: a container may be running the old one.
 * @throws Failure (environment) when this machine has no static busybox for the daemon's platform.
 */
export async function prepareInit(folder: string, platform: Platform): Promise<void> {
  await writeIfDifferent(join(folder, "busybox"), await findBusybox(platform), 0o755);
  await writeIfDifferent(join(folder, "supervise"), Buffer.from(supervise), 0o644);
  await writeIfDifferent(join(folder, "debug"), Buffer.from(debug), 0o644);
  await writeIfDifferent(join(folder, "first-start"), Buffer.from(firstStart), 0o644);
  await writeIfDifferent(join(folder, "forward.mjs"), Buffer.from(FORWARDER), 0o644);
  await linkTools(join(folder, "bin"));
}

async function writeIfDifferent(path: string, content: Buffer, mode: number): Promise<void> {
  const there = await readFile(path).catch(() => undefined);
  if (there?.equals(content)) return;
  await writeAtomic(path, content, mode);
}

async function linkTools(folder: string): Promise<void> {
  await ensureFolder(folder, 0o755);
  const there = new Set(await readdir(folder));
  for (const tool of TOOLS.filter((name) => !there.has(name))) await flip(join(folder, tool), "../busybox");
}
