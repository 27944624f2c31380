import type { ObservedContainer } from "../../../src/model/container.ts";
import { containerId, serviceName } from "../../../src/model/names.ts";

/** The first container of a service of the cluster `books`, as the daemon lists it while it runs. */
export const observedContainer = (service: string, changes: Partial<ObservedContainer> = {}): ObservedContainer => ({
  id: containerId("1"),
  name: `books-${service}-1`,
  service: serviceName(service),
  number: 1,
  hash: "",
  provider: "docker",
  environment: "local",
  workspace: "/team",
  image: "devenv/scratch:1",
  imageId: "sha256:1",
  state: "running",
  health: "none",
  statusText: "Up 3 minutes",
  address: "172.18.0.4",
  networks: {},
  networkOf: undefined,
  ports: [],
  ...changes,
});
