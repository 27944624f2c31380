/** What the machine says of a mount that is none any more. */
const DEAD = "devenv:dead";

/**
 * A line of shell for the machine: is a folder's mount there, and does it answer? It ends in time, whatever the mount does:
 * who waits for a 9p server that lives and says nothing cannot even be killed (`p9_client_rpc`, Linux), so that it is left
 * behind, with no output of its own that ssh would wait for.
 * @param path without anything that a shell gives a meaning to
 * @param withinSeconds how long the mount has for its answer
 */
export function lookAtMount(path: string, withinSeconds: number): string {
  const quietly = "</dev/null >/dev/null 2>&1";
  const lines = [
    `trap "echo ${DEAD}; exit 1" TERM`,
    `{ [ "$(stat -f -c %T ${path})" = v9fs ] && ls ${path}; } ${quietly} & look=$!`,
    `{ sleep ${withinSeconds}; kill -TERM $$; } ${quietly} & late=$!`,
    "wait $look; said=$?",
    "kill $late",
    `[ $said = 0 ] || { echo ${DEAD}; exit 1; }`,
  ];
  return `sh -c '${lines.join("\n")}'`;
}

/** Whether the machine itself said so; words of ssh's only tell that it is slow, or the way there. */
export const isDeadBy = (words: string): boolean => words.includes(DEAD);
