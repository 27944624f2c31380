import { failed } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { dockerVariables } from "../provider/docker-env.ts";
import type { StatusNews } from "../state/live.ts";
import { findCluster } from "./cluster.ts";
import type { Came, Deed } from "./deed.ts";
import { exec } from "./exec.ts";
import type { Machine } from "./machine.ts";
import { namedService, runningContainer } from "./services.ts";
import { shellWord } from "./shell-word.ts";
import type { StatusFeed } from "./status-feed.ts";

/** What a browser takes until it has opened, or has said that it cannot. */
const BROWSER_MS = 2000;

/** Opens a service's published address in the person's browser. @throws Failure with the address in its hint */
export async function openAddress(service: ServiceName, { profile, feed, machine }: Deed): Promise<Came> {
  namedService(profile(), service);
  const address = addressOf(service, feed);
  if (address === undefined || !/^https?:/.test(address))
    throw failed(address === undefined ? `${service} has no address` : `${address} is reached from the cluster only`, {
      hint: 'Publish a port of it in the profile: `ports: ["8081:8080"]`.',
    });
  const opener = openerOf(machine);
  const hint = `Open ${address} by hand.`;
  if (opener === undefined) throw failed("there is no display here for a browser", { hint });
  // It may well be the browser itself, which is not to end with us.
  const { code, timedOut, missing, output } = await machine.processes.run(opener, [address], {
    mustFinish: true,
    timeoutMs: BROWSER_MS,
  });
  if (missing) throw failed(`there is no ${opener} on the PATH to open a browser with`, { hint });
  if (!timedOut && code !== 0) throw failed(`${opener} cannot open a browser`, { hint, output });
  return { words: `${address} is opened in the browser` };
}

function addressOf(service: ServiceName, { news }: StatusFeed): string | undefined {
  let last: StatusNews | undefined;
  news.listen((told) => {
    last = told;
  })();
  const status = last?.is === "known" ? last.status : undefined;
  return status?.services.find(({ name }) => name === service)?.address ?? undefined;
}

function openerOf({ environment, machine: { platform, kernel } }: Machine): string | undefined {
  if (platform === "darwin") return "open";
  if (/microsoft/i.test(kernel)) return "wslview";
  const hasDisplay = environment.DISPLAY || environment.WAYLAND_DISPLAY || environment.BROWSER;
  return hasDisplay ? "xdg-open" : undefined;
}

/** The best shell that its image has; the last one every container of a cluster has, an empty one too. */
const SHELL = [
  "/devenv/init/busybox",
  "sh",
  "-c",
  "for s in /bin/bash /bin/sh; do [ -x $s ] && exec $s; done; exec $0 sh",
];

/** `DOCKER_HOST=unix:///run/docker.sock docker exec -it books-books-1 sh`: as text, to be run anywhere on this machine. */
export async function dockerCommand(name: ServiceName, { profile, machine }: Deed): Promise<Came> {
  const service = namedService(profile(), name);
  const cluster = await findCluster(profile(), machine);
  try {
    const container = await runningContainer(profile(), service, cluster, undefined);
    const variables = Object.entries(dockerVariables(cluster.endpoint)).flatMap(([variable, value]) =>
      value === null ? [] : [`${variable}=${shellWord(value)}`],
    );
    const [busybox = "", sh = ""] = SHELL;
    const text = [...variables, "docker", "exec", "-it", container.name, busybox, sh].join(" ");
    return { words: text, text };
  } finally {
    cluster.daemon.close();
  }
}

/** `devenv exec books sh` at the terminal, which has to be free: the screen is away until it resolves. */
export async function shell(service: ServiceName, { profile, terminal, machine }: Deed): Promise<Came> {
  const { stdin, stdout } = terminal;
  let resized = () => {};
  stdin.setRawMode(true);
  try {
    const code = await exec(profile(), service, undefined, machine, {
      command: [...SHELL.slice(0, 4), SHELL[0] ?? ""],
      tty: true,
      stdin,
      stdout,
      stderr: stdout,
      onStarted: (resize) => {
        resized = () => void resize(stdout.columns, stdout.rows).catch(() => undefined);
        resized();
        stdout.on("resize", resized);
      },
    });
    return { words: `the shell in ${service} ended${code === 0 ? "" : ` with code ${code}`}` };
  } finally {
    stdout.off("resize", resized);
    stdin.setRawMode(false);
    stdin.pause();
  }
}
