/** Lays out the result at argv[2], of the kind argv[3], at argv[4]; killed at a step. Run by lay-out.test.ts. */
import "./killed-at-step.ts";
import { layOut } from "../../../src/artifact/lay-out.ts";

const [result = "", kind, path = ""] = process.argv.slice(2);
void layOut(result, kind === "tree" ? "tree" : "file", path);
