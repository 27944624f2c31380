import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { peekText } from "../host/files.ts";
import { expectSuccess, type Finished, type RunOptions } from "../host/process.ts";
import { environmentFailure } from "../model/failure.ts";
import type { Surroundings } from "./surroundings.ts";

/** Where iptables, ip and dockerd are, which an ordinary user's PATH leaves out on Debian. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/** The PATH to look for an engine's programs in, and to start them with. */
export function programPath(environment: Readonly<NodeJS.ProcessEnv>): string {
  const own = (environment.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...new Set([...own, ...SYSTEM_FOLDERS])].join(delimiter);
}

/** The program's absolute path, or undefined when it is not installed. */
export function findProgram(name: string, { environment }: Surroundings): string | undefined {
  const paths = programPath(environment)
    .split(delimiter)
    .map((folder) => join(folder, name));
  return paths.find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a program of the system and gives what it printed.
 * @throws Failure (environment) with the program's own words
 */
export async function runProgram(
  surroundings: Surroundings,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const finished = await tryProgram(surroundings, command, args, options);
  return expectSuccess(finished, ({ output, missing }) =>
    missing
      ? environmentFailure(`${command} is not installed`)
      : environmentFailure(`\`${command} ${args.join(" ")}\` failed`, { output: output.trim() }),
  );
}

/** As `runProgram`, for those whose failing is an answer. */
export function tryProgram(
  { processes, environment }: Surroundings,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  return processes.run(command, args, { ...options, env: { ...options.env, PATH: programPath(environment) } });
}

/** How packages are installed here, by the system's own word of what it is (os-release(5)). */
const INSTALLERS: readonly { readonly like: readonly string[]; readonly command: string; readonly engine: string }[] = [
  { like: ["debian", "ubuntu"], command: "apt-get install", engine: "docker.io" },
  { like: ["fedora", "rhel", "centos"], command: "dnf install", engine: "moby-engine" },
  { like: ["suse", "opensuse"], command: "zypper install", engine: "docker" },
  { like: ["arch"], command: "pacman -S", engine: "docker" },
  { like: ["alpine"], command: "apk add", engine: "docker" },
];

/**
 * The exact command that installs packages here, for a hint: in backticks, as a command stands in a sentence. `engine` stands for the Docker engine's package.
 * @param osRelease the text of /etc/os-release
 */
export function installCommand(
  packages: readonly string[],
  osRelease: string = peekText("/etc/os-release") ?? "",
): string {
  const words = [...osRelease.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)].flatMap(([, value]) =>
    (value ?? "").replaceAll('"', "").split(" "),
  );
  const installer = INSTALLERS.find(({ like }) => like.some((name) => words.includes(name)));
  if (!installer) return `your system's way to install ${packages.join(", ").replace("engine", "the Docker engine")}`;
  const names = packages.map((name) => (name === "engine" ? installer.engine : name));
  return `\`sudo ${installer.command} ${names.join(" ")}\``;
}
