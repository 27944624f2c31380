import type { Builder, DebuggerWish } from "../model/builder.ts";
import { onlyTrue, type Plain, present, unlessEmpty } from "./canonical-parts.ts";

/** `x-devenv.build` of a service, without what is a default anyway. */
export function canonicalBuilder(builder: Builder): Plain {
  return present({ ...ofItsKind(builder), cache: builder.cache, env: unlessEmpty(builder.env) });
}

function ofItsKind(builder: Builder): Plain {
  switch (builder.kind) {
    case "go": {
      const { packages, tags, cgo, debug } = builder;
      return { go: oneOrList(packages), tags: listed(tags), cgo: onlyTrue(cgo), debug: debug && debuggerOf(debug) };
    }
    case "cargo": {
      const { binaries, profile, features, target } = builder;
      const notUsual = profile === "dev" ? undefined : profile;
      return { cargo: oneOrList(binaries), profile: notUsual, features: listed(features), target };
    }
    case "node":
      return { node: builder.script, output: builder.output };
    case "command":
      return { command: builder.command };
    default:
      return builder satisfies never;
  }
}

const debuggerOf = ({ port }: DebuggerWish): unknown => (port === undefined ? true : { port });

const oneOrList = (items: readonly string[]): string | readonly string[] | undefined =>
  items.length === 1 ? items[0] : items;

const listed = (items: readonly string[]): readonly string[] | undefined => (items.length === 0 ? undefined : items);
