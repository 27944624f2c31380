import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A repository of 50,000 files in 5,073 folders, 1,000 of them the packages of one Go service. */
export interface LargeRepository {
  readonly folder: string;
  /** The folders of the service's packages, a hundred with ten files each. */
  readonly packages: readonly string[];
  remove(): Promise<void>;
}

const SIDE = 70;

/** @param folder made where it is not there; a temporary one by default */
export async function makeLargeRepository(folder?: string): Promise<LargeRepository> {
  const root = folder ?? (await mkdtemp(join(tmpdir(), "devenv-bench-")));
  const packages = Array.from({ length: 100 }, (_, n) => join(root, "pkg", `p${n}`));
  for (const [n, each] of packages.entries()) {
    await fill(each, (file) => [`f${file}.go`, `package p${n}\n\nfunc F${file}() int { return ${file} }\n`]);
  }
  for (let a = 0; a < SIDE; a++) {
    for (let b = 0; b < SIDE; b++) {
      await fill(join(root, "other", `a${a}`, `b${b}`), (file) => [`f${file}.txt`, `${a} ${b} ${file}\n`]);
    }
  }
  return { folder: root, packages, remove: () => rm(root, { recursive: true, force: true }) };
}

async function fill(folder: string, file: (n: number) => readonly [name: string, text: string]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    Array.from({ length: 10 }, (_, n) => {
      const [name, text] = file(n);
      return writeFile(join(folder, name), text);
    }),
  );
}
