// Cases in workerd, asked for over HTTP. The first request makes them: nothing is measured at global scope.

/** A loop whose CPU time is measured from outside, over the whole process. */
export interface Case {
  /** What is done. */
  readonly group: string;
  /** Who does it: "sluice", "js" or a library. */
  readonly by: string;
  /** Bytes of input of one iteration, where throughput makes sense. */
  readonly bytes?: number;
  /** Why it isn't measured, where it can't do it: such a case is listed and never run. */
  readonly cannot?: string;
  /** Runs `times` iterations; returns something that depends on all of them. */
  run(times: number): number | Promise<number>;
  /** The result of one iteration, to compare contenders. */
  result(): string | Promise<string>;
}

export function serveCases(makeCases: () => Case[]): {
  fetch(request: Request): Promise<Response>;
} {
  let cases: Case[] | undefined;
  return {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      cases ??= makeCases();
      if (pathname === "/list")
        return Response.json(
          cases.map(({ group, by, bytes, cannot }) => ({ group, by, bytes, cannot })),
        );
      const one = cases[Number(searchParams.get("case"))];
      if (one === undefined) return new Response("no such case", { status: 404 });
      if (pathname === "/result") return Response.json(await one.result());
      return Response.json(await one.run(Number(searchParams.get("times"))));
    },
  };
}
