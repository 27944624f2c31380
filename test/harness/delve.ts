import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemProcesses } from "../../src/host/process.ts";

/** It has to know the Go that builds the tests' programs. */
const VERSION = "v1.26.2";

/** The path of a real dlv, linked statically so that it runs in an empty image; installed through Go's own proxy once. */
export async function delve(): Promise<string> {
  const cache = join(tmpdir(), "devenv-test-programs");
  const folder = join(cache, `dlv-${VERSION}-${process.arch}`);
  if (await stat(folder).catch(() => undefined)) return join(folder, "dlv");
  await mkdir(cache, { recursive: true });
  // Renamed when whole: a run may be killed.
  const draft = await mkdtemp(join(cache, "draft-"));
  const env = { CGO_ENABLED: "0", GOBIN: draft, GOFLAGS: "", GOWORK: "off" };
  const args = ["install", "-ldflags=-s -w", `github.com/go-delve/delve/cmd/dlv@${VERSION}`];
  const finished = await systemProcesses.run("go", args, { cwd: draft, env });
  if (finished.code !== 0) throw new Error(`dlv cannot be installed: ${finished.output}`);
  await rename(draft, folder).catch(() => rm(draft, { recursive: true })); // another one was first
  return join(folder, "dlv");
}

/** As far as the tests ask for it (service/api/types.go of Delve). */
interface State {
  readonly Running: boolean;
  readonly exited: boolean;
  readonly currentThread?: { readonly file: string; readonly line: number; readonly breakPoint?: { id: number } };
}

/** An editor's side of dlv's JSON-RPC. */
export interface DelveClient {
  /** Sets a breakpoint at a line of a file as the build machine names it. */
  breakAt(file: string, line: number): Promise<void>;
  /** Has the program go on; resolves when it stands still again. */
  untilHalt(): Promise<State>;
  /** The value of an expression in the innermost frame. */
  evaluate(expression: string): Promise<string>;
  /** Resolves when dlv has ended the connection. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Attaches to a dlv that listens, and has its program stand still. @param address `127.0.0.1:2345` */
export async function attachTo(address: string): Promise<DelveClient> {
  const [host = "", port] = address.split(":");
  const socket = connect({ host, port: Number(port) });
  const waiting = new Map<number, (answer: Answer) => void>();
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => undefined); // told by what waits for an answer
  createInterface({ input: socket }).on("line", (line) => {
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
  });
  let last = 0;
  const call = async <T>(method: string, params: object): Promise<T> => {
    const id = ++last;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    socket.write(`${JSON.stringify({ method: `RPCServer.${method}`, params: [params], id })}\n`);
    const gone = closed.then((): never => {
      throw new Error(`dlv closed the connection before it answered ${method}`);
    });
    const { result, error } = await Promise.race([answered, gone]);
    if (error) throw new Error(`dlv on ${method}: ${error}`);
    return result as T;
  };
  await call("Command", { name: "halt" });
  return {
    closed,
    breakAt: (file, line) => call("CreateBreakpoint", { Breakpoint: { file, line } }),
    untilHalt: async () => (await call<{ State: State }>("Command", { name: "continue" })).State,
    async evaluate(expression) {
      const scope = { GoroutineID: -1, Frame: 0 };
      const config = { FollowPointers: true, MaxStringLen: 100 };
      const asked = { Scope: scope, Expr: expression, Cfg: config };
      return (await call<{ Variable: { value: string } }>("Eval", asked)).Variable.value;
    },
    close: () => socket.destroy(),
  };
}

interface Answer {
  readonly id: number;
  readonly result: unknown;
  readonly error: string | null;
}
