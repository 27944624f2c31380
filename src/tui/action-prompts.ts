import type { ClusterName, ServiceName } from "../model/names.ts";
import type { ServiceStatus } from "../model/status.ts";
import type { Prompt } from "./prompt.ts";
import type { Wish } from "./wish.ts";

/** `devenv use`, asked: the mode that it has is said, the others are a key away. */
export function modePrompt({ name, mode }: Pick<ServiceStatus, "name" | "mode">): Prompt {
  const to = (chosen: string | undefined): Wish => ({
    kind: "perform",
    intent: { to: "mode", service: name, mode: chosen },
  });
  const led = (kind: "host" | "remote", label: string, note: string): Prompt => ({
    title: `${name}: ${kind}`,
    notes: [note],
    asks: "text",
    label,
    gives: (text) => to(`${kind}:${text}`),
  });
  return {
    title: `where the code of ${name} comes from`,
    notes: [`It is in mode ${mode}.`],
    asks: "choice",
    options: [
      { key: "l", words: "local: built from the work tree, and swapped in at every save", gives: to("local") },
      { key: "c", words: "ci: the build that CI made", gives: to("ci") },
      {
        key: "h",
        words: "host: a program on this machine has its place, under a debugger say",
        gives: led("host", "port on this machine: ", "The others are led to a port of this machine."),
      },
      {
        key: "r",
        words: "remote: one of a shared environment has its place",
        gives: led("remote", "URL: ", "The others are led to this address, as `https://api.example.org`."),
      },
      { key: "o", words: "off: it has no container", gives: to("off") },
      { key: "d", words: "what the profile says: your choice is taken back", gives: to(undefined) },
    ],
  };
}

export function fetchPrompt(service: ServiceName): Prompt {
  const fetch = (services: readonly ServiceName[]): Wish => ({ kind: "perform", intent: { to: "fetch", services } });
  return {
    title: "fetch builds of CI",
    notes: ["As the pins say, else the newest green one."],
    asks: "choice",
    options: [
      { key: "F", words: `of ${service}`, gives: fetch([service]) },
      { key: "a", words: "of all services that CI builds", gives: fetch([]) },
    ],
  };
}

export function resetPrompt(cluster: ClusterName): Prompt {
  return {
    title: `reset ${cluster}`,
    notes: [
      "Its containers, networks and volumes are removed, with all data in them, and what was delivered here. `devenv up` then starts from the builds of CI.",
    ],
    asks: "text",
    label: "the cluster's name, to do it: ",
    exactly: cluster,
    gives: (name) => ({ kind: "perform", intent: { to: "reset", name } }),
  };
}

/** `q` again, or enter, is the answer that changes nothing. */
export function quitPrompt(cluster: ClusterName): Prompt {
  return {
    title: "quit",
    notes: [],
    asks: "choice",
    options: [
      { key: "q", words: `and let ${cluster} go on as it is`, gives: { kind: "quit" } },
      {
        key: "d",
        words: `and bring ${cluster} down first; what is in its volumes stays`,
        gives: { kind: "perform", intent: { to: "down" }, quits: true },
      },
    ],
  };
}
