#include "sluice/schema/generator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"

namespace sluice::schema {
namespace {

constexpr size_t kMaxNotes = 99;  // and one that says how many more there are
// Those that aren't within each other are no more than the texts that they come from.
constexpr size_t kMaxCopiedBytes = 2 * kMaxTextBytes;

}  // namespace

Generator::Generator(Catalog& catalog, const Options& options, json::CompileContext& context)
    : catalog_(catalog),
      options_(options),
      context_(context),
      names_(catalog.text(), options.hash_key),
      pattern_sources_(options.hash_key) {}

void Generator::Run() {
  for (const Catalog::Document& document : catalog_.documents()) {
    if (document.is_root) entries_.push_back(Request(document.root_place));
  }
  Drain();
  for (uint32_t place = 0; place < catalog_.places().size(); ++place) {
    if (catalog_.documents()[catalog_.place(place).document].is_root) Request(place);
  }
  Drain();
  if (untold_notes_ > 0) {
    notes_.push_back(
        {"more_notes", "", 0, absl::StrCat("and ", untold_notes_, " more notes on schemas")});
  }
}

void Generator::Drain() {
  while (!catalog_.exhausted() && generated_ < rows_.schemas.size()) GenerateSchema(generated_++);
}

void Generator::Enter(uint32_t resource) {
  ReadNewAnchors();
  if (resource >= entered_.size()) entered_.resize(catalog_.resources().size(), false);
  if (entered_[resource]) return;
  entered_[resource] = true;
  if (resource >= resource_anchors_.size()) return;
  for (const uint32_t number : resource_anchors_[resource]) {
    const Catalog::Anchor& anchor = catalog_.anchors()[number];
    if (anchor.name < wanted_.size() && wanted_[anchor.name]) Request(anchor.place);
  }
}

void Generator::WantAnchor(uint32_t name) {
  ReadNewAnchors();
  if (name >= wanted_.size()) wanted_.resize(name + 1, false);
  if (wanted_[name]) return;
  wanted_[name] = true;
  if (name >= name_anchors_.size()) return;
  for (const uint32_t number : name_anchors_[name]) {
    const Catalog::Anchor& anchor = catalog_.anchors()[number];
    if (anchor.resource < entered_.size() && entered_[anchor.resource]) Request(anchor.place);
  }
}

void Generator::ReadNewAnchors() {
  while (read_anchors_ < catalog_.anchors().size()) {
    const uint32_t number = read_anchors_++;
    const Catalog::Anchor& anchor = catalog_.anchors()[number];
    if (anchor.name >= name_anchors_.size()) name_anchors_.resize(anchor.name + 1);
    if (anchor.resource >= resource_anchors_.size()) resource_anchors_.resize(anchor.resource + 1);
    name_anchors_[anchor.name].push_back(number);
    resource_anchors_[anchor.resource].push_back(number);
    const bool is_entered = anchor.resource < entered_.size() && entered_[anchor.resource];
    if (is_entered && anchor.name < wanted_.size() && wanted_[anchor.name]) Request(anchor.place);
  }
}

uint32_t Generator::Request(uint32_t place) {
  if (place == kNone) return kNone;
  if (place >= schema_at_.size()) schema_at_.resize(catalog_.places().size(), kNone);
  if (schema_at_[place] == kNone) {
    schema_at_[place] = static_cast<uint32_t>(rows_.schemas.size());
    rows_.schemas.push_back({});
    rows_.places.push_back(place);
    Enter(catalog_.place(place).resource);
  }
  return schema_at_[place];
}

void Generator::GenerateSchema(uint32_t schema) {
  place_ = rows_.places[schema];
  const json::Value value = catalog_.place(place_).value;
  const auto first = static_cast<uint32_t>(rows_.instructions.size());
  row_ = {};
  row_.first = first;
  row_.resource = catalog_.place(place_).resource;
  row_.kinds = kAnyKind;
  if (value.is(json::Kind::kObject)) {
    const Members members = ReadMembers(value);
    const bool alone =
        catalog_.rules(place_).ref_stands_alone() && members[Keyword::kRef].present();
    AddReferences(members);
    if (!alone) {
      for (const Keyword keyword : {Keyword::kDefinitions, Keyword::kDefs}) {
        const json::Value definitions = members[keyword];
        if (definitions.present()) Expect(definitions, keyword, json::Kind::kObject);
      }
      AddType(members);
      AddNumbers(members);
      AddStrings(members);
      AddEnum(members[Keyword::kConst], Keyword::kConst);
      AddEnum(members[Keyword::kEnum], Keyword::kEnum);
      AddArrays(members);
      AddObjects(members);
      AddApplicators(members);
      AddUnevaluated(members);
      if (options_.keep_annotations) AddAnnotations(schema, value);
    }
  } else if (value.is(json::Kind::kFalse) || value.is(json::Kind::kTrue)) {
    if (value.is(json::Kind::kFalse)) row_.kinds = 0;
    CheckBoolean(value);
  } else {
    Fault(value, "wrong_type",
          absl::StrCat("a schema is an object or a boolean, not ",
                       value.is(json::Kind::kArray) ? "an " : "", json::KindName(value.kind())));
  }
  row_.count = static_cast<uint16_t>(rows_.instructions.size() - first);
  for (size_t i = first; i < rows_.instructions.size(); ++i) {
    row_.active |= rows_.instructions[i].kinds;
  }
  rows_.schemas[schema] = row_;
}

void Generator::CheckBoolean(json::Value value) {
  if (catalog_.rules(place_).dialect != Dialect::kDraft4) return;
  const std::string_view path = catalog_.place(place_).path.In(catalog_.text());
  if (path == "/additionalItems" || path == "/additionalProperties") return;
  Fault(value, "wrong_type", "in draft-04 a schema is an object, not a boolean");
}

Generator::Members Generator::ReadMembers(json::Value schema) {
  Members members;
  const Rules rules = catalog_.rules(place_);
  std::string scratch;
  for (const json::Member member : json::Members(schema)) {
    const std::string_view name = member.key.string(&scratch);
    const std::optional<Keyword> keyword = FindKeyword(name);
    if (!keyword.has_value()) {
      NoteUnknown(member.key, name);
      continue;
    }
    if (!rules.Has(*keyword)) {
      NoteForeign(member.key, *keyword);
      continue;
    }
    json::Value& value = members.values[static_cast<size_t>(*keyword)];
    if (value.present()) {
      Fault(member.key, "duplicate_key", absl::StrCat("a second ", Quoted(name)));
    }
    value = member.value;
  }
  return members;
}

// A keyword that would demand something of a value, if it were one here.
void Generator::NoteForeign(json::Value key, Keyword keyword) {
  if (!IsAssertion(keyword)) return;
  const Dialect dialect = catalog_.rules(place_).dialect;
  AddNote(key, "unknown_keyword",
          absl::StrCat(Quoted(KeywordName(keyword)), " means nothing ",
                       RulesOf(dialect).Has(keyword) ? "to the vocabularies of the meta-schema"
                                                     : absl::StrCat("in ", DialectName(dialect)),
                       ", and isn't checked"));
}

void Generator::NoteUnknown(json::Value key, std::string_view name) {
  if (name == "nullable") {
    return AddNote(key, "unknown_keyword",
                   "\"nullable\" is a keyword of OpenAPI 3.0 only, and isn't checked: \"type\" can "
                   "list \"null\"");
  }
  if (name_bytes_left_ == 0) return;
  std::vector<std::string_view> known;
  for (uint32_t i = 0; i < kKeywordCount; ++i) {
    if (catalog_.rules(place_).Has(static_cast<Keyword>(i))) {
      known.push_back(KeywordName(static_cast<Keyword>(i)));
    }
  }
  const std::string_view near = NearestName(name, known, name_bytes_left_);
  // Others are annotations of somebody's own.
  if (near.empty()) return;
  AddNote(key, "unknown_keyword",
          absl::StrCat(Quoted(name), " is no keyword (did you mean ", Quoted(near), "?)"));
}

void Generator::AddNote(json::Value at, std::string_view code, std::string message) {
  if (notes_.size() >= kMaxNotes) return void(++untold_notes_);
  notes_.push_back({code, catalog_.LocationOf(place_, at), at.byte_offset(), std::move(message)});
}

void Generator::AddReferences(const Members& members) {
  AddReference(members[Keyword::kRef], Keyword::kRef);
  AddReference(members[Keyword::kDynamicRef], Keyword::kDynamicRef);
  AddReference(members[Keyword::kRecursiveRef], Keyword::kRecursiveRef);
}

void Generator::AddReference(json::Value value, Keyword keyword) {
  if (!value.present() || !Expect(value, keyword, json::Kind::kString)) return;
  Catalog::Target target;
  if (keyword == Keyword::kRecursiveRef) {
    if (!value.StringEquals("#")) {
      return Fault(value, "invalid_reference", "$recursiveRef is \"#\"");
    }
    target = catalog_.ResolveRecursive(place_);
  } else {
    target = catalog_.Resolve(place_, value);
  }
  if (target.place == kNone) return;  // reported
  const uint32_t schema = Request(target.place);
  if (keyword == Keyword::kRef || target.anchor == kNone) {
    return Add(Op::kRef, kAnyKind, keyword, schema);
  }
  // The linker turns the name into a row.
  Add(Op::kDynamicRef, kAnyKind, keyword, schema, target.anchor);
  WantAnchor(target.anchor);
}

void Generator::AddApplicators(const Members& members) {
  constexpr std::pair<Keyword, Op> kLists[] = {
      {Keyword::kAllOf, Op::kAllOf}, {Keyword::kAnyOf, Op::kAnyOf}, {Keyword::kOneOf, Op::kOneOf}};
  for (const auto& [keyword, op] : kLists) {
    uint32_t first;
    uint32_t count;
    if (members[keyword].present() && AddList(members[keyword], keyword, &first, &count)) {
      Add(op, kAnyKind, keyword, first, count);
    }
  }
  if (members[Keyword::kNot].present()) {
    Add(Op::kNot, kAnyKind, Keyword::kNot, RequestChild(members[Keyword::kNot]));
  }
  AddIf(members);
}

void Generator::AddIf(const Members& members) {
  const auto request = [&](Keyword keyword) {
    return members[keyword].present() ? RequestChild(members[keyword]) : kNone;
  };
  if (!members[Keyword::kIf].present()) return;
  Add(Op::kIf, kAnyKind, Keyword::kIf, request(Keyword::kIf), request(Keyword::kThen),
      request(Keyword::kElse));
}

void Generator::AddUnevaluated(const Members& members) {
  const json::Value items = members[Keyword::kUnevaluatedItems];
  const json::Value properties = members[Keyword::kUnevaluatedProperties];
  if (items.present()) {
    Add(Op::kUnevaluatedItems, kArrays, Keyword::kUnevaluatedItems, RequestChild(items));
  }
  if (properties.present()) {
    Add(Op::kUnevaluatedProperties, kObjects, Keyword::kUnevaluatedProperties,
        RequestChild(properties));
  }
  if (items.present() || properties.present()) row_.flags |= kNeedsMarks;
}

bool Generator::AddList(json::Value value, Keyword keyword, uint32_t* first, uint32_t* count) {
  if (!Expect(value, keyword, json::Kind::kArray)) return false;
  if (value.size() == 0) {
    Fault(value, "out_of_range", absl::StrCat(KeywordName(keyword), " has at least one schema"));
    return false;
  }
  *first = static_cast<uint32_t>(rows_.lists.size());
  *count = value.size();
  for (const json::Value element : json::Elements(value)) {
    rows_.lists.push_back(RequestChild(element));
  }
  return true;
}

bool Generator::Expect(json::Value value, Keyword keyword, json::Kind kind) {
  if (value.is(kind)) return true;
  const bool vowel = kind == json::Kind::kArray || kind == json::Kind::kObject;
  Fault(value, "wrong_type",
        absl::StrCat(KeywordName(keyword), " is ", vowel ? "an " : "a ", json::KindName(kind),
                     ", not ", json::KindName(value.kind())));
  return false;
}

StringRef Generator::AddString(json::Value value) {
  std::string scratch;
  return catalog_.AddText(value.string(&scratch));
}

bool Generator::HasRoomFor(json::Value value) {
  const size_t before = copied_bytes_;
  copied_bytes_ += value.raw().size();
  if (copied_bytes_ <= kMaxCopiedBytes) return true;
  if (before <= kMaxCopiedBytes) {
    Fault(value, "budget_exceeded",
          "the constants and annotations are too large: together they may have 32 MiB, of those "
          "within each other each counts");
  }
  return false;
}

void Generator::Add(Op op, KindSet kinds, Keyword keyword, uint32_t a, uint32_t b, uint32_t c,
                    uint8_t flags) {
  rows_.instructions.push_back({op, kinds, keyword, flags, a, b, c});
}

void Generator::Fault(json::Value at, std::string_view code, std::string message, size_t within) {
  catalog_.Fault(place_, at, code, std::move(message), within);
}

}  // namespace sluice::schema
