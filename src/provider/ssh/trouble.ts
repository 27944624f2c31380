import { dirname, join } from "node:path";
import { environmentFailure, type Failure, userFailure } from "../../model/failure.ts";
import { type SshAddress, sshCommand, sshWritten } from "../../model/ssh.ts";

/** Why there is no connection, and whether another attempt could end otherwise. */
export interface Trouble {
  readonly failure: Failure;
  /** Trying again changes nothing, and a server may bar who does so too often. */
  readonly isFinal: boolean;
}

/** What ssh says, and what it means. All its failures have exit code 255, so its words are all there is. */
interface Reading {
  readonly says: RegExp;
  readonly isFinal: boolean;
  /** @param words everything that it said */
  readonly means: (there: string, address: SshAddress, words: string) => Failure;
}

const OTHER_HOST_KEY = /REMOTE HOST IDENTIFICATION HAS CHANGED|differs from the key for the IP/;
const NOT_LET_IN = /Permission denied \(|Too many authentication failures|Authentication failed/;

/** The first that fits holds. */
const READINGS: readonly Reading[] = [
  {
    says: OTHER_HOST_KEY,
    isFinal: true,
    means: (there, address, words) =>
      environmentFailure(`${there} shows another host key than the one you know`, {
        hint: `It was installed anew, or somebody stands in between: ask who runs it. If it is right, forget the old key: \`${forgetCommand(address, words)}\`, then \`${sshCommand(address)}\` once.`,
      }),
  },
  {
    says: /Host key verification failed|No \S+ host key is known for/,
    isFinal: true,
    means: (there, address) =>
      environmentFailure(`the host key of ${there} is not known yet`, {
        hint: `Run \`${sshCommand(address)}\` once, compare the fingerprint that it shows, and accept it.`,
      }),
  },
  {
    says: /Could not resolve hostname/,
    isFinal: false,
    means: (there) =>
      environmentFailure(`the name of ${there} is not known`, {
        hint: "Is it written right, the VPN up, the alias in ~/.ssh/config?",
      }),
  },
  {
    says: NOT_LET_IN,
    isFinal: true,
    means: (there, address) =>
      environmentFailure(`${there} does not let you in: it takes none of your keys`, {
        hint: `\`${sshCommand(address)} -o BatchMode=yes true\` has to work: \`ssh-add\` unlocks your key for it, \`ssh-copy-id\` puts it onto the host.`,
      }),
  },
  {
    says: /Bad (configuration option|owner or permissions)|bad configuration options|UNPROTECTED PRIVATE KEY/i,
    isFinal: true,
    means: (there) => userFailure(`ssh refuses its own configuration, so ${there} cannot be reached`),
  },
  {
    says: /Connection refused/,
    isFinal: false,
    means: (there) =>
      environmentFailure(`no ssh server answers at ${there}: connection refused`, {
        hint: "Is the port right, and sshd running there?",
      }),
  },
  {
    says: /timed out|No route to host|Network is unreachable|Host is down/,
    isFinal: false,
    means: (there) =>
      environmentFailure(`${there} cannot be reached`, { hint: "Is it on, and the VPN or network up?" }),
  },
];

/**
 * Reads the words with which ssh ended.
 * @param words its lines on standard error
 */
export function sshTrouble(address: SshAddress, words: readonly string[]): Trouble {
  const said = words.join("\n");
  const there = sshWritten(address);
  if (address.machine !== undefined) return { failure: withWords(machineTrouble(address, said), said), isFinal: false };
  const reading = READINGS.find(({ says }) => says.test(said));
  const failure = reading?.means(there, address, said) ?? environmentFailure(`the connection to ${there} ended`);
  return { failure: withWords(failure, said), isFinal: reading?.isFinal ?? false };
}

/** A machine that was given to minikube is the person's own: what it has against us is theirs to mend. */
function machineTrouble(address: SshAddress, said: string): Failure {
  if (address.machine?.of !== "minikube") return machineSilent(address);
  const there = sshWritten(address);
  if (OTHER_HOST_KEY.test(said)) {
    const known = join(dirname(address.machine.config), "known_hosts");
    return environmentFailure(`${there} shows another host key than before`, {
      hint: `It was installed anew, or somebody stands in between. If it is right, forget the old key: \`rm "${known}"\`, then \`devenv up\`.`,
    });
  }
  if (NOT_LET_IN.test(said)) {
    return environmentFailure(`${there} does not let devenv in`, {
      hint: "Behind driver ssh, `x-devenv.minikube.key` has to be a key that the account there takes; `devenv up` tries it.",
    });
  }
  return machineSilent(address);
}

/** Its key, its port and its configuration are a provider's: nothing of it is the person's to mend. */
const machineSilent = (address: SshAddress): Failure =>
  environmentFailure(`the ssh server of ${sshWritten(address)} does not answer`, {
    hint:
      address.machine?.of === "vm"
        ? `\`devenv vm stop ${address.machine.cluster}\`, then \`devenv up\`, starts it anew.`
        : "`devenv up` looks at it, and starts it where it does not run.",
  });

/** ssh's own words stand below: a jump host may be the one that fails. */
function withWords(failure: Failure, said: string): Failure {
  const make = failure.class === "user" ? userFailure : environmentFailure;
  return make(failure.message, { hint: failure.hint, output: said.trim() || undefined });
}

/** @param program which of OpenSSH's */
export const sshMissing = (program = "ssh"): Failure =>
  environmentFailure(`there is no ${program} on this machine`, {
    hint: "Install OpenSSH's client (Debian and Ubuntu: `sudo apt-get install openssh-client`).",
  });

/** Debian's ssh names the very command; elsewhere it is made of the address. */
function forgetCommand({ destination, port }: SshAddress, words: string): string {
  const named = /^\s*(ssh-keygen -f .* -R .*\S)\s*$/m.exec(words)?.[1];
  const host = destination.slice(destination.lastIndexOf("@") + 1);
  return named ?? `ssh-keygen -R ${port === undefined ? host : `'[${host}]:${port}'`}`;
}

/** The server lets ssh in, and forwards nothing to the daemon's socket. */
export const socketForbidden = (address: SshAddress): Failure =>
  environmentFailure(`the ssh server of ${sshWritten(address)} refuses to forward the Docker daemon's socket`, {
    // OpenSSH forwards no socket either where it forwards no TCP, or where PermitOpen names the only places.
    hint: "Its sshd_config has to say `AllowStreamLocalForwarding yes` and `AllowTcpForwarding yes` (or `local`), and neither `DisableForwarding yes` nor `PermitOpen`.",
  });

/** The server's word for a forward that its configuration forbids (RFC 4254, section 5.1). */
export const isProhibited = (line: string): boolean => /open failed: administratively prohibited/.test(line);
