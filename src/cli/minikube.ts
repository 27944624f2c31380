import type { Command } from "commander";
import type { MinikubeEnd } from "../flow/minikube.ts";
import type { MinikubeStatus } from "../model/minikube.ts";
import type { Profile } from "../model/profile.ts";
import type { Commands } from "./commands.ts";
import { columnsOf, inLines } from "./fold.ts";
import { printJson, type Session, say } from "./session.ts";
import { withStages } from "./stages.ts";

/** `devenv minikube`: the machine that a cluster of provider `minikube` is in. */
export function defineMinikube(commands: Commands): void {
  const minikube = commands.program
    .command("minikube")
    .description("the machine of minikube's that a cluster is in: minikube status|start|stop|pause|delete");
  defineVerb(minikube, commands, "status", "what minikube says of it, its address, and what Kubernetes publishes");
  defineVerb(
    minikube,
    commands,
    "start",
    "have it run, as the profile says (`devenv up` does, too), or go on with a paused one",
  );
  defineVerb(
    minikube,
    commands,
    "stop",
    "shut it down; its disk stays, and its containers with it; not one behind ssh, which is yours to stop",
  );
  defineVerb(minikube, commands, "pause", "pause what Kubernetes runs in it");
  defineDelete(minikube, commands);
}

type Verb = "status" | "start" | MinikubeEnd;

function defineVerb(minikube: Command, commands: Commands, verb: Verb, description: string): void {
  minikube
    .command(verb)
    .description(description)
    .argument("[profile]", "profile, by name or path")
    .action((name: string | undefined) =>
      commands.run(async (session) => {
        await act(session, verb, await session.profile(commands.profileOf(name)));
      }),
    );
}

function defineDelete(minikube: Command, commands: Commands): void {
  minikube
    .command("delete")
    .description(
      "remove it with all containers, images and data in it; a machine behind ssh stays, without minikube's part",
    )
    .argument("[profile]", "profile, by name or path")
    .option("--yes", "do not ask", false)
    .action((name: string | undefined, { yes }: { readonly yes: boolean }) =>
      commands.run(async (session) => {
        const profile = await session.profile(commands.profileOf(name));
        if (!yes) await askToDelete(session, profile);
        await act(session, "delete", profile);
      }),
    );
}

/** Nobody is asked about a machine that is not there. */
async function askToDelete(session: Session, profile: Profile): Promise<void> {
  const [{ expectMinikube }, questions] = await Promise.all([
    import("../flow/minikube.ts"),
    import("./minikube-questions.ts"),
  ]);
  await expectMinikube(profile, session.machine);
  await questions.askToDelete(session, profile);
}

async function act(session: Session, verb: Verb, profile: Profile): Promise<void> {
  const { endMinikube, minikubeStatus, startMinikube } = await import("../flow/minikube.ts");
  const { machine } = session;
  const now = await withStages(session, (stage) =>
    verb === "status"
      ? minikubeStatus(profile, machine)
      : verb === "start"
        ? startMinikube(profile, stage, machine)
        : endMinikube(verb, profile, stage, machine),
  );
  if (session.json) printJson(session, now);
  else say(session, minikubeLines(now, columnsOf(session.stdout)));
}

const STATES: Readonly<Record<MinikubeStatus["state"], string>> = {
  absent: "is not there; `devenv up` makes it",
  stopped: "is stopped; `devenv up` starts it",
  running: "runs",
  paused: "runs, and what Kubernetes has in it is paused",
  broken: "is in a state that minikube has no name for",
};

/** Of driver ssh, which minikube cannot start. */
const AWAY = "does not answer: it is switched off, or has another address now";

/** Where what is told of it begins. */
const INDENT = 14;

/**
 * What a person reads of it.
 * @param columns of the terminal, if it is one: lines are broken at words there
 */
export function minikubeLines(status: MinikubeStatus, columns: number | undefined): string {
  const lines = [headline(status), ...details(status).map(([name, what]) => `  ${name.padEnd(INDENT - 2)}${what}`)];
  return lines.flatMap((line) => (columns === undefined ? [line] : inLines(line, columns, INDENT))).join("\n");
}

function headline({ profile, state, driver, host }: MinikubeStatus): string {
  const odd = state === "broken" && host !== undefined && host !== "" ? ` (${host})` : "";
  const words = state === "stopped" && driver === "ssh" ? AWAY : STATES[state];
  return `minikube's machine ${profile} ${words}${odd}`;
}

/** A name, and what it is. */
type Detail = readonly [string, string];

function details({ state, driver, ip, docker, apiserver, mounts, push, services, version }: MinikubeStatus): Detail[] {
  const isThere = state === "running" || state === "paused";
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["driver", driver],
    ["address", ip],
    ["docker", docker && `unix://${docker}`],
    ["kubernetes", isThere ? (apiserver ?? "none") : undefined],
    ...mounts.map(({ path, mounted, problem }): Detail => {
      return ["folder", `${path}${mounted ? "" : ` (not mounted: ${problem})`}`];
    }),
    ["folders", push && `none, files are sent (push): ${push}`],
    ...services.map((url): Detail => ["service", url]),
    ["minikube", version],
  ];
  return rows.flatMap(([name, what]) => (what === undefined ? [] : [[name, what] as const]));
}
