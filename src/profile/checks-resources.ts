import { didYouMean } from "../model/nearest.ts";
import { DEFAULT_NETWORK } from "../model/network.ts";
import type { Scene } from "./checked.ts";
import type { ServiceData } from "./compose-schema.ts";
import type { Path } from "./located.ts";
import type { FileData } from "./schema-files.ts";
import { valueAt } from "./schema-problems.ts";

type Section = "networks" | "volumes" | "secrets" | "configs";

const ONE: Readonly<Record<Section, string>> = {
  networks: "network",
  volumes: "volume",
  secrets: "secret",
  configs: "config",
};

/** Whether what stands at the top under networks, volumes, secrets and configs makes sense by itself. */
export function checkDeclarations(scene: Scene): void {
  for (const section of ["networks", "volumes", "secrets", "configs"] as const) {
    for (const [key, declared] of Object.entries(scene.data[section] ?? {})) {
      checkExternal([section, key], declared, scene);
    }
  }
  for (const section of ["secrets", "configs"] as const) {
    for (const [key, declared] of Object.entries(scene.data[section] ?? {})) checkSource(section, key, declared, scene);
  }
}

interface Declared {
  readonly name?: string | undefined;
  readonly external?: { readonly isExternal: boolean; readonly name: string | undefined } | undefined;
}

/** What somebody else made can be told from here by its name only. */
function checkExternal(path: Path, declared: Declared, { problems }: Scene): void {
  const { external, name, ...more } = declared;
  if (external === undefined || !external.isExternal) return;
  const [first] = Object.entries(more).filter(([, value]) => value !== undefined);
  const what = path.join(".");
  if (first !== undefined) {
    problems.atKey([...path, first[0]], `${what} is external, so its ${first[0]} is not devenv's to say`);
  }
  if (name !== undefined && external.name !== undefined && name !== external.name) {
    problems.at([...path, "name"], `${what} has two names, ${external.name} and ${name}`, "only name is needed");
  }
}

function checkSource(section: "secrets" | "configs", key: string, declared: FileData, scene: Scene): void {
  const { file, environment, content, external } = declared;
  if (external?.isExternal || [file, environment, content].some((source) => source !== undefined)) return;
  const keys = section === "secrets" ? ["file", "environment"] : ["file", "environment", "content"];
  if (keys.some((each) => scene.mayHave([section, key], each))) return;
  const message = `the ${ONE[section]} ${key} comes from nowhere`;
  scene.problems.atKey([section, key], message, `give it ${keys.join(", ")} or external: true`);
}

/** Whether the networks, volumes, secrets and configs that a service uses are declared. */
export function checkUses(name: string, service: ServiceData, scene: Scene): void {
  for (const { section, key, path } of usesOf(service, scene.raw, ["services", name])) {
    declaredAt(section, key, path, scene);
  }
}

interface Use {
  readonly section: Section;
  readonly key: string;
  readonly path: Path;
}

function usesOf(service: ServiceData, raw: unknown, path: Path): Use[] {
  const isListed = Array.isArray(valueAt(raw, [...path, "networks"]));
  const networks = Object.keys(service.networks ?? {}).map((key, index): Use => {
    return { section: "networks", key, path: [...path, "networks", isListed ? index : key] };
  });
  const volumes = (service.volumes ?? []).flatMap((mount, index): Use[] => {
    if (mount.kind !== "volume" || mount.source === undefined) return [];
    return [{ section: "volumes", key: mount.source, path: [...path, "volumes", index] }];
  });
  const files = (["secrets", "configs"] as const).flatMap((section) =>
    (service[section] ?? []).map(({ source: key }, index): Use => ({ section, key, path: [...path, section, index] })),
  );
  return [...networks.filter(({ key }) => key !== DEFAULT_NETWORK), ...volumes, ...files];
}

function declaredAt(section: Section, key: string, path: Path, { data, raw, problems, mayHave }: Scene): void {
  if (Object.hasOwn(data[section] ?? {}, key) || mayHave([section], key)) return;
  const known = Object.keys((valueAt(raw, [section]) as object | null | undefined) ?? {});
  if (known.includes(key)) return;
  const more = section === "volumes" ? `; a folder is written ./${key}` : "";
  const example = section === "secrets" || section === "configs" ? `{ file: ./${key} }` : "";
  const hint = didYouMean(key, known) ?? `declare it at the top, ${section}: { ${key}: ${example || "{}"} }`;
  problems.atKey(path, `the ${ONE[section]} ${key} is not declared${more}`, hint);
}

/** Whether two things are mounted at the same place. */
export function checkMounts(name: string, service: ServiceData, { raw, problems }: Scene): void {
  const { volumes = [], tmpfs = [] } = service;
  const inMemory = tmpfs.map(([target], index) => ({ target, path: ["services", name, "tmpfs", index] as Path }));
  const mounted = volumes.map(({ target }, index) => ({ target, path: ["services", name, "volumes", index] as Path }));
  const all = [...inMemory, ...mounted];
  for (const [index, { target, path }] of all.entries()) {
    const first = all.slice(0, index).find((other) => other.target === target);
    // The very same entry twice in one list is one, as in Compose.
    if (first === undefined || JSON.stringify(valueAt(raw, first.path)) === JSON.stringify(valueAt(raw, path)))
      continue;
    problems.at(path, `${name} mounts two things at ${target}`, "only one of them would be seen");
  }
}
