import type { ImageProgress } from "./daemon.ts";

/** A line of the daemon's answer to a pull or an import. */
export interface PullLine {
  readonly status?: string;
  /** The layer that it is about. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

/** Sums the layers' downloads up to one figure in bytes; the daemon reports each layer by itself. */
export function layerProgress(progress: ImageProgress): (line: PullLine) => void {
  const layers = new Map<string, { current: number; total: number }>();
  return ({ status = "", id, progressDetail }) => {
    if (status !== "Downloading" || id === undefined) {
      progress({ note: id === undefined || /^Pulling from/.test(status) ? status : `${id}: ${status}` });
      return;
    }
    layers.set(id, { current: progressDetail?.current ?? 0, total: progressDetail?.total ?? 0 });
    let done = 0;
    let total = 0;
    for (const layer of layers.values()) {
      done += layer.current;
      total += layer.total;
    }
    progress({ note: "bytes", done, total });
  };
}
