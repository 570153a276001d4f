// The works of work.mjs by every contender that can: whether a document is valid, what is wrong with one that isn't, and
// how long until a schema can be used.
import works from "bench:works";
import type { Work } from "bench:works";
import { instantiateSync } from "sluice/core";
import type { Core } from "sluice/core";
import type { Case } from "../harness/serve.ts";
import { compilers, contenders } from "./contenders.ts";
import type { Contender, Validator } from "./contenders.ts";

type Document = Work["documents"][number];

/** A schema is compiled anew in this many spellings, so that no cache has the one that comes. */
const SPELLINGS = 64;

const encoder = new TextEncoder();
const isPublic = ({ id }: Work): boolean => id.startsWith("public/");

const saying = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 200);

/** A case that can't be measured. */
const without = (head: Pick<Case, "group" | "by" | "bytes">, cannot: string): Case => ({
  ...head,
  cannot,
  run: () => 0,
  result: () => "",
});

/** What is wrong with a contender's verdicts on the documents of a work. */
function falseVerdict({ documents }: Work, validator: Validator): string | undefined {
  for (const { json, valid } of documents) {
    const document = encoder.encode(json);
    if (validator.isValid(document) !== valid) {
      return valid ? "takes a valid document for invalid" : "takes a fault for valid";
    }
    if ((validator.errors(document) === 0) !== valid) return "its errors don't go with its verdict";
  }
  return undefined;
}

function documentCase(work: Work, one: Document, by: string, make: () => Validator): Case {
  const document = encoder.encode(one.json);
  const head = { group: `${work.id}/${one.id}`, by, bytes: document.length };
  let validator: Validator;
  try {
    validator = make();
    const wrong = falseVerdict(work, validator);
    if (wrong !== undefined) return without(head, wrong);
  } catch (error) {
    return without(head, saying(error));
  }
  return {
    ...head,
    run(times) {
      let sum = 0;
      if (one.valid) for (let i = 0; i < times; i++) sum += validator.isValid(document) ? 1 : 0;
      else for (let i = 0; i < times; i++) sum += validator.errors(document);
      return sum;
    },
    result: () => String(validator.isValid(document)),
  };
}

/** From the schema's bytes to the verdict on a first, tiny document: some compile only then. */
function compileCase(work: Work, { by, compile }: Contender): Case {
  const spellings = Array.from({ length: SPELLINGS }, (_, i) => {
    const title = `Spelling ${String(i).padStart(4, "0")}`;
    return encoder.encode(JSON.stringify({ ...work.schema, title }));
  });
  const document = encoder.encode("[]");
  let next = 0;
  const once = (): boolean => {
    const text = spellings[next++ % SPELLINGS];
    if (text === undefined) throw new Error("no spelling");
    const validator = compile({ ...work, text });
    const valid = validator.isValid(document);
    validator.dispose?.();
    return valid;
  };
  const head = { group: `compile/${work.id}`, by, bytes: work.text.length };
  try {
    once();
  } catch (error) {
    return without(head, saying(error));
  }
  return {
    ...head,
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += once() ? 1 : 0;
      return sum;
    },
    result: () => String(once()),
  };
}

function casesOf(core: Core, work: Work): Case[] {
  const made = new Map<string, Validator>();
  // Of public schemas the faulty document only tells who validates.
  const measured = isPublic(work) ? work.documents.slice(0, 1) : work.documents;
  return measured.flatMap((one) =>
    contenders(core).map(({ by, compile }) =>
      documentCase(work, one, by, () => {
        const validator = made.get(by) ?? compile(work);
        made.set(by, validator);
        return validator;
      }),
    ),
  );
}

export function makeCases(module: WebAssembly.Module): Case[] {
  const core = instantiateSync(module, { seed: new Uint8Array(16) });
  return [
    ...works
      .filter((work) => !isPublic(work))
      .flatMap((work) => compilers(core).map((contender) => compileCase(work, contender))),
    ...works.flatMap((work) => casesOf(core, work)),
  ];
}
