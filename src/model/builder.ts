/** `x-devenv.build`, the making of an artifact: one program, or a folder of several where the artifact is a tree. */
export type Builder = (GoBuilder | CargoBuilder | NodeBuilder | CommandBuilder) & {
  /** `cache: false`: it is built each time, though what it is made of may be what an earlier build was made of. */
  readonly cache?: false | undefined;
};

export interface GoBuilder {
  readonly kind: "go";
  /** One, or for a tree several: `./cmd/books`. */
  readonly packages: readonly string[];
  /** Build tags (`-tags`). */
  readonly tags: readonly string[];
  /** CGO_ENABLED. */
  readonly cgo: boolean;
  /** Built for a debugger and run under one; undefined where it is not. */
  readonly debug?: DebuggerWish | undefined;
  readonly env: BuildEnvironment;
}

export interface CargoBuilder {
  readonly kind: "cargo";
  /** One, or for a tree several: names as `cargo build --bin` takes them. */
  readonly binaries: readonly string[];
  /** `dev`, `release`, or one that Cargo.toml defines. */
  readonly profile: string;
  readonly features: readonly string[];
  /** What rustc calls the target; undefined for one that suits the platform and the image. */
  readonly target: string | undefined;
  readonly env: BuildEnvironment;
}

export interface NodeBuilder {
  readonly kind: "node";
  /** A script of package.json. */
  readonly script: string;
  /** What the script makes, relative to the repository: the artifact. */
  readonly output: string;
  readonly env: BuildEnvironment;
}

export interface CommandBuilder {
  readonly kind: "command";
  /** For `sh -c` in the repository. */
  readonly command: string;
  readonly env: BuildEnvironment;
}

export interface DebuggerWish {
  /** The port of this machine at which the debugger is found; undefined for a free one. */
  readonly port: number | undefined;
}

/** Variables that a build has besides devenv's own; they win over those, and over devenv's ways to make it fast. */
export type BuildEnvironment = Readonly<Record<string, string>>;
