/**
 * The program of a forwarder (plan/forwarder.ts says why it is Node): `forward.mjs <service> <port>…`. It hands each
 * connection to the relay's socket of that port, both halves on their own; TERM ends it at once. It lies in the mount as
 * its text, because the container has nothing but the runtime.
 */
export const FORWARDER = `import { connect, createServer } from "node:net";

const [service, ...ports] = process.argv.slice(2);

function take(port, client) {
  const relay = connect({ path: \`/devenv/relay/\${service}-\${port}\`, allowHalfOpen: true });
  client.setNoDelay(true);
  for (const [from, to] of [[client, relay], [relay, client]]) {
    from.pipe(to);
    from.on("error", () => {}); // its close is what counts
    from.on("close", () => {
      if (!from.readableEnded) to === client ? to.resetAndDestroy() : to.destroy();
      else if (to.writableFinished) to.destroy();
      else to.once("finish", () => to.destroy());
    });
  }
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => process.exit(0));
for (const port of ports) {
  const server = createServer({ allowHalfOpen: true }, (client) => take(port, client));
  server.on("error", ({ message }) => {
    console.error(\`devenv: \${service} cannot be forwarded: \${message}\`);
    process.exit(1);
  });
  server.listen({ port: Number(port), backlog: 4096 });
}
console.log(\`devenv: \${service} is led through the relay\`);
`;
