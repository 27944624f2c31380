import { once } from "node:events";
import { type Duplex, Readable, type Writable } from "node:stream";
import type Docker from "dockerode";
import type { ContainerId } from "../model/names.ts";
import type { Client } from "./client.ts";
import type { Daemon, ExecOptions } from "./daemon.ts";
import { frames } from "./frames.ts";

/** Programs run inside a container. */
export function execCalls(client: Client): Pick<Daemon, "exec"> {
  return {
    exec: (container, options) =>
      client.call(
        `run ${options.command[0]} in the container`,
        (docker) => run(docker, container, options),
        options.signal,
      ),
  };
}

async function run(docker: Docker, container: ContainerId, options: ExecOptions): Promise<number> {
  const { tty, signal } = options;
  const exec = await docker.getContainer(container).exec(body(options));
  const socket: Duplex = await exec.start({
    hijack: true,
    stdin: true,
    Tty: tty,
    ...(signal && { abortSignal: signal }),
  });
  // The request's signal ends with the request; what it was upgraded to is ours to end.
  const end = () => socket.destroy(signal?.reason);
  signal?.addEventListener("abort", end, { once: true });
  const stopInput = feed(options.stdin, socket);
  try {
    options.onStarted?.(async (columns, rows) => {
      await exec.resize({ w: columns, h: rows });
    });
    await copyOutput(socket, options);
    return await exitCode(exec, signal);
  } finally {
    stopInput();
    signal?.removeEventListener("abort", end);
    socket.destroy();
  }
}

function body(options: ExecOptions) {
  return {
    Cmd: [...options.command],
    Tty: options.tty,
    AttachStdin: options.stdin !== undefined,
    AttachStdout: true,
    AttachStderr: true,
    ...(options.user !== undefined && { User: options.user }),
    ...(options.workingDir !== undefined && { WorkingDir: options.workingDir }),
    ...(options.environment && { Env: Object.entries(options.environment).map(([k, v]) => `${k}=${v}`) }),
  };
}

/** Sends the input on; its end half-closes the socket, which is how the program sees its input end. */
function feed(stdin: ExecOptions["stdin"], socket: Duplex): () => void {
  if (!stdin) return () => {};
  if (!(stdin instanceof Readable)) {
    // Of a socket that broke, who reads from it hears.
    writeOut(stdin, socket).catch(() => undefined);
    return () => {};
  }
  stdin.pipe(socket);
  return () => {
    stdin.unpipe(socket);
    // A terminal that nobody reads any longer must not keep this process alive.
    stdin.pause();
  };
}

/** Writes pieces, each when the one before it has left this process; ends with them. @throws as the target breaks */
export async function writeOut(pieces: AsyncIterable<Buffer>, target: Writable): Promise<void> {
  for await (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      target.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  target.end();
}

async function copyOutput(socket: Duplex, { tty, stdout, stderr, signal }: ExecOptions): Promise<void> {
  // One that comes after the last read would otherwise end this process.
  socket.on("error", () => {});
  try {
    if (tty) for await (const chunk of socket as AsyncIterable<Buffer>) await write(stdout, chunk);
    else
      for await (const { stream, payload } of frames(socket))
        await write(stream === "stdout" ? stdout : stderr, payload);
  } catch (thrown) {
    // A program that ends before it read all of its input breaks the pipe: its exit code tells what there is to tell.
    const broken = ["EPIPE", "ECONNRESET"].includes((thrown as NodeJS.ErrnoException).code ?? "");
    if (!broken || signal?.aborted) throw thrown;
  }
}

async function write(target: Writable, chunk: Buffer): Promise<void> {
  if (!target.write(chunk)) await once(target, "drain");
}

/** The output can end a moment before the daemon has the code: it is asked again for as long as the program runs. */
async function exitCode(exec: Docker.Exec, signal: AbortSignal | undefined): Promise<number> {
  for (let pause = 5; ; pause = Math.min(pause * 2, 500)) {
    signal?.throwIfAborted();
    const { Running: running, ExitCode: code } = await exec.inspect();
    if (!running) return code ?? 0;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
