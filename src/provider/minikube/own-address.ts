import { createSocket } from "node:dgram";
import type { Way } from "./way.ts";

/**
 * This machine's address as a machine behind ssh sees it. For those minikube takes the machine's own, at which nothing of
 * ours could listen (`cluster.HostIP`, 1.38.1); the others have a network with this machine that minikube knows.
 */
export async function addressTowards(way: Way | undefined): Promise<string | undefined> {
  if (way === undefined) return undefined;
  const socket = createSocket(way.host.includes(":") ? "udp6" : "udp4");
  try {
    // Nothing is sent: the system only chooses which of its addresses would be used.
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(way.port, way.host, resolve);
    });
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
