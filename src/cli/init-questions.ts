import { relative } from "node:path";
import { cancel, intro, isCancel, multiselect, text } from "@clack/prompts";
import type { Survey, Wish } from "../flow/init.ts";
import { interrupted } from "../model/failure.ts";
import type { FoundProgram } from "../profile/discover/found.ts";
import { PROFILE_NAME } from "../profile/workspace.ts";

/** Asks for the profile's name, unless it was given, and which programs become services. Ctrl-C writes nothing. */
export async function askWish(survey: Survey, proposal: Wish, given: string | undefined): Promise<Wish> {
  intro(`A profile of ${survey.composeFiles.length > 0 ? survey.composeFiles.join(" and ") : survey.workspace}`);
  const name = given ?? answered(await text({ message: "Its name", initialValue: proposal.name, validate: wrongName }));
  if (survey.programs.length < 2) return { name, programs: proposal.programs };
  const chosen = await multiselect<FoundProgram>({
    message: "Which of these are its services?",
    options: survey.programs.map((program) => ({
      value: program,
      label: program.name,
      hint: hintOf(program, survey.workspace),
    })),
    initialValues: [...proposal.programs],
    maxItems: 12,
  });
  const wanted = new Set(answered(chosen));
  return { name, programs: survey.programs.filter((program) => wanted.has(program)) };
}

const wrongName = (name: string | undefined): string | undefined =>
  PROFILE_NAME.test(name ?? "") ? undefined : "Small letters, digits, _ and -, the first a letter or a digit";

const hintOf = ({ what, port, folder }: FoundProgram, workspace: string): string =>
  [relative(workspace, folder) || ".", what, ...(port === undefined ? [] : [`port ${port}`])].join(", ");

function answered<Answer>(answer: Answer): Exclude<Answer, symbol> {
  if (!isCancel(answer)) return answer as Exclude<Answer, symbol>;
  cancel("Nothing was written.");
  throw interrupted();
}
