import * as z from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "a SHA-256 is 64 lower-case hexadecimal characters");
const size = z.int("a size is a whole number of bytes").nonnegative("a size is a whole number of bytes");
const build = z.int("a build is a whole number").positive("a build is a positive number");

/** Relative to the manifest's folder and never out of it; that no symlink leads out is checked when it is opened. */
const path = z.string().refine(isInside, "a path is relative to the manifest's folder and stays inside it");

function isInside(value: string): boolean {
  const segments = value.split("/");
  return !/[\\\0]/.test(value) && segments.every((segment) => segment !== "" && segment !== "..");
}

const artifact = z
  .object({
    os: z.string().min(1),
    arch: z.string().min(1),
    kind: z.enum(["file", "tree"]),
    path,
    sha256,
    size,
  })
  .refine(({ os, arch }) => (os === "any") === (arch === "any"), {
    message: '"any" stands for the operating system and the architecture together',
    path: ["arch"],
  });

const service = z.object({
  /** The build that made this entry; CI that builds only what changed keeps the entries of earlier builds. */
  build: build.optional(),
  commit: z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, "a commit is 40 hexadecimal characters"),
  artifacts: z.array(artifact).superRefine((artifacts, context) => {
    const seen = new Set<string>();
    for (const [index, { os, arch }] of artifacts.entries()) {
      if (seen.has(`${os}/${arch}`)) {
        context.addIssue({ code: "custom", message: `a second artifact for ${os}/${arch}`, path: [index] });
      }
      seen.add(`${os}/${arch}`);
    }
  }),
  config: z.object({ path, sha256, size }).optional(),
});

/** `manifest.json` of a CI folder. Keys that are not known are left alone: CI may note more than we read. */
export const manifestSchema = z.object({
  version: z.literal(1, "this devenv reads manifests of version 1"),
  build,
  createdAt: z.string().optional(),
  services: z.record(
    z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, "a service's name has letters, digits, dots, dashes, underscores"),
    service,
  ),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestService = Manifest["services"][string];
