/** A program that starts the engine of a state folder, prints its endpoint, and ends: `engine-start.ts STATE_HOME`. */
import { engineProvider } from "../../src/provider/engine.ts";
import { systemSurroundings } from "../../src/provider/surroundings.ts";

const surroundings = systemSurroundings({ PATH: process.env.PATH, XDG_STATE_HOME: process.argv[2] });
const endpoint = await engineProvider(surroundings).up((note) => process.stderr.write(`${note}\n`));
process.stdout.write(JSON.stringify(endpoint));
