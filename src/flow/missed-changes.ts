import type { FileSet, Inputs } from "../swap/route.ts";
import type { FileIndex } from "../watch/file-index.ts";
import type { Pause, Pauses } from "./pauses.ts";

export interface MissedChangesContext {
  readonly index: FileIndex;
  readonly pauses: Pauses;
  /** What services are made of at this moment. */
  readonly inputs: () => readonly Inputs[];
  /** Single files that matter besides. */
  readonly files: () => readonly string[];
  readonly signal: AbortSignal;
}

/** The files of one service; of none, those that matter besides. */
type Owned = FileSet & { readonly service: string };

/**
 * Finds by their content the files that changed while the system had more to tell than it keeps, so that no save is
 * missed. Until they are found no service is built: what is built meanwhile might be half of what was saved.
 */
export class MissedChanges {
  readonly #context: MissedChangesContext;
  /** Of each service, and of the other files, the set that is known of: one that changed is another one. */
  readonly #learnt = new Map<string, string>();
  /** One after the other: the files are looked at by one at a time. */
  #work: Promise<unknown> = Promise.resolve();
  #pause: Pause | undefined;

  constructor(context: MissedChangesContext) {
    this.#context = context;
  }

  /** Looks at what is not known yet, out of everybody's way. Whoever changes what services are made of calls it again. */
  learn(): void {
    this.#enqueue(async () => {
      // What changes are missed of is looked at in the end: whoever learns it before hides them.
      if (this.#pause !== undefined) return;
      for (const set of this.#sets()) if (!this.#isLearnt(set)) await this.#rescan(set);
    });
  }

  /** A change was heard of: it is none that is missed. */
  heard(path: string): void {
    this.#enqueue(() => this.#context.index.told(path));
  }

  /** Gives the path of each that was changed at `atMs` or later: nobody may have heard of it. */
  find(atMs: number, onChange: (path: string) => void): void {
    this.#enqueue(async () => {
      const { index, signal } = this.#context;
      const found = new Set<string>();
      for (const set of this.#sets()) for (const path of await index.savedSince(set, atMs, signal)) found.add(path);
      for (const path of found) onChange(path);
    });
  }

  /** Changes may be missed from here on. */
  begin(): void {
    const services = this.#context.inputs().map(({ service }) => service);
    this.#pause ??= this.#context.pauses.begin("more files changed at once than the system tells", services);
  }

  /** No more are missed: gives the path of each that was. */
  end(onChange: (path: string) => void): void {
    this.#enqueue(async () => {
      const changed = new Set<string>();
      for (const set of this.#sets()) for (const path of await this.#changesOf(set)) changed.add(path);
      for (const path of changed) onChange(path);
      this.#pause?.end(changed.size);
      this.#pause = undefined;
    });
  }

  /** What was not looked at before may be another than it was. */
  async #changesOf(set: Owned): Promise<readonly string[]> {
    const isLearnt = this.#isLearnt(set);
    const changed = await this.#rescan(set);
    return isLearnt ? changed : [...set.folders, ...set.trees, ...set.files].slice(0, 1);
  }

  async #rescan(set: Owned): Promise<readonly string[]> {
    const changed = await this.#context.index.rescan(set, this.#context.signal);
    this.#learnt.set(set.service, nameOf(set));
    return changed;
  }

  #isLearnt(set: Owned): boolean {
    return this.#learnt.get(set.service) === nameOf(set);
  }

  #sets(): readonly Owned[] {
    return [...this.#context.inputs(), { service: "", folders: [], trees: [], files: this.#context.files() }];
  }

  #enqueue(task: () => Promise<unknown>): void {
    this.#work = this.#work.then(task).catch((thrown) => {
      if (!this.#context.signal.aborted) throw thrown;
    });
  }
}

const nameOf = ({ folders, trees, files, globs = [] }: FileSet): string =>
  JSON.stringify([folders, trees, files, globs.map(({ folder, name }) => [folder, name.source])]);
