import { EvaluateFlag } from "./abi.generated.ts";
import { checkBytes, checkString, jsonOf, refusal } from "./arguments.ts";
import type { Issue } from "./errors.ts";
import { SluiceError } from "./errors.ts";
import type { Attributes, NamedAttribute } from "./feature-attributes.ts";
import { FeatureTexts, type Selection } from "./feature-texts.ts";
import { FeatureResults, type StickyBuckets } from "./feature-results.ts";
import { Handle } from "./handle.ts";
import type { Instance, Json } from "./instance.ts";
import { mergeQueryStrings, patternParts, urlParts } from "./url-parts.ts";

export interface EvaluateOptions {
  /** Only these features; without it all of them, and the payload's own experiments. */
  readonly keys?: readonly string[] | undefined;
  /** Variations by the keys of experiments, whatever hash and conditions say. */
  readonly forcedVariations?: Readonly<Record<string, number>> | undefined;
  /** What this user was given before; `{}` for a user who is new. Without it buckets aren't sticky. */
  readonly stickyBuckets?: StickyBuckets | undefined;
  /** The page's URL: for URL targeting, and for variations forced by query string (`?my-test=1`). */
  readonly url?: string | undefined;
  /** Nobody is in an experiment but who is forced. */
  readonly qaMode?: boolean | undefined;
  /** False: no experiments at all. */
  readonly enabled?: boolean | undefined;
}

/** Where to send the user instead, as an experiment has it. */
export interface Redirect {
  /** With the page's query string where the experiment says so. */
  readonly url: string;
  readonly results: FeatureResults;
  /** The number of the experiment in `results.experiments()`. */
  readonly experiment: number;
}

/** A GrowthBook payload, compiled. */
export class Features extends Handle {
  /**
   * What is wrong in the payload and doesn't stop the rest: unknown operators, regular expressions
   * that are invalid or can't be matched in linear time, values of a wrong type. At most a hundred.
   */
  readonly issues: readonly Issue[];
  readonly #texts: FeatureTexts;

  private constructor(
    instance: Instance,
    handle: number,
    texts: FeatureTexts,
    issues: readonly Issue[],
  ) {
    super(instance, handle, texts);
    this.#texts = texts;
    this.issues = issues;
  }

  /** @internal */
  static compile(instance: Instance, json: Json): Features {
    if (typeof json !== "string") checkBytes(json);
    const { handle, words, issues } = instance.compileFeatures(json);
    const texts = new FeatureTexts(instance, words);
    const reported = issues === "" ? [] : (JSON.parse(issues) as { issues: Issue[] }).issues;
    const features = new Features(instance, handle, texts, reported);
    const patterns = texts.patterns();
    if (patterns.length > 0) {
      instance.setUrlPatterns(handle, JSON.stringify(patterns.map(patternParts)));
    }
    return features;
  }

  /** Results that were given out stay as they are. */
  override dispose(): void {
    this.#texts.part();
    super.dispose();
  }

  /** The keys of all features, in byte order. */
  keys(): string[] {
    return this.#texts.keys();
  }

  /**
   * Decides features for the user with these attributes, all in one call. Of an object only what
   * the features look at is read; JSON text works too, and throws `invalid_json` where it is none.
   * Attributes and conditions that are too much work together throw `budget_exceeded`.
   */
  evaluate(attributes: Attributes | Json, options: EvaluateOptions = {}): FeatureResults {
    const texts = this.#texts.share();
    const { url, stickyBuckets, forcedVariations, keys } = options;
    if (keys !== undefined && !Array.isArray(keys)) throw refusal("keys", "an array", keys);
    if (url !== undefined) checkString("url", url);
    const selection = keys === undefined ? undefined : texts.select(keys);
    const flags =
      (options.qaMode === true ? EvaluateFlag.qaMode : 0) |
      (options.enabled === false ? EvaluateFlag.disabled : 0);
    // Only the payload's own experiments have URL targets, which want parts even of no URL.
    const hasTargets = texts.needsUrl && selection === undefined;
    const isPlain =
      url === undefined &&
      stickyBuckets === undefined &&
      forcedVariations === undefined &&
      !hasTargets;
    const isText = typeof attributes === "string" || attributes instanceof Uint8Array;
    if (!isText && (typeof attributes !== "object" || !isRecord(attributes))) {
      throw refusal("attributes", "an object or its JSON text", attributes);
    }
    if (isPlain && !isText) {
      const frame = this.instance.decideFeatures(
        this.handle,
        selection?.numbers,
        selection === undefined ? texts.attributes() : this.#attributesOf(selection),
        attributes,
        flags,
      );
      return new FeatureResults(texts, frame, selection, undefined);
    }
    const frame = this.instance.evaluateFeatures(
      this.handle,
      [
        isText ? attributes : jsonOf("attributes", attributes),
        jsonOf("forcedVariations", forcedVariations),
        jsonOf("stickyBuckets", stickyBuckets),
        url,
        texts.needsUrl ? urlParts(url ?? "") : undefined,
        selection === undefined ? undefined : new Uint8Array(selection.numbers.buffer),
      ],
      flags,
    );
    return new FeatureResults(texts, frame, selection, stickyBuckets);
  }

  /**
   * Where the payload's experiments send a user who is at `url`: the first redirect experiment that
   * the user is in decides, and doesn't send to a page that it targets itself.
   */
  redirect(
    attributes: Attributes | Json,
    options: EvaluateOptions & { readonly url: string },
  ): Redirect | undefined {
    const results = this.evaluate(attributes, options);
    const runs = results.experiments();
    for (const [number, { experiment, result }] of runs.entries()) {
      if (!result.inExperiment || experiment["manual"] === true) continue;
      if (!isRedirect(experiment)) continue;
      const target = redirectOf(result.value);
      if (target === undefined) return undefined;
      const url =
        experiment["persistQueryString"] === true ? mergeQueryStrings(options.url, target) : target;
      const there = this.evaluate(attributes, { ...options, url }).experiments()[number];
      return there?.result.inExperiment === true ? undefined : { url, results, experiment: number };
    }
    return undefined;
  }

  #attributesOf(selection: Selection): readonly NamedAttribute[] {
    if (selection.attributes !== undefined) return selection.attributes;
    const numbers = this.instance.featureDependencies(this.handle, selection.numbers);
    const all = this.#texts.attributes();
    return (selection.attributes = numbers.flatMap((number) => all[number] ?? []));
  }
}

function redirectOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("urlRedirect" in value)) return undefined;
  return typeof value.urlRedirect === "string" && value.urlRedirect !== ""
    ? value.urlRedirect
    : undefined;
}

function isRedirect(experiment: Readonly<Record<string, unknown>>): boolean {
  const variations: unknown = experiment["variations"];
  return (
    Array.isArray(experiment["urlPatterns"]) &&
    Array.isArray(variations) &&
    variations.some((v) => typeof v === "object" && v !== null && "urlRedirect" in v)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const ENCRYPTED = [
  ["encryptedFeatures", "features"],
  ["encryptedExperiments", "experiments"],
  ["encryptedSavedGroups", "savedGroups"],
  ["encryptedContextualBandits", "contextualBandits"],
] as const;

/**
 * The payload with its encrypted parts (AES-CBC, "iv.ciphertext" in Base64) in clear, as JSON text.
 * `key` is Base64. Throws `invalid_argument` where the payload is no object or a part can't be
 * decrypted, `invalid_json` where what comes out isn't JSON.
 */
export async function decryptFeatures(json: Json, key: string): Promise<string> {
  if (typeof json !== "string") checkBytes(json);
  checkString("key", key);
  const text = typeof json === "string" ? json : new TextDecoder().decode(json);
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (cause) {
    throw new SluiceError("invalid_json", "the payload is not JSON", { cause });
  }
  if (!isRecord(payload)) {
    throw new SluiceError("invalid_argument", "a feature payload is an object");
  }
  for (const [encrypted, plain] of ENCRYPTED) {
    const value = payload[encrypted];
    if (typeof value !== "string") continue;
    Reflect.deleteProperty(payload, encrypted);
    payload[plain] = await decryptJson(value, key, encrypted);
  }
  return JSON.stringify(payload);
}

async function decryptJson(encrypted: string, key: string, name: string): Promise<unknown> {
  const text = await decryptText(encrypted, key, name);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SluiceError("invalid_json", `what ${name} decrypts to is not JSON`, {
      cause,
      location: `/${name}`,
    });
  }
}

async function decryptText(encrypted: string, key: string, name: string): Promise<string> {
  try {
    const [iv = "", ciphertext = ""] = encrypted.split(".");
    const imported = await crypto.subtle.importKey("raw", fromBase64(key), "AES-CBC", false, [
      "decrypt",
    ]);
    const plain = await crypto.subtle.decrypt(
      { name: "AES-CBC", iv: fromBase64(iv) },
      imported,
      fromBase64(ciphertext),
    );
    return new TextDecoder().decode(plain);
  } catch (cause) {
    throw new SluiceError("invalid_argument", `${name} can't be decrypted with this key`, {
      cause,
      location: `/${name}`,
    });
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
