import { expect, it } from "vitest";
import { readContainers } from "../../../../src/provider/ssh/published.ts";

const LABELS = { "dev.devenv.cluster": "books", "dev.devenv.workspace": "/home/me/shop" };
const container = (ports: object[], more: object = {}) => ({
  Names: ["/books-gateway-1"],
  State: "running",
  Labels: LABELS,
  Ports: ports,
  ...more,
});
const read = (...containers: object[]) =>
  readContainers(JSON.stringify(containers), (path) => path === "/home/me/shop");

it("a port that is published on every address is dialled on loopback, once", () => {
  const both = [
    { IP: "0.0.0.0", PublicPort: 8081, PrivatePort: 8080, Type: "tcp" },
    { IP: "::", PublicPort: 8081, PrivatePort: 8080, Type: "tcp" },
  ];
  expect(read(container(both))).toEqual({
    containers: 1,
    ports: [{ port: 8081, host: "127.0.0.1", container: "books-gateway-1" }],
  });
});

it.each([
  ["127.0.0.2", "127.0.0.2"],
  ["::1", "[::1]"],
])("one of %s is dialled there", (IP, host) => {
  const { ports } = read(container([{ IP, PublicPort: 8081, Type: "tcp" }]));
  expect(ports).toMatchObject([{ port: 8081, host }]);
});

it("what is not published, UDP, and what does not run, is not led", () => {
  const open = { IP: "0.0.0.0", PublicPort: 8081, Type: "tcp" };
  expect(read(container([{ PrivatePort: 8080, Type: "tcp" }])).ports).toEqual([]);
  expect(read(container([{ ...open, Type: "udp" }])).ports).toEqual([]);
  expect(read(container([open], { State: "exited" }))).toEqual({ containers: 1, ports: [] });
});

it("a colleague's containers on the same host are none of this machine's", () => {
  const theirs = { Labels: { ...LABELS, "dev.devenv.workspace": "/home/you/shop" } };
  const open = { IP: "0.0.0.0", PublicPort: 8081, Type: "tcp" };
  expect(read(container([open], theirs))).toEqual({ containers: 0, ports: [] });
});
