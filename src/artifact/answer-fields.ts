/**
 * A server's JSON answer, read field by field. What is missing, null or of another kind is undefined: servers of other
 * versions leave things out and add others, and what must be there, its reader says.
 */
export interface Fields {
  text(name: string): string | undefined;
  /** A whole number, 0 included. */
  count(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  /** The fields of an object in it; of none, they are all undefined. */
  at(name: string): Fields;
  /** The objects of a list; none where there is no list. */
  list(name: string): readonly Fields[];
  /** The texts of a list; none where there is no list. */
  texts(name: string): readonly string[];
}

export function fieldsOf(value: unknown): Fields {
  const field = (name: string): unknown => (isObject(value) ? value[name] : undefined);
  return {
    text: (name) => only("string", field(name)) as string | undefined,
    count: (name) => (Number.isSafeInteger(field(name)) ? (field(name) as number) : undefined),
    flag: (name) => only("boolean", field(name)) as boolean | undefined,
    at: (name) => fieldsOf(field(name)),
    list: (name) => listOf(field(name)),
    texts: (name) => [field(name)].flat().filter((each) => typeof each === "string"),
  };
}

/** The objects of a list that is the whole answer. */
export const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.filter(isObject).map(fieldsOf) : [];

const only = (kind: string, value: unknown): unknown => (typeof value === kind ? value : undefined);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
