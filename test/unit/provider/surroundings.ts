import { createServer, type RequestListener, type Server } from "node:http";
import { join } from "node:path";
import { systemClock } from "../../../src/host/clock.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Surroundings } from "../../../src/provider/surroundings.ts";

/** A machine of its own below a folder: home, state and an environment that names nothing but what the test says. */
export function surroundingsIn(folder: string, environment: Record<string, string> = {}): Surroundings {
  return {
    environment: { PATH: process.env.PATH, ...environment },
    folders: { cache: join(folder, "cache"), state: join(folder, "state"), config: join(folder, "config") },
    machine: { platform: "linux", hostname: "laptop", kernel: "6.1.0", uid: 1000, home: folder },
    processes: systemProcesses,
    clock: systemClock,
  };
}

/** What a daemon on the machine of `surroundingsIn` says of itself. */
export const INFO = {
  ServerVersion: "28.1.1",
  OSType: "linux",
  Architecture: "x86_64",
  KernelVersion: "6.1.0",
  Name: "laptop",
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
  SecurityOptions: ["name=seccomp,profile=default"],
  DockerRootDir: "/",
  Driver: "overlay2",
};

/** A daemon's own words at a socket, without a daemon behind. */
export async function serve(path: string, info: object = INFO): Promise<Server> {
  return listen(
    createServer((_, response) => response.end(JSON.stringify(info))),
    path,
  );
}

export async function serveWith(path: string, answer: RequestListener): Promise<Server> {
  return listen(createServer(answer), path);
}

function listen(server: Server, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(path, () => resolve(server));
  });
}
