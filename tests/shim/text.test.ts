import { describe, expect, it } from "vitest";
import { encodeText, readText } from "../../worker-shim/core/text.ts";

describe("text out of the core", () => {
  it.each(["\ufeffa", "\ufeff", `\ufeff${"long ".repeat(20)}`, "a\ufeff"])(
    "keeps a byte order mark: %j",
    (text) => {
      const bytes = encodeText(text);
      expect(readText(bytes, 0, bytes.length)).toBe(text);
    },
  );
});
