// The tables of a compiled schema, and what its instructions mean. Inside this room only.
//
// A schema (a JSON Schema or a subschema of one) is a row that says which kinds of values it takes,
// and a run of instructions. An evaluator executes those whose `kinds` has the value's kind; the
// schema accepts the value if it takes its kind and every instruction executed holds.
//
// What only errors need (where a schema stands) lies in tables of its own, so that those that every
// run reads stay dense.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/hash.h"
#include "sluice/json/document.h"
#include "sluice/schema/keyword.h"
#include "sluice/schema/pattern.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

inline constexpr uint32_t kNone = 0xFFFFFFFF;

// Sets of json::Kind, as bits.
using KindSet = uint8_t;
constexpr KindSet KindBit(json::Kind kind) {
  return static_cast<KindSet>(1u << static_cast<uint32_t>(kind));
}
inline constexpr KindSet kAnyKind = 0x7F;
inline constexpr KindSet kBooleans = KindBit(json::Kind::kFalse) | KindBit(json::Kind::kTrue);
inline constexpr KindSet kNumbers = KindBit(json::Kind::kNumber);
inline constexpr KindSet kStrings = KindBit(json::Kind::kString);
inline constexpr KindSet kArrays = KindBit(json::Kind::kArray);
inline constexpr KindSet kObjects = KindBit(json::Kind::kObject);

// What an instruction says of a value, by the kinds it is about, and what its operands are.
// "Schema" is a row number of `schemas`, "list" a range of `lists` (row numbers of schemas): first,
// count.
enum class Op : uint8_t {
  // Numbers. Limits: a, b the StringRef of the limit's text in `text`; c its value as int32_t if
  // flags has kShortLimit.
  kInteger,  // `type`: mathematically an integer; with kStrictInteger (draft 4) also written
             // as one
  kMinimum,  // value >= limit; draft 4's "exclusiveMinimum": true makes it the next
  kExclusiveMinimum,  // value > limit; keyword is kMinimum in draft 4
  kMaximum,           // value <= limit
  kExclusiveMaximum,  // value < limit; keyword is kMaximum in draft 4
  kMultipleOf,        // value / limit is an integer
  // Strings.
  kMinLength,  // a: code points
  kMaxLength,  // a
  kPattern,    // a: number of the pattern, which matches somewhere
  kFormat,     // a: a Format
  // Arrays.
  kMinItems,     // a
  kMaxItems,     // a
  kUniqueItems,  // no two are equal
  kItems,        // list a, b: for the first elements, one each; c: schema of the rest, or kNone.
                 // keyword kPrefixItems: the rest is by `items`. kItems: if there is a list, by
                 // `additionalItems`, else by `items`
  kContains,     // a: row of `contains`
  kUnevaluatedItems,  // a: schema of the elements that nothing before, in place, has evaluated
  // Objects.
  kMinProperties,          // a
  kMaxProperties,          // a
  kProperties,             // a: row of `objects`: properties, patternProperties,
                           // additionalProperties, required
  kPropertyNames,          // a: schema of the names
  kDependencies,           // a, b: range of `dependencies`. keyword: kDependentRequired,
                           // kDependentSchemas or kDependencies
  kUnevaluatedProperties,  // a: schema of the members that nothing before, in place, has evaluated
  // Any kind.
  kEnum,        // a: row of `enums`. keyword kEnum or kConst
  kRef,         // a: schema
  kDynamicRef,  // a: schema, unless the dynamic scope has others: b row of `anchors`. keyword
                // kDynamicRef or kRecursiveRef
  kAllOf,       // list a, b
  kAnyOf,       // list a, b
  kOneOf,       // list a, b
  kNot,         // a: schema
  kIf,          // a: schema; b: schema of then, c: of else, or kNone
};

// Flags of an instruction.
inline constexpr uint8_t kShortLimit = 1;
inline constexpr uint8_t kStrictInteger = 1;
inline constexpr uint8_t kEmptyPrefix = 1;  // `items` is [], so the rest is by `additionalItems`

struct Instruction {
  Op op;
  KindSet kinds;
  Keyword keyword;  // what to call it
  uint8_t flags;
  uint32_t a;
  uint32_t b;
  uint32_t c;
};
static_assert(sizeof(Instruction) == 16);

// Flags of a schema.
inline constexpr uint16_t kNeedsMarks = 1;  // one of its instructions asks what was evaluated
inline constexpr uint16_t kAlias = 2;       // see SchemaPlace::alias_of

// Of `active`: the quick instructions apply no other schema.
inline constexpr KindSet kLeafBit = 0x80;

struct Schema {
  // What a check of a scalar needs comes first, as one word: SchemaWord reads it.
  uint32_t first_quick;  // quick instruction
  uint16_t quick_count;
  KindSet kinds;  // that it takes. A schema that takes some and not all has the keyword `type`; one
                  // that takes none is `false`
  KindSet active;  // those that any of its instructions is about; and kLeafBit

  uint32_t resource;  // that it lies in (an alias: that its target lies in)
  uint16_t flags;
  uint16_t count;  // of its instructions
  uint32_t first;  // instruction

  bool Takes(json::Kind kind) const { return (kinds & KindBit(kind)) != 0; }
  bool HasMore(json::Kind kind) const { return (active & KindBit(kind)) != 0; }
};
static_assert(sizeof(Schema) == 20);

// The same once more, as IsValid executes it: what is often together is one instruction, and only
// what is common has one of its own. What comes out is the same; who has to say why it is what it
// is executes the others.
enum class QuickOp : uint8_t {
  kInteger,  // an integer; a, b: from and to, as int32_t. Where the number is long: c, flags: range
             // of the instructions that say it
  kLength,   // a, b: least and most code points
  kCount,    // a, b: least and most elements or members
  kString,   // a: row of `names`, the one string that is allowed
  kEnum,     // a: row of `enums`
  kPattern,  // a: pattern
  kFormat,   // a: Format
  kItems,    // as Op::kItems
  kProperties,  // a: row of `objects`
  kRef,         // a: schema
  kChoose,      // a: row of `choices`; b: the instruction that it stands for
  kOther,       // a: an instruction
};
struct QuickInstruction {
  QuickOp op;
  KindSet kinds;
  uint16_t flags;
  uint32_t a;
  uint32_t b;
  uint32_t c;
};
static_assert(sizeof(QuickInstruction) == 16);

// Names that can be looked up; see name_table.h.
struct Name {
  uint64_t bytes[2];  // the first ones, zeros behind them
  StringRef text;     // in `text`
};
struct NameTable {
  uint32_t first;  // row of `names`
  uint32_t count;
  uint32_t first_bucket;  // of `buckets`; 0: empty
  uint32_t bucket_bits;   // 2^bits buckets
};

// What an object's names are: those in `properties` first, in their order, then those that only
// `required` has.
struct ObjectRow {
  NameTable names;
  uint32_t first_property;  // of `properties`, in the names' order
  uint32_t required_count;  // names with a required number
  uint64_t required_mask;   // of the numbers below 64
  uint32_t first_pattern;   // of `pattern_properties`
  uint32_t pattern_count;
  uint32_t additional;   // schema of the members that neither a property nor a pattern is about, or
                         // kNone
  uint32_t plain_names;  // how many names there are; 0 if a backslash is in one of them: else a
                         // name is what a text has between quotes
};
struct Property {
  uint32_t schema;    // kNone: not in `properties`
  uint32_t required;  // its number among the required ones, or kNone
};
struct PatternProperty {
  uint32_t pattern;
  uint32_t schema;
};

// `oneOf` or `anyOf` of objects that are told apart by a member's string: at most one of them, that
// of the string, can accept a value that has the member.
struct ChoiceRow {
  uint32_t name;          // row of `names`: the member's
  uint32_t first_branch;  // of `lists`: schemas, by the strings' numbers
  NameTable strings;
};

struct ContainsRow {
  uint32_t schema;
  uint32_t min;      // 1 if there is no `minContains`
  uint32_t max;      // kNone: no `maxContains`
  uint32_t marks;    // 1: what it matches is evaluated (2020-12)
  uint32_t has_min;  // 1: there is a `minContains`
};

struct Dependency {
  StringRef name;       // if the object has it …
  uint32_t schema;      // … this one holds, unless kNone
  uint32_t first_name;  // … and these exist: a range of `required_names`
  uint32_t name_count;
};

// Values that are allowed. Strings are looked up by name; literals are bits; the other entries are
// sorted by their json::Hash.
struct EnumRow {
  NameTable strings;
  uint32_t value;     // node in `constants`: the array of `enum`; of `const` an array of its value
  uint32_t literals;  // a KindSet of null, false and true
  uint32_t first_entry;  // of `enum_entries`: numbers, then arrays and objects
  uint32_t number_count;
  uint32_t entry_count;  // numbers included
};
struct EnumEntry {
  uint64_t hash;
  uint32_t node;  // in `constants`
  uint32_t unused;
};

// A $dynamicAnchor name, or $recursiveAnchor: the schemas that have it, by resource in ascending
// order. An evaluator takes that of the outermost resource in its dynamic scope that is in the
// list.
struct AnchorRow {
  uint32_t first;  // of `dynamic_anchors`
  uint32_t count;
};
struct DynamicAnchor {
  uint32_t resource;
  uint32_t schema;
};

// Where a schema stands. The first rows are those of the schemas, by their numbers; behind them
// come places on the way to one that are no schema of the program.
struct SchemaPlace {
  uint32_t parent;    // row of what it stands in, in the same resource; kNone: the resource's root
  StringRef path;     // in `text`: the JSON Pointer from there, "/properties/a%b": not percent-
                      // encoded; of a resource's root ""
  uint32_t resource;  // row of `resources`
  uint32_t byte_offset;  // in the document that it came from
  uint32_t alias_of;     // kNone; or it is nothing but a reference to this schema, and its row is a
                         // copy of the other's, so that evaluating costs no step more
  Keyword alias_keyword;
};

// A keyword that says something about valid values and demands nothing.
struct Annotation {
  uint32_t schema;    // rows are in the order of the schemas
  StringRef keyword;  // in `text`
  StringRef value;    // JSON text, in `text`
};

struct ResourceRow {
  StringRef uri;      // in `text`, without fragment; "" or not absolute if it has none
  uint32_t document;  // 0: a root's; else which of the other documents
  Dialect dialect;
};

struct Tables {
  Block block;
  // Views of the block.
  absl::Span<const Schema> schemas;
  absl::Span<const Instruction> instructions;
  absl::Span<const QuickInstruction> quick;
  absl::Span<const ChoiceRow> choices;
  absl::Span<const uint32_t> lists;
  absl::Span<const Name> names;
  absl::Span<const uint32_t> buckets;
  absl::Span<const ObjectRow> objects;
  absl::Span<const Property> properties;
  absl::Span<const PatternProperty> pattern_properties;
  absl::Span<const ContainsRow> contains;
  absl::Span<const Dependency> dependencies;
  absl::Span<const StringRef> required_names;
  absl::Span<const EnumRow> enums;
  absl::Span<const EnumEntry> enum_entries;
  absl::Span<const AnchorRow> anchors;
  absl::Span<const DynamicAnchor> dynamic_anchors;
  absl::Span<const uint32_t> entries;  // schemas
  std::string_view text;
  absl::Span<const SchemaPlace> places;
  absl::Span<const ResourceRow> resources;
  absl::Span<const Annotation> annotations;

  json::Document constants;       // in the block
  std::vector<Pattern> patterns;  // what `pattern` and `patternProperties` match with
  std::vector<Note> notes;
  HashKey hash_key;
  size_t pattern_bytes = 0;
  bool has_dynamic_scope = false;  // an evaluator has to keep track of it
};

}  // namespace sluice::schema
