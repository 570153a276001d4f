// Made by tools/generate-abi.mjs from wasm/abi/sluice.h. Don't edit.

export const ABI_VERSION = 7;
export const FACTS_VERSION = 1;
export const MATCH_VERSION = 2;
export const PLAN_VERSION = 6;
export const CHARGES_VERSION = 1;
export const INPUTS_VERSION = 1;
export const FEATURES_VERSION = 3;
export const EVALUATE_VERSION = 1;
export const RESULTS_VERSION = 1;
export const ATTRIBUTES_VERSION = 1;
export const SCHEMA_VERSION = 1;
export const ERRORS_VERSION = 1;
/** bytes of input memory that outlive a call, see sluice_input */
export const INPUT_KEPT = 1048576;
/** offset of an absent slot, or none where a number may be missing */
export const ABSENT = 0xffffffff;

export const Status = {
  ok: 0,
  invalidJson: 1,
  invalidPolicy: 2,
  invalidArgument: 3,
  staleHandle: 4,
  budgetExceeded: 5,
  poisoned: 6,
  internal: 7,
  invalidQuery: 8,
  invalidTransform: 9,
  transformFailed: 10,
  queryFailed: 11,
  missingSecret: 12,
  invalidSchema: 13,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Fixed slots of a facts frame. */
export const Slot = {
  method: 0,
  /** without the port, lower case */
  host: 1,
  /** as in the URL, percent-encoded; starts with / */
  path: 2,
  /** with its "?", absent or empty if there is none */
  query: 3,
  ip: 4,
  /** 16 random bytes: what a visitor id is minted from */
  random: 5,
  /** 32 bytes: SHA-256 of the credential that the route's auth names */
  digest: 6,
  /** JSON of the URL's parts, see wasm/experiment/evaluate.h */
  url: 7,
  firstNamed: 8,
} as const;
export type Slot = (typeof Slot)[keyof typeof Slot];

/** Words of what sluice_policy_match yields. Offsets are in bytes from the frame's start. */
export const MatchWord = {
  version: 0,
  length: 1,
  /** sluice_outcome */
  outcome: 2,
  /** number of the route, or SLUICE_ABSENT */
  route: 3,
  /** method_not_allowed: value of Allow; bad_target: why */
  detailOffset: 4,
  detailLength: 5,
  /** pre-auth charges */
  chargeCount: 6,
  chargesOffset: 7,
} as const;
/** Number of fixed words. */
export const MATCH_WORDS = 8;

export const Outcome = {
  proceed: 0,
  notFound: 1,
  methodNotAllowed: 2,
  badTarget: 3,
  /** the route wants a credential; none came, or an unknown one */
  unauthorized: 4,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/**
 * Words of the plan that sluice_policy_decide yields. Faults of parameters are JSON: {"path": …,
 * "query": …}, each as SLUICE_SCHEMA_OUTPUT_ERRORS has it, and only where it has faults.
 */
export const PlanWord = {
  version: 0,
  length: 1,
  outcome: 2,
  /** number in the description's upstreams */
  upstream: 3,
  /** of the response body, or SLUICE_ABSENT */
  transform: 4,
  /** upstream path with query, starts with / */
  pathOffset: 5,
  pathLength: 6,
  /** SLUICE_ABSENT where the route has no auth */
  identityOffset: 7,
  identityLength: 8,
  /** value of Location, or SLUICE_ABSENT: ask the upstream */
  redirectOffset: 9,
  redirectLength: 10,
  /** value of the flags header, or SLUICE_ABSENT */
  flagsOffset: 11,
  flagsLength: 12,
  /** value of the visitor header, or SLUICE_ABSENT */
  visitorOffset: 13,
  visitorLength: 14,
  /** words, by the route's experiments: the number of the */
  variantCount: 15,
  /** variant that applies, or SLUICE_ABSENT */
  variantsOffset: 16,
  /** (offset, length) pairs: values of Set-Cookie */
  cookieCount: 17,
  cookiesOffset: 18,
  /** sluice_exposure each */
  exposureCount: 19,
  exposuresOffset: 20,
  chargeCount: 21,
  chargesOffset: 22,
  /** of the route's inputs; in the order of the description */
  inputCount: 23,
  inputsOffset: 24,
  /** of the parameters, or SLUICE_ABSENT: none */
  faultsOffset: 25,
  faultsLength: 26,
} as const;
/** Number of fixed words. */
export const PLAN_WORDS = 27;

/** Words of one exposure of a plan. Offsets are in bytes from the frame's start. */
export const ExposureWord = {
  /** 22 characters: the same for the same exposure of a day */
  idOffset: 0,
  idLength: 1,
  /** key of the feature */
  featureOffset: 2,
  featureLength: 3,
  /** key of the experiment */
  experimentOffset: 4,
  experimentLength: 5,
  /** key of the variation */
  variationOffset: 6,
  variationLength: 7,
  /** name of the attribute that was hashed */
  attributeOffset: 8,
  attributeLength: 9,
  /** its value, or a hash of it */
  valueOffset: 10,
  valueLength: 11,
  variationIndex: 12,
  /** 1: by a sticky bucket */
  sticky: 13,
} as const;
/** Number of fixed words. */
export const EXPOSURE_WORDS = 14;

/** Words of one input of a plan. */
export const InputCallWord = {
  /** upstream path, starts with / */
  pathOffset: 0,
  pathLength: 1,
} as const;
/** Number of fixed words. */
export const INPUT_CALL_WORDS = 2;

/**
 * Words of one charge, in both frames. Times are f64 in two words, low first: milliseconds from
 * now. Of a charge whose verdict is `ask` they say nothing, nor do remaining units.
 */
export const ChargeWord = {
  /** number in the description's limits */
  limit: 0,
  /** number in the limit's rules */
  rule: 1,
  cost: 2,
  /** sluice_charge_verdict */
  verdict: 3,
  /** sluice_charge_source */
  source: 4,
  /** sluice_charge_flag */
  flags: 5,
  subjectOffset: 6,
  subjectLength: 7,
  remaining: 8,
  resetMs: 9,
  /** NaN: never, or not denied */
  retryMs: 11,
  /** u64: the charge's if asked for, else the lease's; 0: none */
  id: 13,
  /** what to send to the object behind a header */
  operationsOffset: 15,
  /** 0: nothing to ask, since the request is denied */
  operationsLength: 16,
} as const;
/** Number of fixed words. */
export const CHARGE_WORDS = 17;

export const ChargeVerdict = {
  /** its object's to say */
  ask: 0,
  admitted: 1,
  denied: 2,
  /** the limit's "allow": not counted */
  exempt: 3,
  /** the limit's "deny" */
  refused: 4,
} as const;
export type ChargeVerdict = (typeof ChargeVerdict)[keyof typeof ChargeVerdict];

export const ChargeSource = {
  ask: 0,
  /** units that the object granted before */
  lease: 1,
  /** what the object said a moment ago */
  denyCache: 2,
} as const;
export type ChargeSource = (typeof ChargeSource)[keyof typeof ChargeSource];

/** Bits. */
export const ChargeFlag = {
  /** counted, never enforced */
  shadow: 1,
  /** denied by a block */
  blocked: 2,
} as const;
export type ChargeFlag = (typeof ChargeFlag)[keyof typeof ChargeFlag];

/** Words of what sluice_ledger_install yields. */
export const InstalledWord = {
  allowed: 0,
  /** sluice_charge_flag: blocked */
  flags: 1,
  remaining: 2,
  /** 1: a lease came */
  leased: 3,
  resetMs: 4,
  /** NaN: never, or not denied */
  retryMs: 6,
  /** u64: the lease that paid, though the object denied; else 0 */
  spent: 8,
} as const;
/** Number of fixed words. */
export const INSTALLED_WORDS = 10;

/** Words of one of the leases that sluice_ledger_due_returns yields. */
export const LeaseReturnWord = {
  /** u64 */
  lease: 0,
  units: 2,
} as const;
/** Number of fixed words. */
export const LEASE_RETURN_WORDS = 4;

export const ChargeMode = {
  /** all or nothing */
  charge: 0,
  /** the verdicts that a charge would get; nothing is charged */
  peek: 1,
  /** gives units back; the verdicts are those of a peek of cost 1 */
  refund: 2,
  /** forgets the counters */
  reset: 3,
} as const;
export type ChargeMode = (typeof ChargeMode)[keyof typeof ChargeMode];

export const QueryLanguage = {
  jsonpath: 0,
  jmespath: 1,
} as const;
export type QueryLanguage = (typeof QueryLanguage)[keyof typeof QueryLanguage];

/**
 * What a schema's compilation is told. Resources are pairs of slots, as many as there are: the URI,
 * and the JSON of what it names.
 */
export const SchemaSlot = {
  /** name or URI; absent: 2020-12 */
  dialect: 0,
  firstResource: 1,
} as const;
export type SchemaSlot = (typeof SchemaSlot)[keyof typeof SchemaSlot];

/** Bits. */
export const SchemaFlag = {
  assertFormat: 1,
  budgetedPatterns: 2,
} as const;
export type SchemaFlag = (typeof SchemaFlag)[keyof typeof SchemaFlag];

/** As schema::Output. */
export const SchemaOutput = {
  flag: 0,
  basic: 1,
  detailed: 2,
  errors: 3,
  errorFrame: 4,
} as const;
export type SchemaOutput = (typeof SchemaOutput)[keyof typeof SchemaOutput];

/**
 * Words of SLUICE_SCHEMA_OUTPUT_ERROR_FRAME. Then come sluice_error for each error, and the texts
 * (UTF-8) of all of them one behind the other, in the order of the words.
 */
export const ErrorsWord = {
  version: 0,
  count: 1,
} as const;
/** Number of fixed words. */
export const ERRORS_WORDS = 2;

/** But for the first, lengths of texts in bytes, or SLUICE_ABSENT. */
export const ErrorWord = {
  byteOffset: 0,
  instanceLocation: 1,
  keywordLocation: 2,
  absoluteLocation: 3,
  keyword: 4,
  message: 5,
  expected: 6,
  actual: 7,
} as const;
/** Number of fixed words. */
export const ERROR_WORDS = 8;

/** What sluice_policy_checked_transform checks. Bits. */
export const Check = {
  /** what the transform makes; else the document that comes in */
  result: 1,
  /** a document that isn't valid is transformed all the same */
  report: 2,
} as const;
export type Check = (typeof Check)[keyof typeof Check];

/**
 * Words of what sluice_features_compile yields: what JavaScript needs to show results. Addresses
 * are of tables of (offset, length) pairs, the offsets from the pool: of the keys of the features
 * (UTF-8) by number, each pair at the start of a row of FEATURE_BYTES; of the texts (JSON) by
 * number; of the simple URL patterns (UTF-8); of the names of the attributes that anything looks at
 * (UTF-8) by number. All lie between POOL and END, unchanged until the handle is disposed of.
 */
export const FeaturesWord = {
  version: 0,
  pool: 1,
  end: 2,
  /** 1: it has URL targets, so evaluate wants the URL's parts */
  needsUrl: 3,
  features: 4,
  featureCount: 5,
  featureBytes: 6,
  texts: 7,
  textCount: 8,
  patterns: 9,
  patternCount: 10,
  attributes: 11,
  attributeCount: 12,
} as const;
/** Number of fixed words. */
export const FEATURES_WORDS = 13;

/** What an evaluation is told. All are JSON but the URL, as it is, and the numbers of features. */
export const EvaluateSlot = {
  attributes: 0,
  forcedVariations: 1,
  /** absent: buckets aren't sticky */
  stickyBuckets: 2,
  url: 3,
  /** an object, see wasm/experiment/evaluate.h */
  urlParts: 4,
  /** words; absent: all features, and the experiments */
  features: 5,
} as const;
export type EvaluateSlot = (typeof EvaluateSlot)[keyof typeof EvaluateSlot];

/**
 * Words of a user's attributes and of what to evaluate. Then come the numbers of features, a
 * sluice_attribute for each attribute that there is, and the texts, back to back in that order.
 */
export const AttributesWord = {
  version: 0,
  /** SLUICE_ABSENT: all features, and the experiments */
  featureCount: 1,
  attributeCount: 2,
} as const;
/** Number of fixed words. */
export const ATTRIBUTES_WORDS = 3;

export const AttributeWord = {
  /** number, and in the highest byte sluice_attribute_type */
  attribute: 0,
  /** length of the text; a number: f64, here and behind */
  value: 1,
} as const;
/** Number of fixed words. */
export const ATTRIBUTE_WORDS = 3;

export const AttributeType = {
  text: 0,
  /** finite */
  number: 1,
  /** a number, 0 or 1 */
  boolean: 2,
  /** a text: texts between commas */
  list: 3,
  /** a text */
  json: 4,
} as const;
export type AttributeType = (typeof AttributeType)[keyof typeof AttributeType];

export const EvaluateFlag = {
  /** nobody is in an experiment but who is forced */
  qaMode: 1,
  /** no experiments */
  disabled: 2,
} as const;
export type EvaluateFlag = (typeof EvaluateFlag)[keyof typeof EvaluateFlag];

/**
 * Words of the results. Then come sluice_feature_result for each feature, the numbers of the
 * details of the payload's experiments, of exposures, texts of tracks, the numbers of the details
 * whose sticky buckets are new, and sluice_detail for each detail; then bytes.
 */
export const ResultsWord = {
  version: 0,
  length: 1,
  featureCount: 2,
  runCount: 3,
  exposureCount: 4,
  trackCount: 5,
  assignedCount: 6,
  detailCount: 7,
} as const;
/** Number of fixed words. */
export const RESULTS_WORDS = 8;

export const FeatureResultWord = {
  /** its number, and in the highest byte sluice_source */
  feature: 0,
  /** text, or SLUICE_ABSENT: null */
  value: 1,
  /** text, or SLUICE_ABSENT: none */
  ruleId: 2,
  /** number, or SLUICE_ABSENT */
  detail: 3,
} as const;
/** Number of fixed words. */
export const FEATURE_RESULT_WORDS = 4;

export const Source = {
  unknownFeature: 0,
  defaultValue: 1,
  force: 2,
  override: 3,
  experiment: 4,
  prerequisite: 5,
  cyclicPrerequisite: 6,
} as const;
export type Source = (typeof Source)[keyof typeof Source];

/** How one experiment came out. */
export const DetailWord = {
  /** text: the rule, or the payload's experiment, as it is */
  experiment: 0,
  /** number, or SLUICE_ABSENT */
  feature: 1,
  /** sum of sluice_detail_flag */
  flags: 2,
  variation: 3,
  /** and 5: f64 */
  bucket: 4,
  /** text: the hashed attribute's name; SLUICE_ABSENT: "id" */
  attribute: 6,
  /** JSON of its value, in bytes from the frame's start */
  valueOffset: 7,
  valueLength: 8,
  /** text: the bandit's context, or SLUICE_ABSENT: none fits */
  leaf: 9,
  /** text: the bandit's version, or SLUICE_ABSENT */
  leafVersion: 10,
} as const;
/** Number of fixed words. */
export const DETAIL_WORDS = 12;

export const DetailFlag = {
  inExperiment: 1,
  hashUsed: 2,
  stickyUsed: 4,
  hasBucket: 8,
  passthrough: 16,
  fallbackUsed: 32,
  hasLeaf: 64,
} as const;
export type DetailFlag = (typeof DetailFlag)[keyof typeof DetailFlag];

/** Byte offsets in a sluice_result on wasm32 (40 bytes). */
export const ResultOffset = {
  bytesData: 0,
  bytesLength: 4,
  secondData: 8,
  secondLength: 12,
  handle: 16,
  flag: 20,
  number: 24,
  secondNumber: 32,
} as const;

/** What the module exports. Pointers, handles and lengths are numbers: u32 come back signed. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  /** Runs the module's constructors; once, before anything else. */
  _initialize(): void;
  /** SLUICE_ABI_VERSION. Returns it instead of a status. */
  sluice_abi_version(): number;
  /**
   * Keys the instance's hash tables with the 16 bytes at `seed`. Must be called once, before anything
   * that reads input or takes or gives a handle; again is SLUICE_INVALID_ARGUMENT.
   */
  sluice_init(seed: number, length: number): number;
  /** Address of the sluice_result. */
  sluice_result_address(): number;
  /**
   * Memory for `length` bytes of input (also before sluice_init, for the seed), 8-byte aligned; null
   * if that is over the budget (32 MiB) or memory is short. Valid, with what was written, until a
   * sluice_input call with a greater length; if `length` is over SLUICE_INPUT_KEPT, until the next
   * other call ends, whatever that is: large memory is given back.
   */
  sluice_input(length: number): number;
  /** Frees what the handle stands for. */
  sluice_dispose(handle: number): number;
  /** Compiles a policy: result.handle. Fails with all issues. */
  sluice_policy_compile(json: number, length: number): number;
  /** The static side of a compiled policy as JSON (PolicyDescription in worker-shim/core). */
  sluice_policy_describe(policy: number): number;
  /**
   * Facts of the match slots → sluice_match frame in result.bytes. Charges are answered by the
   * instance's ledger where it can, all or nothing, and leased units are then spent.
   */
  sluice_policy_match(policy: number, facts: number, length: number, nowMs: number): number;
  /** Facts that the route needs → sluice_plan frame in result.bytes, with charges as those of match. */
  sluice_policy_decide(
    policy: number,
    route: number,
    facts: number,
    length: number,
    nowMs: number,
  ): number;
  /**
   * Gives what the policy keys with it the secret of this number in the description's `secrets`: at
   * least as many bytes as that says, which are copied.
   */
  sluice_policy_set_secret(policy: number, number: number, secret: number, length: number): number;
  /**
   * The description's `urlPatterns`, parsed by the host: as sluice_features_set_url_patterns takes
   * them.
   */
  sluice_policy_set_url_patterns(policy: number, json: number, length: number): number;
  /** Runs the policy's transform number `transform` on a document and an inputs frame: result.bytes. */
  sluice_policy_transform(
    policy: number,
    transform: number,
    json: number,
    length: number,
    inputs: number,
    inputsLength: number,
  ): number;
  /**
   * The same, and checks the document or the result by schema number `schema`, as `check` (the sum of
   * sluice_check) says: result.flag is 1 if that is valid, else result.second tells why as
   * SLUICE_SCHEMA_OUTPUT_ERRORS has it; if it was the document, it isn't transformed.
   */
  sluice_policy_checked_transform(
    policy: number,
    transform: number,
    schema: number,
    check: number,
    json: number,
    length: number,
    inputs: number,
    inputsLength: number,
  ): number;
  /**
   * Checks a document by the policy's schema number `schema`: result.flag is 1 if it is valid; else
   * result.bytes tells why as SLUICE_SCHEMA_OUTPUT_ERRORS has it, at most 16 faults.
   */
  sluice_policy_validate(policy: number, schema: number, json: number, length: number): number;
  /**
   * Compiles an array of steps: result.handle, and as JSON {"inputs", "secrets"} in result.bytes, the
   * names that the steps use by their numbers. Fails with all issues.
   */
  sluice_transform_compile(json: number, length: number): number;
  /** A secret's value by the number of its name: at least one byte, which is copied. */
  sluice_transform_set_secret(
    transform: number,
    number: number,
    secret: number,
    length: number,
  ): number;
  /** Runs it on a document and an inputs frame: result.bytes. */
  sluice_transform_apply(
    transform: number,
    json: number,
    length: number,
    inputs: number,
    inputsLength: number,
  ): number;
  /**
   * Compiles a JSONPath (RFC 9535) or a JMESPath, by sluice_query_language: result.handle. A fault is
   * SLUICE_INVALID_QUERY with the byte offset in the text.
   */
  sluice_query_compile(language: number, text: number, length: number): number;
  /**
   * result.bytes as JSON: of a JSONPath an array of the exact texts of the values that it selects, of
   * a JMESPath its value.
   */
  sluice_query_run(query: number, json: number, length: number): number;
  /** result.bytes: a JSON array of the normalized paths of what a JSONPath selects, in the same order. */
  sluice_query_paths(query: number, json: number, length: number): number;
  /**
   * Compiles a JSON Schema: result.handle, and as JSON {"notes": [{"code", "location", "byteOffset",
   * "message"}]} in result.bytes, what is no fault and should be known. `options`: a frame of
   * SLUICE_SCHEMA_VERSION with the slots of sluice_schema_slot, or empty; `flags`: the sum of
   * sluice_schema_flag. Fails with all issues; the pointer of one in a resource is
   * `<uri>#<pointer>`.
   */
  sluice_schema_compile(
    json: number,
    length: number,
    options: number,
    optionsLength: number,
    flags: number,
  ): number;
  /** Whether a document is valid: result.flag. */
  sluice_schema_is_valid(schema: number, json: number, length: number): number;
  /**
   * The same, and why it isn't: result.bytes in the form `output` (sluice_schema_output), JSON but
   * for ERROR_FRAME, of at most `max_errors` faults. Empty for a valid document, but for BASIC and
   * DETAILED.
   */
  sluice_schema_validate(
    schema: number,
    output: number,
    maxErrors: number,
    json: number,
    length: number,
  ): number;
  /** Compiles a policy's "limits" alone: result.bytes is the description's `limits` array. */
  sluice_limits_compile(json: number, length: number): number;
  /** A table of at most `max_entries` counters (64 to 2,000,000; less is taken as 64): result.handle. */
  sluice_counters_create(maxEntries: number): number;
  /**
   * Charges: words SLUICE_CHARGES_VERSION, count, then per charge a Rule (32 bytes, from the
   * description), u32 cost, u32 subject offset and u32 length (bytes from the frame's start), u32 0;
   * then the subjects. result.bytes is a reply frame (wasm/limit/frames.h). A table that is full is
   * SLUICE_BUDGET_EXCEEDED.
   */
  sluice_counters_charge(
    counters: number,
    mode: number,
    charges: number,
    length: number,
    nowMs: number,
  ): number;
  /**
   * The rules that charge_one and block know by number: 32 bytes each. Counters are kept: those of a
   * rule whose id stays go on under its new amounts.
   */
  sluice_counters_set_rules(counters: number, rules: number, length: number): number;
  /**
   * One charge of a subject, without frames: result.handle is the units that remain, result.flag 1 if
   * it is admitted, result.number after how many milliseconds the full quota is there again, and
   * result.second_number after how many the charge could pass; -1: it did, or never.
   */
  sluice_counters_charge_one(
    counters: number,
    rule: number,
    cost: number,
    subject: number,
    length: number,
    nowMs: number,
  ): number;
  /** Denies every charge of the subject until `until_ms`; a time that has passed ends a block. */
  sluice_counters_block(
    counters: number,
    rule: number,
    subject: number,
    length: number,
    untilMs: number,
  ): number;
  /** The counters that have changed since the last time, a million at most: result.bytes. */
  sluice_counters_drain(counters: number): number;
  /** Puts what was drained under the same seed over what is there. */
  sluice_counters_load(counters: number, changes: number, length: number, nowMs: number): number;
  /**
   * A limiter object's step (wasm/limit/step.h): result.bytes is the reply,
   * result.second the new state, result.handle 1 if the state must be durable before the reply is
   * sent. `restored` (0 or 1): the state comes from storage and this is the first step since.
   */
  sluice_limit_step(
    request: number,
    requestLength: number,
    state: number,
    stateLength: number,
    restored: number,
    nowMs: number,
  ): number;
  /**
   * Compiles a GrowthBook payload: result.handle, its sluice_features frame in result.bytes, and the
   * faults that don't stop it as JSON {"issues", "issueCount"} in result.second, empty if there are
   * none.
   */
  sluice_features_compile(json: number, length: number): number;
  /**
   * The simple URL patterns of the payload, parsed by the host: a JSON array, in the description's
   * order, of {"host", "pathname", "hash", "query": [[name, value]]} or null for what is no URL.
   */
  sluice_features_set_url_patterns(features: number, json: number, length: number): number;
  /**
   * Evaluates for one user: a frame of SLUICE_EVALUATE_VERSION with the slots of
   * sluice_evaluate_slot, and the sum of sluice_evaluate_flag; a sluice_results frame in
   * result.bytes.
   */
  sluice_features_evaluate(features: number, frame: number, length: number, flags: number): number;
  /** The same for a sluice_attributes frame. */
  sluice_features_decide(features: number, frame: number, length: number, flags: number): number;
  /**
   * The numbers of the attributes that features, words, and those that they depend on look at:
   * result.bytes are words.
   */
  sluice_features_dependencies(features: number, numbers: number, length: number): number;
  /**
   * Notes an object's verdict on a charge, once at most for each. The input: the charge's operation
   * as the plan had it (its last 64 bytes), the verdict out of the reply (48 bytes), the subject.
   * `sent_ms` is when the request was sent. A denial is believed for `deny_cache_ms` at most.
   * result.bytes: sluice_installed.
   */
  sluice_ledger_install(
    charge: number,
    length: number,
    sentMs: number,
    nowMs: number,
    denyCacheMs: number,
  ): number;
  /** Gives back what a charge spent of a lease. */
  sluice_ledger_give_back(leaseLow: number, leaseHigh: number, cost: number, nowMs: number): number;
  /** Leases to be returned now, some at a time: result.bytes is an array of sluice_lease_return. */
  sluice_ledger_due_returns(nowMs: number): number;
  /** GrowthBook's bucketing hash: result.number, NaN for an unknown version. */
  sluice_hash(
    seed: number,
    seedLength: number,
    value: number,
    valueLength: number,
    version: number,
  ): number;
  /**
   * The test for sample ratio mismatch of users counted by variation against the variations' weights,
   * both f64 little-endian: result.number is chi-square, result.second_number p, result.flag the
   * degrees of freedom.
   */
  sluice_sample_ratio(
    counts: number,
    countsLength: number,
    weights: number,
    weightsLength: number,
  ): number;
}

/** Names of the exported functions, as the header declares them. */
export const EXPORTED_FUNCTIONS = [
  "sluice_abi_version",
  "sluice_init",
  "sluice_result_address",
  "sluice_input",
  "sluice_dispose",
  "sluice_policy_compile",
  "sluice_policy_describe",
  "sluice_policy_match",
  "sluice_policy_decide",
  "sluice_policy_set_secret",
  "sluice_policy_set_url_patterns",
  "sluice_policy_transform",
  "sluice_policy_checked_transform",
  "sluice_policy_validate",
  "sluice_transform_compile",
  "sluice_transform_set_secret",
  "sluice_transform_apply",
  "sluice_query_compile",
  "sluice_query_run",
  "sluice_query_paths",
  "sluice_schema_compile",
  "sluice_schema_is_valid",
  "sluice_schema_validate",
  "sluice_limits_compile",
  "sluice_counters_create",
  "sluice_counters_charge",
  "sluice_counters_set_rules",
  "sluice_counters_charge_one",
  "sluice_counters_block",
  "sluice_counters_drain",
  "sluice_counters_load",
  "sluice_limit_step",
  "sluice_features_compile",
  "sluice_features_set_url_patterns",
  "sluice_features_evaluate",
  "sluice_features_decide",
  "sluice_features_dependencies",
  "sluice_ledger_install",
  "sluice_ledger_give_back",
  "sluice_ledger_due_returns",
  "sluice_hash",
  "sluice_sample_ratio",
] as const;
