import type Docker from "dockerode";
import type { ContainerSpec } from "../model/container.ts";
import { failed } from "../model/failure.ts";

/**
 * The spec with its program written out after the words that are to stand before it: the program that the profile names,
 * else the image's own, as the daemon would put them together.
 * @throws Failure (exit code 1) when neither names one.
 */
export async function withProgram(docker: Docker, spec: ContainerSpec): Promise<ContainerSpec> {
  const { before, service } = spec;
  if (before === undefined) return spec;
  const image = spec.entrypoint === undefined ? (await docker.getImage(spec.image).inspect()).Config : undefined;
  const entrypoint = spec.entrypoint ?? words(image?.Entrypoint);
  const command = spec.command ?? words(image?.Cmd);
  if (entrypoint.length + command.length > 0) return { ...spec, entrypoint: [...before, ...entrypoint], command };
  throw failed(`${service}: neither its profile nor its image ${spec.image} names a program to run`, {
    hint: `Write it in the profile: \`services: { ${service}: { command: […] } }\`.`,
  });
}

const words = (written: string | string[] | null | undefined): string[] =>
  typeof written === "string" ? [written] : (written ?? []);
