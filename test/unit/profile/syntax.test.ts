// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { describe, expect, test } from "vitest";
import { commandWords } from "../../../src/profile/command-words.ts";
import { findCycles } from "../../../src/profile/cycles.ts";
import { parseDuration } from "../../../src/profile/duration.ts";
import { parseExpose, parsePort } from "../../../src/profile/port-syntax.ts";
import { parseTmpfs, parseVolume } from "../../../src/profile/volume-syntax.ts";

describe("a duration", () => {
  test.each([
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["500ms", 500],
    ["1.5h", 5_400_000],
    ["2h0m1s", 7_201_000],
    ["250us", 0.25],
    ["0", 0],
    ["0s", 0],
  ])("%s is %d milliseconds", (text, milliseconds) => {
    expect(parseDuration(text)).toEqual({ value: milliseconds });
  });

  test.each([
    ["10", "the duration 10 has no unit"],
    ["", "nothing is not a duration"],
    ["10 s", "10 s is not a duration"],
    ["-1s", "-1s is not a duration"],
    ["1d", "1d is not a duration"],
    ["s", "s is not a duration"],
  ])("%j is refused", (text, problem) => {
    expect(parseDuration(text)).toMatchObject({ problem });
  });
});

const binding = (hostAddress: string, hostPort: number, containerPort: number, protocol = "tcp") => ({
  hostAddress,
  hostPort,
  containerPort,
  protocol,
});

describe("a port", () => {
  test.each([
    ["8080", [binding("127.0.0.1", 0, 8080)]],
    ["8081:8080", [binding("127.0.0.1", 8081, 8080)]],
    ["0:8080", [binding("127.0.0.1", 0, 8080)]],
    ["0.0.0.0:8081:8080", [binding("0.0.0.0", 8081, 8080)]],
    ["127.0.0.2::8080", [binding("127.0.0.2", 0, 8080)]],
    ["[::1]:8081:8080", [binding("::1", 8081, 8080)]],
    ["5353:53/udp", [binding("127.0.0.1", 5353, 53, "udp")]],
    ["8000-8001:9000-9001", [binding("127.0.0.1", 8000, 9000), binding("127.0.0.1", 8001, 9001)]],
    ["9000-9001", [binding("127.0.0.1", 0, 9000), binding("127.0.0.1", 0, 9001)]],
  ])("%s is bound", (text, bindings) => {
    expect(parsePort(text)).toEqual({ value: bindings });
  });

  test.each([
    ["", "nothing is not a port"],
    ["web", "web is not a port"],
    ["80:web", "web is not a port"],
    ["0", "the port 0 is not between 1 and 65535"],
    ["80:65536", "the port 65536 is not between 1 and 65535"],
    ["80:80/sctp", "sctp is no protocol of a port"],
    ["localhost:80:80", "localhost is not an IP address"],
    ["300.0.0.1:80:80", "300.0.0.1 is not an IP address"],
    ["8000-8002:80", "8000-8002 and 80 are ranges of different lengths"],
    ["80-70", "the range 80-70 runs backwards"],
  ])("%j is refused", (text, problem) => {
    expect(parsePort(text)).toMatchObject({ problem });
  });

  test("that is only exposed may be a range, and names no protocol but tcp", () => {
    expect(parseExpose("3000-3002")).toEqual({ value: [3000, 3001, 3002] });
    expect(parseExpose("3000/tcp")).toEqual({ value: [3000] });
    expect(parseExpose("3000/udp")).toMatchObject({ problem: "3000/udp is not a port" });
  });
});

describe("a volume", () => {
  test.each([
    ["data:/var", { kind: "volume", source: "data", target: "/var", readOnly: false }],
    ["data:/var:ro", { kind: "volume", source: "data", target: "/var", readOnly: true }],
    ["./x:/y:rw", { kind: "bind", source: "./x", target: "/y", readOnly: false }],
    ["../x:/y", { kind: "bind", source: "../x", target: "/y", readOnly: false }],
    ["~/x:/y", { kind: "bind", source: "~/x", target: "/y", readOnly: false }],
    ["/x:/y", { kind: "bind", source: "/x", target: "/y", readOnly: false }],
  ])("%s is understood", (text, volume) => {
    expect(parseVolume(text)).toEqual({ value: volume });
  });

  test.each([
    ["/var", "/var is an anonymous volume, which devenv does not keep track of"],
    ["data:var", "the target var is not an absolute path"],
    ["data:/var:z", "the access mode z is not supported"],
    [":/var", ":/var is not a volume"],
    ["a:/b:ro:c", "a:/b:ro:c is not a volume"],
  ])("%j is refused", (text, problem) => {
    expect(parseVolume(text)).toMatchObject({ problem });
  });

  test("in memory has a path and options", () => {
    expect(parseTmpfs("/run")).toEqual({ value: ["/run", ""] });
    expect(parseTmpfs("/run:size=64m,mode=700")).toEqual({ value: ["/run", "size=64m,mode=700"] });
    expect(parseTmpfs("run")).toMatchObject({ problem: "run is not an absolute path" });
  });
});

describe("a command written as one text", () => {
  test.each([
    ["a b", ["a", "b"]],
    ["a 'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"]],
    ["a ''", ["a", ""]],
    ["echo $HOME '${X}' \"$Y z\"", ["echo", "$HOME", "${X}", "$Y z"]],
    ["ls *.txt", ["ls", "*.txt"]],
    ["A=1 --flag=x", ["A=1", "--flag=x"]],
    ["", []],
  ])("%s is split, and nothing in it replaced", (text, words) => {
    expect(commandWords(text)).toEqual({ value: words });
  });

  test.each([
    ["a && b", "&& in the command a && b needs a shell"],
    ["a | b", "| in the command a | b needs a shell"],
    ["a > b", "> in the command a > b needs a shell"],
    ["a 'b", "the command a 'b has a quote that is not closed"],
    ["a # b", "# begins a comment in the command a # b"],
  ])("%s is refused", (text, problem) => {
    expect(commandWords(text)).toMatchObject({ problem });
  });
});

describe("services that wait for each other", () => {
  const cycles = (edges: Record<string, string[]>) => findCycles(new Map(Object.entries(edges)));

  test("are told as a circle that ends where it begins", () => {
    expect(cycles({ a: ["b"], b: ["c"], c: ["a"], d: ["a"] })).toEqual([["a", "b", "c", "a"]]);
  });

  test("are told once a circle", () => {
    expect(cycles({ a: ["a", "b"], b: ["a"] })).toEqual([
      ["a", "a"],
      ["a", "b", "a"],
    ]);
  });

  test("are not seen where two ways lead to the same service", () => {
    expect(cycles({ a: ["b", "c"], b: ["d"], c: ["d"], d: ["elsewhere"] })).toEqual([]);
  });
});
