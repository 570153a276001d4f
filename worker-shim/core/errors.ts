import { Status } from "./abi.generated.ts";

/** One fault in a policy or another document that an author wrote. */
export interface Issue {
  readonly code: string;
  /** JSON Pointer (RFC 6901) into the document; "" is its root. */
  readonly pointer: string;
  /** Of the value (or key) at fault, in the UTF-8 text. */
  readonly byteOffset: number;
  readonly message: string;
}

export type SluiceErrorCode =
  | "invalid_json"
  | "invalid_policy"
  | "invalid_argument"
  | "stale_handle"
  | "budget_exceeded"
  | "poisoned"
  | "internal"
  | "invalid_query"
  | "invalid_transform"
  | "transform_failed"
  | "query_failed"
  | "missing_secret"
  | "invalid_schema";

/** Which budget a `budget_exceeded` is about. */
export type BudgetName =
  "input_bytes" | "output_bytes" | "depth" | "steps" | "results" | "memory" | "text_bytes";

export interface SluiceErrorOptions {
  readonly location?: string | undefined;
  readonly byteOffset?: number | undefined;
  readonly budget?: BudgetName | undefined;
  readonly issues?: readonly Issue[] | undefined;
  readonly issueCount?: number | undefined;
  readonly cause?: unknown;
}

/** The one error that the core throws. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly code: SluiceErrorCode;
  /**
   * JSON Pointer of what is at fault, where one thing is: in the document that was to be compiled,
   * also where it fails when it runs (`transform_failed`).
   */
  readonly location?: string;
  /** Byte offset of it in the UTF-8 text that was handed in. */
  readonly byteOffset?: number;
  /** With `budget_exceeded`: which one. */
  readonly budget?: BudgetName;
  readonly issues?: readonly Issue[];
  /** How many issues there are in all; `issues` holds at most the first hundred. */
  readonly issueCount?: number;

  constructor(code: SluiceErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.location !== undefined) this.location = options.location;
    if (options.byteOffset !== undefined) this.byteOffset = options.byteOffset;
    if (options.budget !== undefined) this.budget = options.budget;
    if (options.issues !== undefined) this.issues = options.issues;
    if (options.issueCount !== undefined) this.issueCount = options.issueCount;
  }
}

export function isSluiceError(error: unknown, code?: SluiceErrorCode): error is SluiceError {
  return error instanceof SluiceError && (code === undefined || error.code === code);
}

const CODES: Readonly<Record<number, SluiceErrorCode>> = {
  [Status.invalidJson]: "invalid_json",
  [Status.invalidPolicy]: "invalid_policy",
  [Status.invalidArgument]: "invalid_argument",
  [Status.staleHandle]: "stale_handle",
  [Status.budgetExceeded]: "budget_exceeded",
  [Status.poisoned]: "poisoned",
  [Status.internal]: "internal",
  [Status.invalidQuery]: "invalid_query",
  [Status.invalidTransform]: "invalid_transform",
  [Status.transformFailed]: "transform_failed",
  [Status.queryFailed]: "query_failed",
  [Status.missingSecret]: "missing_secret",
  [Status.invalidSchema]: "invalid_schema",
};

/** The error that a failed call stands for; `text` is the JSON object the core left about it. */
export function errorFromCore(status: number, text: string): SluiceError {
  const code = CODES[status] ?? "internal";
  let details: Partial<SluiceErrorOptions> & { message?: string };
  try {
    details = JSON.parse(text) as typeof details;
  } catch (cause) {
    return new SluiceError(code, `the core failed with status ${String(status)} and no details`, {
      cause,
    });
  }
  return new SluiceError(code, details.message ?? code, details);
}
