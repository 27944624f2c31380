import { expect, test } from "vitest";
import { DEFAULT_MINIKUBE } from "../../../../src/model/minikube.ts";
import { readStatus } from "../../../../src/provider/minikube/machine.ts";
import { differences, missingAddons, readMade } from "../../../../src/provider/minikube/made.ts";
import { isOlder, versionIn } from "../../../../src/provider/minikube/program.ts";
import { urlsIn } from "../../../../src/provider/minikube/questions.ts";
import { startOptions } from "../../../../src/provider/minikube/start.ts";
import { readDockerHost, restartsIn, sshConfig } from "../../../../src/provider/minikube/way.ts";

/** As 1.38.1 prints it for a machine; one without Kubernetes says Stopped for what there is not. */
const status = (changes: Readonly<Record<string, string>> = {}) =>
  JSON.stringify({
    ...{
      Name: "dv",
      Host: "Running",
      Kubelet: "Running",
      APIServer: "Running",
      Kubeconfig: "Configured",
      Worker: false,
    },
    ...changes,
  });

test.each([
  ["running", status(), 0],
  ["running", status({ Kubelet: "Stopped", APIServer: "Stopped", Kubeconfig: "Misconfigured" }), 6],
  ["paused", status({ APIServer: "Paused" }), 2],
  ["stopped", status({ Host: "Stopped", Kubelet: "Stopped", APIServer: "Stopped", Kubeconfig: "Stopped" }), 7],
  ["absent", status({ Host: "Nonexistent" }), 7],
  ["broken", status({ Host: "Error" }), 1],
  ["running", `[${status()},${status({ Name: "dv-m02", Host: "Stopped" })}]`, 0],
  ["absent", '{"specversion":"1.0","data":{"message":"Profile \\"dv\\" not found."}}\n', 85],
  ["broken", "", undefined],
])("a machine is %s by what status prints", (state, stdout, code) => {
  expect(readStatus(stdout, code).state).toBe(state);
});

test("a version is read and compared by its numbers; one that was built without is not known to be old", () => {
  expect(versionIn('{"commit":"c93a4cb9311efc66b90d33ea03f75f2c4120e9b0","minikubeVersion":"v1.38.1"}')).toBe("1.38.1");
  expect(versionIn('{"commit":"","minikubeVersion":"v0.0.0-unset"}')).toBe("0.0.0-unset");
  expect(versionIn("exec format error")).toBeUndefined();
  expect(["1.37.0", "1.38.0", "0.99.9"].map((version) => isOlder(version, "1.38.1"))).toEqual([true, true, true]);
  expect(["1.38.1", "1.38.2", "1.40.0", "2.0.0-beta.1"].map((version) => isOlder(version, "1.38.1"))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test("a machine is made as the profile says", () => {
  const settings = { ...DEFAULT_MINIKUBE, driver: "kvm2", cpus: 4, memoryMiB: 4096, diskMiB: 20_480 };
  expect(startOptions(settings, undefined)).toEqual([
    ...["--interactive=false", "--keep-context", "--container-runtime=docker", "--driver=kvm2", "--cpus=4"],
    ...["--memory=4096mb", "--disk-size=20480mb", "--no-kubernetes"],
  ]);
  const kubernetes = { ...DEFAULT_MINIKUBE, kubernetes: "v1.35.1", addons: ["ingress", "metrics-server"] };
  expect(startOptions(kubernetes, undefined)).toContain("--kubernetes-version=v1.35.1");
  expect(startOptions(kubernetes, undefined)).toContain("--addons=ingress,metrics-server");
});

test("a machine behind ssh is told its address, account, port and key", () => {
  const ssh = { destination: "root@192.168.64.7", port: 2222 };
  const options = startOptions({ ...DEFAULT_MINIKUBE, driver: "ssh", ssh, sshKey: "/home/me/.ssh/id" }, undefined);
  expect(options.slice(-4)).toEqual([
    ...["--ssh-ip-address=192.168.64.7", "--ssh-user=root", "--ssh-port=2222", "--ssh-key=/home/me/.ssh/id"],
  ]);
});

/** The one machine of `profile list --light -o json`, as far as it is read. */
const listed = (version: string, addons: Readonly<Record<string, boolean>> | null = null) =>
  JSON.stringify({
    invalid: [],
    valid: [
      {
        Name: "dv",
        Status: "Unknown",
        Config: {
          ...{ Name: "dv", Memory: 6000, CPUs: 2, DiskSize: 20_000, Driver: "ssh" },
          ...{ SSHIPAddress: "192.168.64.7", SSHUser: "root", SSHKey: "/home/me/.ssh/id", SSHPort: 22 },
          KubernetesConfig: { KubernetesVersion: version, ContainerRuntime: "docker" },
          Addons: addons,
        },
      },
    ],
  });

test("a machine that is there is started as it was made, and its Kubernetes is not ended", () => {
  const made = readMade(listed("v1.35.1"), "dv");
  expect(made).toMatchObject({ driver: "ssh", memoryMiB: 6000, kubernetes: "v1.35.1", runtime: "docker" });
  expect(made?.place).toEqual({ host: "192.168.64.7", port: 22, user: "root" });
  expect(startOptions({ ...DEFAULT_MINIKUBE, cpus: 8 }, made)).toEqual(["--interactive=false", "--keep-context"]);
  expect(startOptions(DEFAULT_MINIKUBE, readMade(listed("v0.0.0"), "dv"))).toContain("--no-kubernetes");
  expect(readMade(listed("v0.0.0"), "another")).toBeUndefined();
  expect(readMade("no JSON", "dv")).toBeUndefined();
});

test("addons that the profile names later come at the next start, where there is Kubernetes for them", () => {
  const settings = { ...DEFAULT_MINIKUBE, kubernetes: "stable", addons: ["ingress", "metrics-server", "dashboard"] };
  const made = readMade(listed("v1.35.1", { "storage-provisioner": true, ingress: true, dashboard: false }), "dv");
  expect(made?.addons).toEqual(["storage-provisioner", "ingress"]);
  expect(made && missingAddons(settings, made)).toEqual(["metrics-server", "dashboard"]);
  expect(startOptions(settings, made)).toContain("--addons=metrics-server,dashboard");
  const bare = readMade(listed("v0.0.0"), "dv");
  expect(bare && missingAddons(settings, bare)).toEqual([]);
  expect(startOptions(settings, bare)).toEqual(["--interactive=false", "--keep-context", "--no-kubernetes"]);
});

test("what minikube cannot change is told", () => {
  const made = readMade(listed("v0.0.0"), "dv");
  const wanted = { ...DEFAULT_MINIKUBE, cpus: 4, memoryMiB: 6000, kubernetes: "stable" };
  const [words] = made === undefined ? [] : differences(wanted, made, "dv");
  expect(words).toContain("cpus 2 and not 4, it has no Kubernetes");
  expect(words).toContain("`devenv minikube delete`");
  expect(made && differences(DEFAULT_MINIKUBE, made, "dv")).toEqual([]);
});

test("the way to a machine is read out of docker-env", () => {
  const answer =
    '{"DOCKER_HOST":"ssh://root@192.168.177.2:22","MINIKUBE_ACTIVE_DOCKERD":"dv","SSH_AGENT_PID":"","SSH_AUTH_SOCK":""}\n';
  expect(readDockerHost(answer)).toEqual({ host: "192.168.177.2", port: 22, user: "root" });
  expect(readDockerHost(answer.replace("192.168.177.2:22", "[fd00::2]:22"))?.host).toBe("fd00::2");
  expect(readDockerHost("false exit code 85\n")).toBeUndefined();
});

test("what minikube did to the daemon before it answered is told", () => {
  const reloaded = "W1121 23:22:08.3 1 docker-env.go:165] dockerd is not active will try to reload it...";
  const restarted = `${reloaded}\nW1121 23:22:09.3 1 docker-env.go:167] will try to restart dockerd because reload failed: …`;
  expect(restartsIn("I1121 23:22:08.3 1 mustload.go:65] Loading cluster: dv")).toBeUndefined();
  expect(restartsIn(reloaded)).toContain("read its settings anew");
  expect(restartsIn(restarted)).toContain("restarted the Docker daemon in its machine, and with it every container");
});

test("ssh is told all of the way, and pins the machine's key at the first time", () => {
  const way = { host: "192.168.49.2", port: 32_771, user: "docker", key: "/home/my me/.minikube/machines/dv/id_rsa" };
  expect(sshConfig(way, "/state/known_hosts")).toBe(
    [
      "Host machine",
      "  HostName 192.168.49.2",
      "  Port 32771",
      "  User docker",
      '  IdentityFile "/home/my me/.minikube/machines/dv/id_rsa"',
      "  IdentitiesOnly yes",
      '  UserKnownHostsFile "/state/known_hosts"',
      "  HostKeyAlias machine",
      "  StrictHostKeyChecking accept-new",
      "",
    ].join("\n"),
  );
  expect(sshConfig({ host: "h", port: 22, user: "me" }, "/k")).not.toContain("IdentitiesOnly");
});

test("addresses of services are those lines that are one", () => {
  expect(urlsIn("|---|\nhttp://192.168.49.2:30080\n* Starting tunnel\n  https://192.168.49.2:30443\n")).toEqual([
    "http://192.168.49.2:30080",
    "https://192.168.49.2:30443",
  ]);
});
