import * as z from "zod";
import { duration, flag, mapping, maybe, text } from "./schema-parts.ts";

const keys = {
  command: text.describe("For sh -c in the repository, on this machine"),
  within: maybe(duration, "How long it may take; 1m by default"),
};
const before = mapping(keys);
const after = mapping({ ...keys, required: maybe(flag, "Its failure rolls the swap back; false by default") });

/** `x-devenv.before_build` of a service: a command, its long form, or a list of such. */
export const beforeBuild = z.union([text, before, z.array(z.union([text, before]))]);

/** `x-devenv.after_swap`, in the same forms. */
export const afterSwap = z.union([text, after, z.array(z.union([text, after]))]);
