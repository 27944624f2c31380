import { userFailure } from "../model/failure.ts";
import type { Commands } from "./commands.ts";
import { printJson, type Session, say } from "./session.ts";

interface UnpinArguments {
  readonly services: readonly string[];
  readonly all: boolean;
  readonly profile: string | undefined;
}

export function defineUnpin({ program, run, profileOf }: Commands): void {
  program
    .command("unpin")
    .description("let services go on to CI's newest builds again")
    .argument("[service...]")
    .option("--all", "every pin of the workspace", false)
    .action((services: string[], { all }: { all: boolean }) =>
      run((session) => unpin(session, { services, all, profile: profileOf() })),
    );
}

async function unpin(session: Session, { services, all, profile: name }: UnpinArguments): Promise<void> {
  if (all === services.length > 0) {
    throw userFailure(all ? "--all means every service: name none" : "unpin which service?", {
      hint: "Write `devenv unpin books`, or `devenv unpin --all`.",
    });
  }
  const profile = await session.profile(name);
  const flow = await import("../flow/pin.ts");
  const taken = await flow.unpin(profile, all ? undefined : services, session.machine);
  if (session.json) {
    const unpinned = taken.map(({ service, before: { build } }) => ({ service, build }));
    printJson(session, { type: "unpinned", unpinned });
    return;
  }
  for (const { service, before } of taken) say(session, `✔ ${service} no longer stays on ci:${before.build}.`);
  const others = services.filter((service) => !taken.some((one) => one.service === service));
  for (const service of others) say(session, `= ${service} was not pinned.`);
  if (all && taken.length === 0) say(session, "Nothing was pinned.");
  if (taken.length > 0) say(session, `\`devenv fetch\` takes CI's newest.`);
}
