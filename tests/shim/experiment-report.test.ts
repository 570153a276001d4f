import { describe, expect, it } from "vitest";
import { experimentWeights } from "../../worker-shim/config/experiment-weights.ts";
import { isolateExposures } from "../../worker-shim/gateway/exposures.ts";
import { createGateway } from "../../worker-shim/index.ts";
import { TOKEN, bytesOf, policyOf, problemOf, send, without } from "./support.ts";

const RULE = { variations: ["a", "b"], coverage: 1, hashAttribute: "id", hashVersion: 2 };

function weightsOf(features: object, experiments: object[] = []): Record<string, unknown> {
  const policy = { features: { payload: { features, experiments } } };
  return Object.fromEntries(experimentWeights(bytesOf(JSON.stringify(policy))));
}

const one = (rule: object): object => ({ f: { rules: [{ force: 1 }, { ...RULE, ...rule }] } });

describe("the weights of a payload's experiments", () => {
  it.each<[what: string, rule: object, weights: number[] | null]>([
    ["as they are given", { weights: [0.3, 0.7] }, [0.3, 0.7]],
    ["equal without any", {}, [0.5, 0.5]],
    ["equal where there are too few", { weights: [1] }, [0.5, 0.5]],
    ["equal where they don't sum to one", { weights: [0.3, 0.3] }, [0.5, 0.5]],
    [
      "a range's width, whatever it covers",
      {
        ranges: [
          [0, 0.1],
          [0.5, 0.8],
        ],
      },
      [0.25, 0.75],
    ],
    ["unknown where ranges are too few", { ranges: [[0, 0.1]] }, null],
    ["unknown where a bandit changes them", { contextualBanditRef: "x" }, null],
  ])("are %s", (_what, rule, weights) => {
    const { f } = weightsOf(one(rule));
    if (weights === null) expect(f).toBeNull();
    else weights.forEach((weight, index) => expect((f as number[])[index]).toBeCloseTo(weight, 12));
  });

  it("are by the experiment's key, and unknown where rules of one key differ", () => {
    const features = {
      one: { rules: [{ ...RULE, key: "same", weights: [0.5, 0.5] }] },
      two: {
        rules: [
          { ...RULE, key: "same" },
          { ...RULE, key: "split", weights: [0.9, 0.1] },
        ],
      },
      three: { rules: [{ ...RULE, key: "split", weights: [0.1, 0.9] }] },
      four: { defaultValue: 1 },
    };
    expect(weightsOf(features, [{ ...RULE, key: "auto" }, { key: "none" }])).toEqual({
      same: [0.5, 0.5],
      split: null,
      auto: [0.5, 0.5],
    });
  });

  it("are none where a policy has no payload", () => {
    expect(experimentWeights(bytesOf('{"version": 1, "routes": []}')).size).toBe(0);
  });
});

describe("GET /_sluice/experiments", () => {
  const gateway = createGateway({
    policy: policyOf([{ id: "page", match: { path: "/echo" }, experiment: { feature: "page" } }], {
      features: {
        attributes: { id: "header:x-user" },
        payload: {
          features: {
            page: {
              defaultValue: "a",
              rules: [{ ...RULE, key: "page-2026", weights: [0.5, 0.5] }],
            },
          },
        },
      },
    }),
  });
  const show = (headers = { authorization: `Bearer ${TOKEN}` }): Promise<Response> =>
    send(gateway, "/_sluice/experiments", { headers });

  it("is the operator's alone", async () => {
    expect((await show({ authorization: "Bearer guess" })).status).toBe(401);
    const post = await send(gateway, "/_sluice/experiments", {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(post.headers.get("allow")).toBe("GET");
    const off = await send(gateway, "/_sluice/experiments", {}, without("SLUICE_ADMIN_TOKEN"));
    expect(await problemOf(off)).toMatchObject({ status: 404 });
  });

  it("counts users by variation, and tests those who were hashed", async () => {
    const { table } = isolateExposures;
    let users = 0;
    const note = (experiment: string, variationIndex: number, times: number, sticky = false) => {
      for (let count = 0; count < times; count++) {
        table.note(0, 1_000, {
          id: String(++users),
          feature: "page",
          experiment,
          variation: ["control", "grid"][variationIndex] ?? "",
          variationIndex,
          attribute: "id",
          value: String(users),
          sticky,
        });
      }
    };
    note("page-2026", 0, 100);
    note("page-2026", 1, 140);
    note("page-2026", 1, 1_000, true);
    note("gone", 0, 50);
    const response = await show();
    expect(response.headers.get("cache-control")).toBe("no-store");
    const { experiments, ...rest } = await response.json<{ experiments: object[] }>();
    expect(rest).toMatchObject({ revision: 0, since: "1970-01-01T00:00:01.000Z", uncounted: 0 });
    expect(experiments).toEqual([
      {
        experiment: "page-2026",
        variations: [
          { variation: "control", weight: 0.5, hashed: 100, sticky: 0 },
          { variation: "grid", weight: 0.5, hashed: 140, sticky: 1_000 },
        ],
        // (100 − 120)² / 120 · 2; p from the table of the distribution.
        sampleRatio: {
          chiSquare: expect.closeTo(6.6667, 4) as number,
          degreesOfFreedom: 1,
          p: expect.closeTo(0.00982, 5) as number,
        },
        reason: null,
      },
      {
        experiment: "gone",
        variations: [{ variation: "control", weight: null, hashed: 50, sticky: 0 }],
        sampleRatio: null,
        reason: "weights-unknown",
      },
    ]);
    note("page-2026", 1, 60_000, true);
    const { experiments: beyond } = await (await show()).json<{ experiments: object[] }>();
    expect(beyond[0]).toMatchObject({ sampleRatio: null, reason: "too-many-users" });
  });
});
