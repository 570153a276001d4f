import { describe, expect, it } from "vitest";
import {
  CircuitBreakers,
  FAILURES_TO_OPEN,
  FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS,
  MAX_CIRCUITS,
} from "../../worker-shim/limiter/circuit-breaker.ts";

const TIMEOUT = 250;
const START = 1_800_000_000_000;

function opened(name = "o", random = 0): CircuitBreakers {
  const circuits = new CircuitBreakers(() => random);
  for (let count = 1; count < FAILURES_TO_OPEN; count++) {
    expect(circuits.failed(name, START)).toBe(false);
    expect(circuits.admits(name, START, TIMEOUT)).toBe(true);
  }
  expect(circuits.failed(name, START)).toBe(true);
  return circuits;
}

describe("a circuit", () => {
  it("opens after failures in a row, for a pause", () => {
    const circuits = opened();
    expect(circuits.admits("o", START, TIMEOUT)).toBe(false);
    expect(circuits.isClosed("o")).toBe(false);
    expect(circuits.admits("o", START + FIRST_PAUSE_MS - 1, TIMEOUT)).toBe(false);
    expect(circuits.admits("o", START + FIRST_PAUSE_MS, TIMEOUT)).toBe(true);
  });

  it("counts only failures in a row", () => {
    const circuits = new CircuitBreakers();
    for (let round = 0; round < 10; round++) {
      for (let count = 1; count < FAILURES_TO_OPEN; count++) circuits.failed("o", START);
      circuits.succeeded("o");
    }
    expect(circuits.admits("o", START, TIMEOUT)).toBe(true);
    expect(circuits.size).toBe(0);
  });

  it("lets one call try at a time; a call that never reports back doesn't keep others out", () => {
    const circuits = opened();
    const later = START + FIRST_PAUSE_MS;
    expect(circuits.admits("o", later, TIMEOUT)).toBe(true);
    expect(circuits.admits("o", later + TIMEOUT - 1, TIMEOUT)).toBe(false);
    expect(circuits.admits("o", later + TIMEOUT, TIMEOUT)).toBe(true);
  });

  it("closes when the try succeeds, and needs as many failures to open again", () => {
    const circuits = opened();
    const later = START + FIRST_PAUSE_MS;
    expect(circuits.admits("o", later, TIMEOUT)).toBe(true);
    circuits.succeeded("o");
    expect(circuits.isClosed("o")).toBe(true);
    expect(circuits.failed("o", later)).toBe(false);
    expect(circuits.admits("o", later, TIMEOUT)).toBe(true);
  });

  it("pauses twice as long after each try that fails, up to the longest", () => {
    const circuits = opened();
    let now = START;
    const pauses: number[] = [];
    for (let tries = 0; tries < 6; tries++) {
      const from = now;
      while (!circuits.admits("o", now, TIMEOUT)) now += 10;
      pauses.push(now - from);
      expect(circuits.failed("o", now)).toBe(true);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, LONGEST_PAUSE_MS, LONGEST_PAUSE_MS]);
  });

  it("takes failures of calls from before it opened for nothing new", () => {
    const circuits = opened();
    for (let count = 0; count < 50; count++) {
      expect(circuits.failed("o", START + TIMEOUT)).toBe(false);
    }
    expect(circuits.admits("o", START + FIRST_PAUSE_MS, TIMEOUT)).toBe(true);
  });

  it("spreads the tries of many isolates", () => {
    const circuits = opened("o", 0.999);
    expect(circuits.admits("o", START + FIRST_PAUSE_MS * 1.19, TIMEOUT)).toBe(false);
    expect(circuits.admits("o", START + FIRST_PAUSE_MS * 1.2, TIMEOUT)).toBe(true);
  });

  it("isn't kept open by a clock that went back", () => {
    const circuits = opened();
    expect(circuits.admits("o", START - 3_600_000, TIMEOUT)).toBe(true);
  });

  it("is one a name, and names are bounded: what failed once goes before what is open", () => {
    const circuits = opened("hot");
    expect(circuits.admits("other", START, TIMEOUT)).toBe(true);
    for (let index = 0; index < 5_000; index++) circuits.failed(`cold-${String(index)}`, START);
    expect(circuits.size).toBe(MAX_CIRCUITS);
    expect(circuits.admits("hot", START, TIMEOUT)).toBe(false);
  });

  it("is forgotten in the order of last failures, where all are open", () => {
    const circuits = new CircuitBreakers(() => 0);
    const open = (name: string): void => {
      for (let count = 0; count < FAILURES_TO_OPEN; count++) circuits.failed(name, START);
    };
    for (let index = 0; index < MAX_CIRCUITS; index++) open(`o-${String(index)}`);
    circuits.failed("o-0", START);
    open("another");
    expect(circuits.size).toBe(MAX_CIRCUITS);
    expect(["o-0", "o-1", "o-2"].map((name) => circuits.isClosed(name))).toEqual([
      false,
      true,
      false,
    ]);
  });
});
