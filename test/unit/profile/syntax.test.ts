// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Compose's variables are what is tested
import { describe, expect, test } from "vitest";
import { commandWords } from "../../../src/profile/command-words.ts";
import { findCycles } from "../../../src/profile/cycles.ts";
import { parseDevice } from "../../../src/profile/device-syntax.ts";
import { parseDuration } from "../../../src/profile/duration.ts";
import { parseExtraHost } from "../../../src/profile/host-syntax.ts";
import { parseExpose, parsePort } from "../../../src/profile/port-syntax.ts";
import { parseLimit, parseSize } from "../../../src/profile/size-syntax.ts";
import { parseTmpfs, parseVolume } from "../../../src/profile/volume-syntax.ts";

describe("a duration", () => {
  test.each([
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["500ms", 500],
    ["1.5h", 5_400_000],
    ["2h0m1s", 7_201_000],
    ["250us", 0.25],
    ["1w2d", 777_600_000],
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
    ["1y", "1y is not a duration"],
    ["s", "s is not a duration"],
    ["9999999999999h", "9999999999999h is longer than 292 years"],
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
    ["5060:5060/SCTP", [binding("127.0.0.1", 5060, 5060, "sctp")]],
    [":80", [binding("127.0.0.1", 0, 80)]],
    ["8000-8010:80", [{ ...binding("127.0.0.1", 8000, 80), hostPortEnd: 8010 }]],
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
    ["80:80/icmp", "icmp is no protocol of a port"],
    ["localhost:80:80", "localhost is not an IP address"],
    ["300.0.0.1:80:80", "300.0.0.1 is not an IP address"],
    ["8000-8002:80-81", "8000-8002 and 80-81 are ranges of different lengths"],
    ["80-70", "the range 80-70 runs backwards"],
  ])("%j is refused", (text, problem) => {
    expect(parsePort(text)).toMatchObject({ problem });
  });

  test("that is only exposed may be a range, of any protocol", () => {
    const tcp = (port: number) => ({ port, protocol: "tcp" });
    expect(parseExpose("3000-3002")).toEqual({ value: [tcp(3000), tcp(3001), tcp(3002)] });
    expect(parseExpose("3000/udp")).toEqual({ value: [{ port: 3000, protocol: "udp" }] });
    expect(parseExpose("3000/tcp/udp")).toMatchObject({ problem: "3000/tcp/udp is no protocol of a port" });
  });
});

describe("a volume", () => {
  const bind = (source: string, more: object = {}) => {
    return { kind: "bind", source, target: "/y", readOnly: false, createHostPath: true, ...more };
  };
  const volume = (more: object = {}) => ({ kind: "volume", source: "data", target: "/y", readOnly: false, ...more });

  test.each([
    ["data:/y", volume()],
    ["data:/y:ro", volume({ readOnly: true })],
    ["data:/y/", volume()],
    ["data:/y:nocopy,ro", volume({ readOnly: true, noCopy: true })],
    ["data:/y:Z", volume()],
    ["d:/y", volume({ source: "d" })],
    ["d:/y:ro", volume({ source: "d", readOnly: true })],
    ["/y", volume({ source: undefined })],
    ["./x:/y:rw", bind("./x")],
    ["../x:/y", bind("../x")],
    ["~/x:/y", bind("~/x")],
    ["/x:/y", bind("/x")],
    ["./x:/y:cached", bind("./x")],
    ["./x:/y:z", bind("./x", { selinux: "z" })],
    ["./x:/y:ro,Z", bind("./x", { readOnly: true, selinux: "Z" })],
    ["./x:/y:ro,rslave", bind("./x", { readOnly: true, propagation: "rslave" })],
  ])("%s is understood", (text, expected) => {
    expect(parseVolume(text)).toEqual({ value: expected });
  });

  test.each([
    ["", "the target of the volume is not an absolute path"],
    ["data:var", "the target var is not an absolute path"],
    ["data:/var:sync", "the option sync is not supported for a volume"],
    ["./x:/var:nocopy", "the option nocopy is not supported for a folder"],
    ["./x:/var:ro,", "the option between two commas is not supported for a folder"],
    [":/var", ":/var is not a volume"],
    ["/a:/b:ro:c", "/a:/b:ro:c is not a volume"],
    ["C:\\x:/y", "C:\\x:/y names a drive of Windows, where devenv does not run"],
    ["c:/x:/y", "c:/x:/y names a drive of Windows, where devenv does not run"],
  ])("%j is refused", (text, problem) => {
    expect(parseVolume(text)).toMatchObject({ problem });
  });

  test("in memory has a path and options", () => {
    expect(parseTmpfs("/run")).toEqual({ value: ["/run", ""] });
    expect(parseTmpfs("/run:size=64m,mode=700")).toEqual({ value: ["/run", "size=64m,mode=700"] });
    expect(parseTmpfs("run")).toMatchObject({ problem: "run is not an absolute path" });
  });
});

describe("a size", () => {
  test.each([
    ["512m", 536_870_912],
    ["1.5g", 1_610_612_736],
    ["64 MB", 67_108_864],
    ["10KiB", 10_240],
    ["100b", 100],
    ["100", 100],
    ["0", 0],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toEqual({ value: bytes });
  });

  test.each(["", "m", "-1", "1x", "1.5.5", "9999999p"])("%j is refused", (text) => {
    expect(parseSize(text)).toMatchObject({ problem: `${text || "nothing"} is not a size` });
  });

  test("that limits may be -1, without limit", () => {
    expect(parseLimit("-1")).toEqual({ value: -1 });
    expect(parseLimit("1k")).toEqual({ value: 1024 });
  });
});

describe("a host's name with its addresses", () => {
  test.each([
    ["a:192.0.2.1", ["a:192.0.2.1"]],
    ["a=192.0.2.1,192.0.2.2", ["a:192.0.2.1", "a:192.0.2.2"]],
    ["a=::1", ["a:::1"]],
    ["a:[::1]", ["a:::1"]],
    ["a:::1", ["a:::1"]],
    ["host.docker.internal:host-gateway", ["host.docker.internal:host-gateway"]],
  ])("%s is what Docker takes", (text, entries) => {
    expect(parseExtraHost(text)).toEqual({ value: entries });
  });

  test.each([
    ["a", "the host a has no address"],
    ["a=b", "b is not an IP address"],
    [":1.2.3.4", "nothing is no name of a host"],
    ["a:b=1.2.3.4", "a:b is no name of a host"],
  ])("%j is refused", (text, problem) => {
    expect(parseExtraHost(text)).toMatchObject({ problem });
  });
});

describe("a device", () => {
  test.each([
    ["/dev/a", { source: "/dev/a", target: "/dev/a", permissions: "rwm" }],
    ["/dev/a:/dev/b", { source: "/dev/a", target: "/dev/b", permissions: "rwm" }],
    ["/dev/a:/dev/b:r", { source: "/dev/a", target: "/dev/b", permissions: "r" }],
    ["/dev/a:rw", { source: "/dev/a", target: "/dev/a", permissions: "rw" }],
  ])("%s is one of the machine", (text, device) => {
    expect(parseDevice(text)).toEqual({ value: { device } });
  });

  test("by a name of the Container Device Interface is asked of a driver", () => {
    const request = {
      driver: "cdi",
      count: undefined,
      deviceIds: ["nvidia.com/gpu=all"],
      capabilities: [],
      options: {},
    };
    expect(parseDevice("nvidia.com/gpu=all")).toEqual({ value: { request } });
  });

  test.each([
    ["", "nothing is not a device"],
    ["/dev/a:b", "the target b is not an absolute path"],
    ["/dev/a:/dev/b:x", "x are no permissions of a device"],
    ["/dev/a:/dev/b:r:w", "/dev/a:/dev/b:r:w is not a device"],
  ])("%j is refused", (text, problem) => {
    expect(parseDevice(text)).toMatchObject({ problem });
  });
});

describe("a command written as one text", () => {
  test.each([
    ["a b", ["a", "b"]],
    ["a 'b c' \"d e\" f\\ g", ["a", "b c", "d e", "f g"]],
    ["a ''", ["a", ""]],
    ["echo $HOME '${X}' \"$Y z\"", ["echo", "$HOME", "${X}", "$Y z"]],
    ["ls *.txt", ["ls", "*.txt"]],
    ["a # b #c", ["a", "#", "b", "#c"]],
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
