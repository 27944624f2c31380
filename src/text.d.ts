/** A shell script, imported as its text: bundled into the command, read from its file by vitest and tsx. */
declare module "*.sh" {
  const text: string;
  export default text;
}
