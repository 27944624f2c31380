import type { SshAddress } from "../../model/ssh.ts";
import { greetingOf } from "./greeting.ts";

/**
 * What must hold whatever the person's configuration says; all the rest of it is honoured: aliases, keys, agents, jump
 * hosts, known hosts. Only options that OpenSSH 7.6 knows.
 */
const OPTIONS: Readonly<Record<string, string>> = {
  // Nobody is there to be asked: a key that needs a passphrase has to be in the agent.
  BatchMode: "yes",
  ConnectTimeout: "10",
  // The connection is ours alone, and ends with us. Whoever shares the person's own master dies with it (lima#5420).
  ControlMaster: "yes",
  ControlPersist: "no",
  // A network that is gone says nothing; without this, ssh would wait for it for hours (colima#1033).
  ServerAliveInterval: "2",
  ServerAliveCountMax: "3",
  // Forwards of the person's own would be taken twice, or stand in the way.
  ClearAllForwardings: "yes",
  ForwardAgent: "no",
  ForwardX11: "no",
  PermitLocalCommand: "no",
  RemoteCommand: "none",
  RequestTTY: "no",
  EscapeChar: "none",
  // With QUIET it would not say why it failed.
  LogLevel: "INFO",
};

/** A guest under plain emulation takes seconds for a handshake that others do in milliseconds, and has the time. */
const MACHINE_OPTIONS: Readonly<Record<string, string>> = { ConnectTimeout: "30", ServerAliveCountMax: "10" };

/**
 * Opens the connection, and stays: it ends when its standard input does, that is, with whoever started it.
 * @param ciphers in the place of those that ssh would offer, as `ssh -c` takes them
 */
export function connectArguments(address: SshAddress, control: string, ciphers?: string): string[] {
  const { destination, port, machine } = address;
  const wanted = {
    ...OPTIONS,
    ...(machine && MACHINE_OPTIONS),
    ...(ciphers !== undefined && { Ciphers: ciphers }),
    ControlPath: control,
  };
  return [
    ...(machine === undefined ? [] : ["-F", machine.config]),
    ...Object.entries(wanted).flatMap(([key, value]) => ["-o", `${key}=${value}`]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...["--", destination, greetingOf(address)],
  ];
}

/** What is asked of an open connection, at its control socket. */
export type Order =
  | { readonly do: "forward" | "cancel"; readonly from: string; readonly to: string }
  | { readonly do: "dial"; readonly place: string }
  /** Answered at once by an ssh that runs, whatever its network does. */
  | { readonly do: "check" }
  /** Ends it. */
  | { readonly do: "exit" }
  /** Runs a command over there. */
  | { readonly do: "run"; readonly command: string };

/** Without the person's configuration: with its own forwards in it, `-O forward` would ask for those, too. */
export function orderArguments(order: Order, control: string): string[] {
  return ["-F", "none", "-S", control, ...wordsOf(order)];
}

/** ssh wants a host's name, and asks the connection alone. */
function wordsOf(order: Order): string[] {
  switch (order.do) {
    case "dial":
      return ["-W", order.place, "--", "there"];
    case "run":
      return ["--", "there", order.command];
    case "check":
    case "exit":
      return ["-O", order.do, "--", "there"];
    case "forward":
    case "cancel":
      return ["-O", order.do, "-L", `${order.from}:${order.to}`, "--", "there"];
  }
}
