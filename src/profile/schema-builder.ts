import * as z from "zod";
import { closedMapping, flag, mapping, maybe, oneOf, port, text, textMap } from "./schema-parts.ts";

/** The presets of `x-devenv.build`, each a key that says what is built. */
const PRESETS = ["go", "cargo", "node", "command"] as const;
type Preset = (typeof PRESETS)[number];

/** The further keys that only one of the presets has. */
const KEYS_OF: Readonly<Record<Preset, readonly string[]>> = {
  go: ["tags", "cgo", "debug"],
  cargo: ["profile", "features", "target"],
  node: ["output"],
  command: [],
};

const CHOSEN = "it is chosen from the daemon; for other platforms: devenv build --platform";
const TOLD = {
  DEVENV_OUT: "the command is told by it where the artifact goes",
  DEVENV_TARGET_OS: CHOSEN,
  DEVENV_TARGET_ARCH: CHOSEN,
};

/** Variables that a preset sets from the daemon's platform or from other keys: in `env` they would be overruled. */
const RESERVED: Readonly<Record<Preset, Readonly<Record<string, string>>>> = {
  go: {
    GOOS: CHOSEN,
    GOARCH: CHOSEN,
    CGO_ENABLED: "write cgo: true beside go",
  },
  cargo: {
    CARGO_BUILD_TARGET: "write target beside cargo",
    CARGO_TARGET_DIR: "devenv has a folder of its own for it, so that it waits for no other cargo",
  },
  node: TOLD,
  command: TOLD,
};

const goPackage = z.string().regex(/^[^-\s]\S*$/, "must be a Go package, ./cmd/books for example");
const binary = z.string().regex(/^\w[\w-]*$/, "must be the name of a binary, as cargo build --bin takes it");
const word = (what: string) => z.string().regex(/^[^-\s,][^\s,]*$/, `must be ${what}`);
/** One, or a list of some. */
const some = <Item extends z.ZodType>(item: Item) => z.union([item, z.array(item).min(1, "needs one at least")]);

/** `x-devenv.build` of a service: how its artifact is made from its work tree. */
export const artifactBuild = mapping({
  go: maybe(some(goPackage), "The Go package that is built; of a list, a folder with a binary each"),
  cargo: maybe(some(binary), "The Rust binary that is built; of a list, a folder with each of them"),
  node: maybe(
    word("a script of package.json"),
    "The script of package.json that builds, run by the package manager whose lock file is there",
  ),
  command: maybe(text, "A shell command that writes the artifact to $DEVENV_OUT"),
  tags: maybe(z.array(word("a build tag")), "go: the build tags that are on"),
  cgo: maybe(flag, "go: compile C as well (CGO_ENABLED=1); false by default"),
  debug: maybe(
    z.union([
      flag,
      closedMapping({ port: maybe(port, "The port of this machine for editors; a free one by default") }),
    ]),
    "go: build for a debugger, and run under the dlv of the image, published on 127.0.0.1",
  ),
  profile: maybe(word("a profile of Cargo.toml"), "cargo: dev, release, or one of Cargo.toml; dev by default"),
  features: maybe(z.array(word("a feature of Cargo.toml")), "cargo: the features that are on besides the default ones"),
  target: maybe(word("a target of rustc"), "cargo: the target; by default one that suits the daemon and the image"),
  output: maybe(
    z.string().regex(/^(?!\/)(?!(.*\/)?\.\.(\/|$))./, "must be a path inside of the repository"),
    "node: the folder, or the file, that the script makes; dist by default",
  ),
  cache: maybe(flag, "Take an earlier build where it was made of the same; true by default"),
  env: maybe(textMap, "Variables for the build besides the ones that devenv itself was given"),
})
  .superRefine(oneOf(PRESETS, true))
  .superRefine((given, context) => {
    const written: Readonly<Record<string, unknown>> = given;
    const chosen = PRESETS.filter((preset) => written[preset] !== undefined);
    const [preset] = chosen;
    if (preset === undefined || chosen.length > 1) return;
    for (const owner of PRESETS.filter((each) => each !== preset)) {
      for (const key of KEYS_OF[owner].filter((each) => written[each] !== undefined)) {
        context.addIssue({
          code: "custom",
          path: [key],
          message: `is a key of ${owner}, and this builds with ${preset}`,
        });
      }
    }
    for (const name of Object.keys(given.env ?? {})) {
      const hint = RESERVED[preset][name];
      if (hint !== undefined) {
        context.addIssue({ code: "custom", path: ["env"], message: `${name} is devenv's to set`, params: { hint } });
      }
    }
  });
