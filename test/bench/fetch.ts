import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { systemProcesses } from "../../src/host/process.ts";
import { type FetchWorkspace, fetchWorkspace } from "./ci-files.ts";
import { type Bench, type Figure, median, timed } from "./figure.ts";

const FILES = 15;
const MB = 1024 * 1024;
const SMALL = 20 * MB;
const LARGE = 100 * MB;
const ROUNDS = 5;
const AT_ONCE = 8;

const names = Array.from({ length: FILES }, (_, index) => `service${index + 1}`);

/** `devenv fetch` of large programs over HTTP against curl, what memory it takes, and reading them again. */
export const fetch: Bench = {
  names: ["fetch-vs-curl", "fetch-vs-curl-and-sha256sum", "fetch-memory", "verify-vs-sha256sum"],
  async measure(dockerHost, progress) {
    const small = await served(SMALL, dockerHost, (at) => throughput(at, progress));
    progress("memory");
    const [memory] = await served(LARGE, dockerHost, async ({ workspace }) => [await peakMemory(workspace)]);
    const how = `peak resident memory of devenv fetch, ${FILES} files of ${LARGE / MB} MB, ${AT_ONCE} at once`;
    return [...small, { name: "fetch-memory", value: memory ?? Number.NaN, unit: "MB", target: 150, how }];
  },
};

interface Served {
  readonly url: string;
  readonly workspace: FetchWorkspace;
}

async function served<T>(bytes: number, dockerHost: string, measure: (at: Served) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const script = join(import.meta.dirname, "ci-server.ts");
  const args = [...process.execArgv, script, String(FILES), String(bytes)];
  const server = await systemProcesses.stream(process.execPath, args, { signal: end.signal });
  try {
    const url = `http://127.0.0.1:${await firstLine(server.stdout)}/ci/`;
    const workspace = await fetchWorkspace(names, `{ source: "${url}", jobs: ${AT_ONCE} }`, dockerHost);
    return await measure({ url, workspace }).finally(() => workspace.remove());
  } finally {
    end.abort();
    await server.ended;
  }
}

async function firstLine(output: AsyncIterable<Buffer>): Promise<string> {
  for await (const chunk of output) return chunk.toString().trim();
  throw new Error("the server did not start");
}

/** The two sides of each ratio take turns; what the kernel still has to write for one is not left to the other. */
async function throughput({ url, workspace }: Served, progress: (note: string) => void): Promise<Figure[]> {
  const [fetched, curled, verified, summed]: [number[], number[], number[], number[]] = [[], [], [], []];
  const there = join(workspace.folder, "curl");
  for (let round = 0; round < ROUNDS; round++) {
    progress(`${round + 1} of ${ROUNDS}`);
    await rm(workspace.cache, { recursive: true, force: true });
    await run("sync");
    const { stdout } = await workspace.run({}, "fetch", "--json");
    fetched.push((JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { ms: number }).ms);
    await mkdir(there);
    await run("sync");
    curled.push(await timed(() => curl(url, there)));
    verified.push(await timed(() => workspace.run({}, "artifacts", "verify")));
    const store = join(workspace.cache, "store");
    const files = (await readdir(store)).map((name) => join(store, name));
    summed.push(await timed(() => run("sha256sum", ...files)));
    await rm(there, { recursive: true });
  }
  const what = `${FILES} files of ${SMALL / MB} MB`;
  const rounds = `p50 of ${ROUNDS}, interleaved`;
  const ms = (samples: readonly number[]) => `${Math.round(median(samples))} ms`;
  return [
    {
      name: "fetch-vs-curl",
      value: median(fetched) / median(curled),
      unit: "x",
      target: 1.43,
      how: `devenv fetch of ${what} over loopback, checked and synced (${ms(fetched)}), against curl --parallel, neither (${ms(curled)}), ${AT_ONCE} at once, ${rounds}`,
    },
    {
      name: "fetch-vs-curl-and-sha256sum",
      value: median(fetched) / (median(curled) + median(summed)),
      unit: "x",
      target: 1.43,
      how: `the same, against curl and then sha256sum (${ms(summed)}), which is what a script does that checks what it got`,
    },
    {
      name: "verify-vs-sha256sum",
      value: median(verified) / median(summed),
      unit: "x",
      target: 1.25,
      how: `devenv artifacts verify of ${what}, whole process (${ms(verified)}), against sha256sum (${ms(summed)}), ${rounds}`,
    },
  ];
}

function curl(url: string, folder: string): Promise<void> {
  const each = names.flatMap((name) => ["-o", join(folder, name), `${url}${name}`]);
  return run("curl", "--silent", "--show-error", "--fail", "--parallel", "--parallel-max", String(AT_ONCE), ...each);
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { code, output } = await systemProcesses.run(program, args);
  if (code !== 0) throw new Error(output);
}

/** In MB, as the system counted it when the process ended. */
async function peakMemory(workspace: FetchWorkspace): Promise<number> {
  const [script, result] = [join(workspace.folder, "peak.mjs"), join(workspace.folder, "peak")];
  const tell = `process.on("exit", () => writeFileSync(${JSON.stringify(result)}, String(process.resourceUsage().maxRSS)));`;
  await writeFile(script, `import { writeFileSync } from "node:fs";\n${tell}\n`);
  await workspace.run({ NODE_OPTIONS: `--import=${pathToFileURL(script).href}` }, "fetch", "--json");
  return Number(await readFile(result, "utf8")) / 1024;
}
