import { beforeEach, expect, test } from "vitest";
import { dependsOn, port, service } from "./samples.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const a = (changes = {}) => service("a", { ports: [port(8001)], ...changes });
const b = (changes = {}) => service("b", { ports: [port(8002)], ...changes });

test("a port that moves to another service is taken over once its old holder has let go, in one `up`", async () => {
  await scene.given({ services: [a(), b()] });
  const moved = { services: [a({ ports: [port(8002)] }), b({ ports: [port(8003)] })] };
  expect(scene.text(moved)).toMatch(/^replace a .*\[after start:b\]$/m);
  await scene.given(moved);
  expect(scene.text(moved)).toBe("nothing to do");
});

test("a port goes back to its old holder when that one's replacement fails, and the taker is left out", async () => {
  await scene.given({ services: [a(), b()] });
  scene.world.fate = (operation) => (operation.kind === "await" && operation.service === "b" ? "refused" : "done");
  const failure = await scene.up({ services: [a({ ports: [port(8002)] }), b({ ports: [port(8003)] })] });
  expect(failure).toBeDefined();
  expect(scene.world.answering("a")).toBe("image");
  expect(scene.world.answering("b")).toBe("image");
});

test("two services that swap their ports are both stopped first", async () => {
  await scene.given({ services: [a(), b()] });
  const swapped = { services: [a({ ports: [port(8002)] }), b({ ports: [port(8001)] })] };
  expect(scene.text(swapped)).toMatch(/^stop books-\w-1 +\(\w takes its port over\)$/m);
  await scene.given(swapped);
  expect(scene.text(swapped)).toBe("nothing to do");
});

test("a port moves also to a service that its old holder waits for", async () => {
  await scene.given({ services: [a(), b({ dependsOn: [dependsOn("a")] })] });
  const moved = { services: [a({ ports: [port(8002)] }), b({ ports: [port(8003)], dependsOn: [dependsOn("a")] })] };
  await scene.given(moved);
  expect(scene.text(moved)).toBe("nothing to do");
});

test("the same number of another protocol is another port", async () => {
  await scene.given({ services: [a(), b()] });
  const udp = { services: [a({ ports: [{ ...port(8002), protocol: "udp" }] }), b({ ports: [port(8003)] })] };
  expect(scene.text(udp)).toMatch(/^replace a +\(its definition changed\)$/m);
});

test("a service that is scaled to nothing gives its port away first", async () => {
  await scene.given({ services: [a(), b()] });
  const taken = { services: [a({ replicas: 0 }), b({ ports: [port(8001)] })] };
  expect(scene.text(taken)).toMatch(/^replace b .*\[after remove:books-a-1\]$/m);
  await scene.given(taken);
  expect(scene.text(taken)).toBe("nothing to do");
});
