import { environmentFailure, type Failure } from "../../model/failure.ts";
import { type SshAddress, sshCommand, sshWritten } from "../../model/ssh.ts";
import { parseDockerHost } from "../address.ts";

/** Before each line that is meant for us: a login shell may print what it likes. */
const MARK = "devenv:";

/** After it the connection stands. */
export const READY = `${MARK}ready`;

/**
 * Whoever held the connection is gone. ssh itself would go on for as long as any of its forwards is in use, and lead ports
 * that nobody watches; its server, which has started this, ends it at once.
 */
const STAYS = "cat >/dev/null; kill $PPID";

/**
 * What is run over there: it says where the Docker daemon is, and stays until its standard input ends. It asks in the
 * order of Docker's own client (DOCKER_HOST, the current context), then looks where daemons usually listen, a rootless
 * one's place among them. In single quotes and without one in it, without `!` and a line's end: the login shell of the
 * account may be any, csh and fish among them.
 */
const SCRIPT = [
  "h=$DOCKER_HOST",
  `if command -v docker >/dev/null 2>&1; then echo ${MARK}docker`,
  '[ -n "$h" ] || h=$(docker context inspect --format "{{.Endpoints.docker.Host}}" 2>/dev/null); fi',
  // The built-in context names the system's socket, whether it is there or not.
  'if [ -z "$DOCKER_HOST" ] && { [ -z "$h" ] || [ "$h" = unix:///var/run/docker.sock ]; }',
  'then r=$XDG_RUNTIME_DIR; [ -n "$r" ] || r=/run/user/$(id -u)',
  'for s in "$HOME/.docker/run/docker.sock" "$r/docker.sock" /var/run/docker.sock',
  'do [ -S "$s" ] && h=unix://$s; done; fi',
  `echo "${MARK}host $h"`,
  `case $h in unix://*) p=$(printf %s "$h" | cut -c8-); [ -S "$p" ] || echo ${MARK}absent`,
  `[ -w "$p" ] || echo ${MARK}denied; esac`,
  `echo "${MARK}user $(id -un)"`,
  `echo ${READY}`,
  STAYS,
].join("; ");

/** Of a machine of ours all is known, and under plain emulation Docker's client alone takes three seconds. */
const machineScript = (docker: string): string => `echo "${MARK}host unix://${docker}"; echo ${READY}; ${STAYS}`;

/** The command that is run over there. */
export const greetingOf = ({ machine }: SshAddress): string =>
  `exec sh -c '${machine === undefined ? SCRIPT : machineScript(machine.docker)}'`;

/** What the host said of itself. */
export interface Greeting {
  /** As DOCKER_HOST has it; empty where nothing names a daemon and none is at the usual places. */
  readonly dockerHost: string;
  /** Docker's client is installed. */
  readonly hasDocker: boolean;
  /** The socket that it names is not there, or not this account's to write to. */
  readonly socket: "usable" | "absent" | "denied";
  readonly user: string;
}

/** Reads what `greetingOf` had printed, among whatever else the login shell did. */
export function readGreeting(lines: readonly string[]): Greeting {
  const ours = lines.filter((line) => line.startsWith(MARK)).map((line) => line.slice(MARK.length).trimEnd());
  const value = (key: string) => ours.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? "";
  const says = (word: string) => ours.includes(word);
  return {
    dockerHost: value("host"),
    hasDocker: says("docker"),
    socket: says("absent") ? "absent" : says("denied") ? "denied" : "usable",
    user: value("user"),
  };
}

/**
 * Where the daemon is over there, as `ssh -L` writes it: a socket's path, or `host:port`.
 * @throws Failure (environment) where there is none that could be reached, with what to do over there
 */
export function daemonThere(greeting: Greeting, address: SshAddress): string {
  const { dockerHost, socket, hasDocker, user } = greeting;
  const there = sshWritten(address);
  if (dockerHost === "" || socket === "absent") throw noDocker(there, dockerHost, hasDocker);
  if (socket === "denied") {
    throw environmentFailure(`${user} may not use the Docker daemon on ${there}: permission denied at ${dockerHost}`, {
      hint: `Add the account to the socket's group: \`${sshCommand(address)} sudo usermod -aG docker ${user}\`, then try again.`,
    });
  }
  const daemon = parseDockerHost(dockerHost, undefined, `DOCKER_HOST on ${there}, ${dockerHost},`);
  if (daemon.kind === "tcp") return `${daemon.host}:${daemon.port}`;
  if (!/[:\\]/.test(daemon.path)) return daemon.path;
  throw environmentFailure(`the Docker daemon on ${there} listens at ${daemon.path}, which ssh cannot forward`, {
    hint: "ssh -L splits at a colon: let the daemon listen at a path without one.",
  });
}

function noDocker(there: string, dockerHost: string, hasDocker: boolean): Failure {
  if (dockerHost !== "") {
    return environmentFailure(`no Docker daemon listens at ${dockerHost} on ${there}`, {
      hint: "Start it there (`sudo systemctl start docker`), or correct DOCKER_HOST or the current context there.",
    });
  }
  return environmentFailure(hasDocker ? `no Docker daemon runs on ${there}` : `${there} has no Docker`, {
    hint: hasDocker
      ? "Start it there: `sudo systemctl start docker`."
      : "Install it there: https://docs.docker.com/engine/install/",
  });
}
