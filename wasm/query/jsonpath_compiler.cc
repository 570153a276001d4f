#include "sluice/query/jsonpath_compiler.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/base/utf8.h"

namespace sluice::query {

using namespace jsonpath;  // NOLINT: the tables are this file's vocabulary

absl::StatusOr<JsonPath> JsonPathCompiler::Run(Duplicates duplicates) {
  if (text_.size() > budget_.max_text_bytes) return TooLong();
  uint32_t query = kNone;
  bool singular = false;
  uint32_t depth = 0;
  if (const size_t bad = FindInvalidUtf8(text_); bad != text_.size()) {
    position_ = bad;
    Fault("not valid UTF-8");
  } else if (!Eat('$')) {
    Fault("expected $, which every query starts with");
  } else if (Segments(/*absolute=*/true, &query, &singular, &depth) && !AtEnd()) {
    Fault(IsBlank(Peek()) ? "blank space after the query" : "expected . or [ or the end");
  }
  if (!status_.ok()) return status_;
  NameResolver(queries_, segments_, selectors_, expressions_, children_, operands_, pool_, lookups_)
      .ResolveMain(query);
  return Build(duplicates, singular);
}

absl::StatusOr<JsonPath> JsonPathCompiler::RunExpression(uint32_t* start) {
  if (text_.size() > budget_.max_text_bytes) return TooLong();
  uint32_t depth = 0;
  SkipBlanks();
  if (const size_t bad = FindInvalidUtf8(text_); bad != text_.size()) {
    position_ = bad;
    Fault("not valid UTF-8");
  } else if (Nested([&] { return Or(start, &depth); })) {
    SkipBlanks();
    if (!AtEnd()) Fault("expected a comparison, a logical operator or the end");
  }
  if (!status_.ok()) return status_;
  NameResolver(queries_, segments_, selectors_, expressions_, children_, operands_, pool_, lookups_)
      .ResolveCondition(*start);
  return Build(Duplicates::kLast, /*singular=*/false);
}

absl::Status JsonPathCompiler::TooLong() const {
  return MakeBudgetError(Budget::kTextBytes, absl::StrCat("JSONPath: a query has at most ",
                                                          budget_.max_text_bytes, " bytes"));
}

StringRef JsonPathCompiler::AppendText(std::string_view text) {
  const StringRef ref = {static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(text.size())};
  pool_.append(text);
  return ref;
}

bool JsonPathCompiler::Segments(bool absolute, uint32_t* query, bool* singular, uint32_t* depth) {
  std::vector<Segment> segments;
  uint32_t branches = 0;
  *singular = true;
  *depth = 1;
  while (true) {
    const size_t before_blanks = position_;
    SkipBlanks();
    if (Peek() != '.' && Peek() != '[') {
      position_ = before_blanks;
      break;
    }
    Segment segment = {};
    bool single = false;
    uint32_t filter_depth = 0;
    if (!ParseSegment(&segment, &single, &filter_depth)) return false;
    segments.push_back(segment);
    *singular = *singular && single;
    // A single step goes on in place; every other segment calls, and so does its filter.
    branches += single ? 0 : 1;
    *depth = std::max(*depth, 1 + branches + filter_depth);
    if (!CheckDepth(*depth)) return false;
  }
  const uint32_t first = static_cast<uint32_t>(segments_.size());
  segments_.insert(segments_.end(), segments.begin(), segments.end());
  const bool once = absolute && nesting_ > 0;
  *query =
      Append(queries_, {first, static_cast<uint32_t>(segments.size()),
                        once ? constant_count_++ : kNone, absolute ? 1u : 0u, *singular ? 1u : 0u});
  return true;
}

bool JsonPathCompiler::ParseSegment(Segment* segment, bool* single, uint32_t* filter_depth) {
  std::vector<Selector> selectors;
  if (Eat('.')) {
    segment->descendant = Eat('.') ? 1 : 0;
    if (segment->descendant == 0 || Peek() != '[') {
      if (!Shorthand(selectors)) return false;
    } else if (!Bracketed(selectors, filter_depth)) {
      return false;
    }
  } else if (!Bracketed(selectors, filter_depth)) {
    return false;
  }
  *single = segment->descendant == 0 && selectors.size() == 1 &&
            (selectors[0].kind == SelectorKind::kName || selectors[0].kind == SelectorKind::kIndex);
  segment->first_selector = static_cast<uint32_t>(selectors_.size());
  segment->selector_count = static_cast<uint32_t>(selectors.size());
  selectors_.insert(selectors_.end(), selectors.begin(), selectors.end());
  return true;
}

bool JsonPathCompiler::Shorthand(std::vector<Selector>& selectors) {
  Selector selector = {};
  if (Eat('*')) {
    selector.kind = SelectorKind::kWildcard;
  } else if (IsNameFirst(Peek())) {
    const size_t begin = position_;
    while (IsNameChar(Peek())) ++position_;
    selector.name = AppendText(text_.substr(begin, position_ - begin));
  } else {
    return Fault("expected a name, * or another . (other names are quoted: ['a-b'])");
  }
  selectors.push_back(selector);
  return true;
}

bool JsonPathCompiler::Bracketed(std::vector<Selector>& selectors, uint32_t* filter_depth) {
  Eat('[');
  do {
    SkipBlanks();
    Selector selector = {};
    if (!ParseSelector(&selector, filter_depth)) return false;
    selectors.push_back(selector);
    SkipBlanks();
  } while (Eat(','));
  return Eat(']') || Fault("expected , or ]");
}

bool JsonPathCompiler::ParseSelector(Selector* selector, uint32_t* filter_depth) {
  const char c = Peek();
  if (c == '\'' || c == '"') {
    std::string name;
    if (!QuotedString(&name)) return false;
    selector->name = AppendText(name);
    return true;
  }
  if (c == '*') {
    ++position_;
    selector->kind = SelectorKind::kWildcard;
    return true;
  }
  if (c == '?') {
    ++position_;
    SkipBlanks();
    selector->kind = SelectorKind::kFilter;
    uint32_t depth = 0;
    if (!Nested([&] { return Or(&selector->expression, &depth); })) return false;
    *filter_depth = std::max(*filter_depth, depth + 1);
    return true;
  }
  if (c == ':' || c == '-' || IsDigit(c)) return IndexOrSlice(selector);
  return Fault("expected a selector: a quoted name, *, an index, a slice or a filter (?…)");
}

bool JsonPathCompiler::IndexOrSlice(Selector* selector) {
  selector->kind = SelectorKind::kIndex;
  selector->step = 1;
  if (Peek() != ':') {
    if (!Integer(&selector->start)) return false;
    selector->has_start = 1;
  }
  const size_t after_start = position_;
  SkipBlanks();
  if (!Eat(':')) {
    position_ = after_start;
    return true;
  }
  selector->kind = SelectorKind::kSlice;
  SkipBlanks();
  if (Peek() == '-' || IsDigit(Peek())) {
    if (!Integer(&selector->end)) return false;
    selector->has_end = 1;
    SkipBlanks();
  }
  if (!Eat(':')) return true;
  SkipBlanks();
  if (Peek() == '-' || IsDigit(Peek())) return Integer(&selector->step);
  return true;
}

absl::StatusOr<JsonPath> JsonPathCompiler::Build(Duplicates duplicates, bool singular) {
  std::vector<Lookup> lookup_rows;
  std::vector<LookupName> names;
  lookups_.Build(pool_, &lookup_rows, &names);
  BlockBuilder builder(JsonPath::kFormatVersion);
  builder.Add(queries_);
  builder.Add(segments_);
  builder.Add(selectors_);
  builder.Add(expressions_);
  builder.Add(children_);
  builder.Add(operands_);
  builder.Add(std::string_view(pool_));
  builder.Add(lookup_rows);
  builder.Add(names);
  JsonPath path;
  path.program_ = builder.Build();
  if (path.program_.size() == 0) {
    return MakeBudgetError(Budget::kMemory, "JSONPath: no memory for the query");
  }
  path.patterns_ = std::move(patterns_);
  path.pattern_fault_ = std::move(pattern_fault_);
  path.budget_ = budget_;
  path.pattern_bytes_ = regex::MemoryBudget::kPerPolicy - pattern_budget_.left();
  path.constant_count_ = constant_count_;
  path.singular_ = singular;
  path.duplicates_ = duplicates;
  return path;
}

absl::StatusOr<JsonPath> JsonPath::Compile(std::string_view text, const QueryBudget& budget,
                                           Duplicates duplicates) {
  return JsonPathCompiler(text, budget).Run(duplicates);
}

absl::StatusOr<Condition> Condition::Compile(std::string_view text, const QueryBudget& budget) {
  uint32_t start = 0;
  absl::StatusOr<JsonPath> expression = JsonPathCompiler(text, budget).RunExpression(&start);
  if (!expression.ok()) return expression.status();
  return Condition(*std::move(expression), start);
}

}  // namespace sluice::query
