// What schemas have to show.

const HOSTS = ["workerd", "node"];
const NAMES = { ata: "ata-validator", cfworker: "@cfworker/json-schema", ajv: "prebuilt Ajv" };

const CONFIG = "config/20 KB/valid";
const PUBLIC_AT_LEAST = 3;
const PUBLIC_COUNT = 10;

const WANTED = [
  { group: CONFIG, title: "a configuration of 20 KB", against: "ata", atLeast: 4 },
  { group: CONFIG, title: "a configuration of 20 KB", against: "cfworker", atLeast: 30 },
  { group: CONFIG, title: "a configuration of 20 KB", against: "ajv", atLeast: 2.5 },
  { group: "body/2 KB/valid", title: "a body of 2 KB", against: "ata", atLeast: 2 },
  { group: "body/200 B/valid", title: "a body of 200 B", against: "ata", atLeast: 2 },
  {
    group: "compile/config/20 KB",
    title: "compiling the configuration's schema",
    against: "ata",
    atLeast: 3,
  },
];

export const rowOf = (schema, host, group) => schema[host].find((row) => row.group === group);
const figure = ({ median, error }) => `${median.toFixed(2)}× ± ${(median * error).toFixed(2)}`;
const timesOf = (row, by) => row.against[by]?.timesFaster ?? null;

/** Geometric mean of times faster over the public schemas that both can do. */
export function geomean(schema, host, by) {
  const all = schema[host]
    .filter(({ group }) => group.startsWith("public/"))
    .map((row) => timesOf(row, by))
    .filter((times) => times !== null);
  const logs = all.map(({ median }) => Math.log(median));
  const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  const error = Math.hypot(...all.map((times) => times.error)) / all.length;
  return { count: all.length, median: Math.exp(mean), error };
}

function goal(schema, { group, title, against, atLeast }) {
  const times = HOSTS.map((host) => timesOf(rowOf(schema, host, group), against));
  return {
    id: `schema-${group}-${against}`,
    text: `${title}, from bytes, times as fast as ${NAMES[against]}, at least ${atLeast}`,
    value: HOSTS.map((host, i) =>
      times[i] === null ? `not measured in ${host}` : `${figure(times[i])} in ${host}`,
    ).join(", "),
    reached: times.every((one) => one !== null && one.median >= atLeast),
  };
}

/** @param {any} schema the schema part of a run */
export function schemaGoals(schema) {
  const means = HOSTS.map((host) => geomean(schema, host, "ata"));
  return [
    ...WANTED.map((one) => goal(schema, one)),
    {
      id: "schema-public",
      text: `public schemas (at least ${PUBLIC_COUNT} of them) and documents, geometric mean of times as fast as ata-validator, at least ${PUBLIC_AT_LEAST}`,
      value: means.map((mean, i) => `${figure(mean)} over ${mean.count} in ${HOSTS[i]}`).join(", "),
      reached: means.every(
        ({ count, median }) => count >= PUBLIC_COUNT && median >= PUBLIC_AT_LEAST,
      ),
    },
  ];
}
