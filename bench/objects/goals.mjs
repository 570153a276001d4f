// What the objects part has to show.

import { percent } from "../text.mjs";
import { memoryOfMany } from "./report.mjs";

export function objectGoals(objects) {
  const { against } = objects.contenders.find(({ id }) => id === "memory");
  const megabytes = memoryOfMany(objects).isolate / 1e6;
  return [
    {
      id: "object-rps",
      text: "a limiter object's requests per second against a bare counter's, at least 97%",
      value: `${percent(against.rps.median, 1)} ± ${percent(against.rps.error * against.rps.median, 1)}`,
      reached: against.rps.median >= 0.97,
    },
    {
      id: "object-cold",
      text: "the first charge on a cold object, at most 1.5 times a bare object's",
      value: `${against.cold.median.toFixed(2)}×`,
      reached: against.cold.median <= 1.5,
    },
    {
      id: "object-memory",
      text: "10,000 live objects in one isolate in at most 64 MB",
      value: `${megabytes.toFixed(1)} MB`,
      reached: megabytes <= 64,
    },
  ];
}
