import { beforeEach, describe, expect, it } from "vitest";
import { GroupCommit } from "../../worker-shim/limiter/group-commit.ts";

let state: number;
let written: number[];
let syncs: { resolve(): void; reject(error: Error): void }[];
let commits: GroupCommit;

beforeEach(() => {
  state = 0;
  written = [];
  syncs = [];
  commits = new GroupCommit(
    () => written.push(state),
    () => new Promise((resolve, reject) => syncs.push({ resolve, reject })),
  );
});

/** Changes the state and commits it. */
function change(): Promise<void> {
  state += 1;
  return commits.commit();
}

/** All that needs no commit to end has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await settled();
  return done;
}

describe("a group commit", () => {
  it("is one for all that come in one turn, and writes the newest state", async () => {
    const all = [change(), change(), change()];
    await settled();
    expect(written).toEqual([3]);
    syncs[0]?.resolve();
    await Promise.all(all);
    expect(syncs).toHaveLength(1);
  });

  it("makes those wait who come while it is under way, for a commit of their own", async () => {
    const first = change();
    await settled();
    const second = change();
    const third = change();
    await settled();
    expect(written).toEqual([1]);
    syncs[0]?.resolve();
    await first;
    expect(await isDone(second)).toBe(false);
    expect(written).toEqual([1, 3]);
    syncs[1]?.resolve();
    await Promise.all([second, third]);
    expect(await isDone(change())).toBe(false);
    expect(written).toEqual([1, 3, 4]);
  });

  it("can be waited for by who needs none", async () => {
    expect(commits.outstanding()).toBeUndefined();
    const first = change();
    expect(commits.outstanding()).toBe(first);
    await settled();
    expect(commits.outstanding()).toBe(first);
    const second = change();
    expect(commits.outstanding()).toBe(second);
    syncs[0]?.resolve();
    await first;
    await settled();
    expect(commits.outstanding()).toBe(second);
    syncs[1]?.resolve();
    await second;
    await settled();
    expect(commits.outstanding()).toBeUndefined();
    expect(written).toEqual([1, 2]);
  });

  it("that fails, fails for all that share it and for nobody else", async () => {
    const first = [change(), change()];
    await settled();
    const second = change();
    syncs[0]?.reject(new Error("disk"));
    for (const one of first) await expect(one).rejects.toThrow("disk");
    await settled();
    syncs[1]?.resolve();
    await second;
    expect(written).toEqual([2, 3]);
  });

  it("that failed is made up for by who relies on it", async () => {
    const first = change();
    await settled();
    syncs[0]?.reject(new Error("disk"));
    await expect(first).rejects.toThrow("disk");
    const relying = commits.outstanding() ?? Promise.resolve();
    expect(await isDone(relying)).toBe(false);
    syncs[1]?.resolve();
    await relying;
    expect(commits.outstanding()).toBeUndefined();
    expect(written).toEqual([1, 1]);
  });

  it("fails if the write throws, and leaves nothing stuck", async () => {
    let full = true;
    commits = new GroupCommit(
      () => {
        if (full) throw new Error("full");
      },
      () => Promise.resolve(),
    );
    await expect(commits.commit()).rejects.toThrow("full");
    full = false;
    await commits.commit();
  });
});
