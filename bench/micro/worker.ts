// The cases in workerd. The first request makes them: nothing here is measured at global scope.
import wasm from "sluice/core.wasm";
import { makeCases } from "./cases.ts";
import type { Case } from "./cases.ts";

let cases: Case[] | undefined;

export default {
  fetch(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    cases ??= makeCases(wasm);
    if (pathname === "/list")
      return Response.json(cases.map(({ group, by, bytes }) => ({ group, by, bytes })));
    const one = cases[Number(searchParams.get("case"))];
    if (one === undefined) return new Response("no such case", { status: 404 });
    if (pathname === "/result") return Response.json(one.result());
    return Response.json(one.run(Number(searchParams.get("times"))));
  },
};
