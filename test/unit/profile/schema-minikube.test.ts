import { expect, test } from "vitest";
import { DEFAULT_MINIKUBE, minikubeProfile } from "../../../src/model/minikube.ts";
import { canonicalProfile } from "../../../src/profile/canonical.ts";
import { load, problemsOf } from "./loading.ts";

const profile = (minikube: string) =>
  load(`x-devenv:\n  provider: minikube\n  minikube: ${minikube}\nservices: { web: { image: nginx } }\n`);

test("a machine of minikube's has what the profile says", async () => {
  const loaded = await profile(
    "{ driver: kvm2, cpus: 4, memory: 4GiB, disk: 20g, kubernetes: v1.35.1, addons: [ingress] }",
  );
  const sizes = { cpus: 4, memoryMiB: 4096, diskMiB: 20_480 };
  expect(loaded.minikube).toMatchObject({ driver: "kvm2", ...sizes, kubernetes: "v1.35.1", addons: ["ingress"] });
  const printed = { driver: "kvm2", cpus: 4, memory: "4096MiB", disk: "20480MiB", kubernetes: "v1.35.1" };
  expect(canonicalProfile(loaded)).toMatchObject({ "x-devenv": { minikube: printed } });
});

test("without a word it is a Docker daemon of the cluster's own, without Kubernetes", async () => {
  expect((await profile("{}")).minikube).toEqual(DEFAULT_MINIKUBE);
  expect(minikubeProfile(DEFAULT_MINIKUBE, "team_books")).toBe("devenv-team-books");
  expect(minikubeProfile({ ...DEFAULT_MINIKUBE, profile: "shared" }, "books")).toBe("shared");
});

test("a machine behind ssh says its driver, and its key is found from the workspace", async () => {
  const { minikube, workspace } = await profile("{ ssh: 'root@192.168.64.7:2222', key: ./id }");
  const ssh = { destination: "root@192.168.64.7", port: 2222 };
  expect(minikube).toMatchObject({ driver: "ssh", ssh, sshKey: `${workspace}/id` });
});

test.each([
  ["{ memory: 1GiB }", "minikube makes no machine with less memory than 1800MiB (write 4GiB)"],
  ["{ disk: 1g }", "minikube makes no machine with less disk than 2000MiB (write 20GiB)"],
  ["{ profile: a_b }", "is no name for minikube"],
  ["{ driver: none }", "minikube has no Docker daemon of its own with driver none"],
  ["{ driver: ssh }", "driver ssh needs the address of a machine"],
  ["{ driver: kvm2, ssh: root@192.168.64.7 }", "x-devenv.minikube.ssh is of no use to driver kvm2"],
  ["{ ssh: root@127.0.0.1 }", "minikube takes no machine at 127.0.0.1"],
  ["{ kubernetes: newest }", "newest is no version of Kubernetes (write v1.35.1, stable or false)"],
  ["{ addons: [ingress] }", "addons need Kubernetes (write kubernetes: stable beside them)"],
])("%s is refused at its place", async (minikube, words) => {
  const problems = await problemsOf(profile(minikube));
  expect(problems.join("\n")).toContain(words);
  expect(problems[0]).toMatch(/^3:\d+ /);
});
