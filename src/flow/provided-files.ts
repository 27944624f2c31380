import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";

/** The files of this machine that hold secrets and configs, each with the services that get them from it. */
export function providedFiles({ services, secretSource, secretVariables = [] }: Profile): Map<string, ServiceName[]> {
  const files = new Map<string, ServiceName[]>();
  const add = (file: string, service: ServiceName) => {
    files.set(file, [...new Set([...(files.get(file) ?? []), service])]);
  };
  const kept = secretSource?.kind === "file" ? secretSource.file : undefined;
  for (const { name, provided } of services) {
    for (const { source } of provided) {
      if (source.kind === "file") add(source.file, name);
      else if (source.kind !== "content" && kept !== undefined) add(kept, name);
    }
    const takes = secretVariables.some((variable) => variable.services.includes(name));
    if (takes && kept !== undefined) add(kept, name);
  }
  return files;
}
