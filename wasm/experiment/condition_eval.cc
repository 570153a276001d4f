#include "sluice/experiment/condition_eval.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "sluice/base/bytes.h"
#include "sluice/experiment/lower_case.h"
#include "sluice/json/number.h"
#include "sluice/json/writer.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

// Enough for any condition by itself; saved groups may lie in each other.
constexpr size_t kMaxFrames = 4096;

bool HasBit(uint8_t bits, uint32_t number) { return (bits >> number & 1) != 0; }
bool HasOrder(uint8_t orders, Order order) { return HasBit(orders, static_cast<uint32_t>(order)); }

// Index of an array's element as JavaScript writes it: no sign, no leading zero.
std::optional<uint32_t> ElementIndex(std::string_view segment) {
  if (segment.empty() || segment.size() > 9) return std::nullopt;
  if (segment[0] == '0' && segment.size() > 1) return std::nullopt;
  uint32_t index = 0;
  for (const char c : segment) {
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + static_cast<uint32_t>(c - '0');
  }
  return index;
}

// What it costs to look at all of the value's text.
uint64_t TextSteps(const JsValue& value) {
  if (value.kind == Kind::kString) return value.text.size() / 16;
  return value.kind > Kind::kString ? value.json.raw().size() / 16 : 0;
}

Value ElementAt(Value array, uint32_t index) {
  if (index >= array.size()) return {};
  for (const Value element : json::Elements(array)) {
    if (index-- == 0) return element;
  }
  return {};
}

}  // namespace

ConditionTables::ConditionTables(const Block& block)
    : pool(block.Text(kStringPool)),
      code(block.Table<Instruction>(kCode)),
      numbers(block.Table<double>(kNumbers)),
      sets(block.Table<SetRow>(kSets)),
      set_texts(block.Table<StringRef>(kSetTexts)),
      set_numbers(block.Table<double>(kSetNumbers)),
      slots(block.Table<PathRow>(kSlots)),
      relatives(block.Table<PathRow>(kRelatives)),
      segments(block.Table<StringRef>(kSegments)),
      root_names(block.Table<StringRef>(kRootNames)),
      groups(block.Table<CodeRange>(kGroups)),
      clauses(block.Table<CodeRange>(kClauses)),
      conditions(block.Table<uint32_t>(kConditions)) {}

ConditionMachine::ConditionMachine(const ConditionTables& tables, const json::Document& constants,
                                   absl::Span<const regex::Regex> regexes, uint64_t max_steps,
                                   ConditionScratch& scratch)
    : tables_(tables),
      constants_(constants),
      regexes_(regexes),
      steps_left_(max_steps),
      evaluation_(scratch.evaluation + ConditionScratch::kNextEvaluation),
      scratch_(scratch) {
  if (evaluation_ == 0) {
    // After 2^31 evaluations numbers come again.
    std::fill(scratch.clauses.begin(), scratch.clauses.end(), 0);
    for (RootValue& root : scratch.roots) root.evaluation = 0;
    for (Slot& slot : scratch.slots) slot.evaluation = 0;
    evaluation_ = ConditionScratch::kNextEvaluation;
  }
  scratch.evaluation = evaluation_;
  const auto grow = [](auto& list, size_t size) {
    if (list.size() < size) list.resize(size);
  };
  grow(scratch.roots, tables.root_names.size());
  grow(scratch.slots, tables.slots.size());
  grow(scratch.clauses, tables.clauses.size());
}

void ConditionMachine::SetAttributes(Value object) {
  const std::string_view pool = tables_.pool;
  const absl::Span<const StringRef> names = tables_.root_names;
  Charge(object.size());
  for (const json::Member member : json::Members(object)) {
    const std::string_view name = member.key.string(&scratch_.decoded);
    const auto found = std::lower_bound(
        names.begin(), names.end(), name,
        [pool](StringRef x, std::string_view wanted) { return x.In(pool) < wanted; });
    if (found == names.end() || found->In(pool) != name) continue;
    SetAttribute(static_cast<uint32_t>(found - names.begin()), member.value);
  }
}

void ConditionMachine::SetRoot(uint32_t attribute, Value json, const JsValue& value) {
  if (attribute < tables_.root_names.size()) scratch_.roots[attribute] = {json, value, evaluation_};
}

Slot& ConditionMachine::Load(uint32_t number) {
  Slot& slot = scratch_.slots[number];
  if (slot.evaluation != evaluation_) LoadSlot(number, slot);
  return slot;
}

void ConditionMachine::LoadSlot(uint32_t number, Slot& slot) {
  const PathRow& path = tables_.slots[number];
  slot.evaluation = evaluation_;
  slot.has_text = false;
  slot.has_version = false;
  const RootValue& root = scratch_.roots[path.root];
  if (root.evaluation != evaluation_) {
    slot.value = {};
  } else if (root.json.present()) {
    slot.value =
        Follow(root.json, tables_.segments.subspan(path.first + 1, path.count - 1), &slot.decoded);
  } else {
    slot.value = path.count == 1 ? root.value : JsValue();
  }
}

std::string_view ConditionMachine::AttributeText(uint32_t number) {
  Slot& slot = Load(number);
  if (!slot.has_text) {
    slot.has_text = true;
    slot.text = ToText(slot.value, &slot.text_memory);
  }
  return slot.text;
}

void ConditionMachine::AppendAttributeJson(uint32_t number, OutputBuffer& out) {
  const JsValue& value = Load(number).value;
  if (value.json.present()) return out.Append(value.json.raw());
  if (value.kind == Kind::kString) return json::AppendJsonString(value.text, out);
  // JavaScript writes numbers as JSON.
  out.Append(AttributeText(number));
}

JsValue ConditionMachine::Follow(Value from, absl::Span<const StringRef> segments,
                                 std::string* decoded) {
  for (size_t i = 0; i < segments.size() && from.present(); ++i) {
    const std::string_view segment = segments[i].In(tables_.pool);
    Charge(1 + from.size());
    if (from.is(Kind::kObject)) {
      from = from.Find(segment);
    } else if (from.is(Kind::kArray)) {
      if (segment == "length" && i + 1 == segments.size()) return NumberValue(from.size());
      const std::optional<uint32_t> index = ElementIndex(segment);
      from = index.has_value() ? ElementAt(from, *index) : Value();
    } else {
      from = {};
    }
  }
  return LoadValue(from, decoded);
}

JsValue ConditionMachine::SubjectOf(uint32_t subject, const State& state) {
  if (subject == kCurrent) {
    return state.current.json.present() ? LoadValue(state.current.json, &scratch_.decoded)
                                        : NumberValue(state.current.length);
  }
  if (subject == kNothing) return {};
  if ((subject & kRelativeBit) == 0) return Load(subject).value;
  const PathRow& path = tables_.relatives[subject & ~kRelativeBit];
  return Follow(state.root, tables_.segments.subspan(path.first, path.count), &scratch_.decoded);
}

bool ConditionMachine::DecideClause(uint32_t clause) {
  const bool holds = Run(tables_.clauses[clause], {});
  scratch_.clauses[clause] = evaluation_ | (holds ? ConditionScratch::kHolds : 0);
  return holds;
}

// The conjunction at hand is run until it is decided or leads into a composite's body; a decided
// one goes to the composite that it is the body of.
bool ConditionMachine::Run(CodeRange code, Value root) {
  State state = {code.begin, code.end, root, {}};
  scratch_.frames.clear();
  while (true) {
    Outcome outcome = Outcome::kTrue;
    while (state.at < state.end && outcome == Outcome::kTrue) {
      const Instruction& instruction = tables_.code[state.at];
      Charge(1);
      if (exhausted_) return false;
      if (instruction.op >= kFirstComposite) {
        outcome = Enter(state);
        continue;
      }
      const bool holds = instruction.subject < kRelativeBit
                             ? TestSlot(instruction)
                             : Test(instruction, SubjectOf(instruction.subject, state));
      if (holds == instruction.negate) outcome = Outcome::kFalse;
      ++state.at;
    }
    while (outcome != Outcome::kRunning) {
      if (scratch_.frames.empty()) return outcome == Outcome::kTrue;
      outcome = Resume(scratch_.frames.back(), outcome == Outcome::kTrue, state);
      if (outcome == Outcome::kTrue) break;
    }
  }
}

ConditionFrame& ConditionMachine::Push(State& state, CodeRange body) {
  if (scratch_.frames.size() >= kMaxFrames) exhausted_ = true;
  scratch_.frames.push_back({state.at, state.end, 0, 0, state.root, state.current});
  state.at = body.begin;
  state.end = body.end;
  return scratch_.frames.back();
}

// Starts the composite at state.at. kTrue: it held without a body, and the run is behind it.
ConditionMachine::Outcome ConditionMachine::Enter(State& state) {
  const Instruction& composite = tables_.code[state.at];
  const CodeRange body = {state.at + 1, composite.a};
  switch (composite.op) {
    case Op::kAll:
      Push(state, body);
      return Outcome::kRunning;
    case Op::kAny: {
      // Without alternatives it holds.
      ConditionFrame& frame = Push(state, body);
      frame.iteration = body.begin;
      return body.begin == body.end ? Resume(frame, true, state) : NextAlternative(frame, state);
    }
    case Op::kElement:
      return EnterElements(composite, state);
    case Op::kSize:
      return EnterSize(composite, state);
    default:
      return EnterGroup(composite, state);
  }
}

Value ConditionMachine::ArrayOf(uint32_t subject, const State& state) {
  const JsValue value = SubjectOf(subject, state);
  return value.kind == Kind::kArray ? value.json : Value();
}

ConditionMachine::Outcome ConditionMachine::EnterElements(const Instruction& composite,
                                                          State& state) {
  const Value array = ArrayOf(composite.subject, state);
  ConditionFrame& frame = Push(state, {state.at + 1, composite.a});
  if (!array.present()) return Resume(frame, false, state);
  frame.iteration = array.index() + 1;
  frame.last = array.document()->nodes()[array.index()].next;
  state.current.json = array;
  return NextElement(frame, state);
}

ConditionMachine::Outcome ConditionMachine::EnterSize(const Instruction& composite, State& state) {
  const Value array = ArrayOf(composite.subject, state);
  ConditionFrame& frame = Push(state, {state.at + 1, composite.a});
  if (!array.present()) return Resume(frame, false, state);
  state.current = {{}, static_cast<double>(array.size())};
  return Outcome::kRunning;
}

ConditionMachine::Outcome ConditionMachine::EnterGroup(const Instruction& call, State& state) {
  const auto is_same_call = [&](const ConditionFrame& frame) {
    const Instruction& composite = tables_.code[frame.composite];
    return composite.op == Op::kCall && composite.a == call.a;
  };
  Charge(scratch_.frames.size() / 8);
  const bool cyclic = std::any_of(scratch_.frames.begin(), scratch_.frames.end(), is_same_call);
  ConditionFrame& frame = Push(state, tables_.groups[call.a]);
  return cyclic ? Resume(frame, false, state) : Outcome::kRunning;
}

// Moves `state` to the next element's body; decides the composite if there is none.
ConditionMachine::Outcome ConditionMachine::NextElement(ConditionFrame& frame, State& state) {
  const Instruction& composite = tables_.code[frame.composite];
  const json::Document* document = state.current.json.document();
  while (frame.iteration < frame.last) {
    const Value element(document, frame.iteration);
    frame.iteration = document->nodes()[frame.iteration].next;
    Charge(1);
    if (composite.detail != 0 && element.kind() == Kind::kNull) continue;
    state.at = frame.composite + 1;
    state.end = composite.a;
    state.root = element;
    state.current = {element, 0};
    return Outcome::kRunning;
  }
  frame.iteration = frame.last = 0;
  return Resume(frame, false, state);
}

ConditionMachine::Outcome ConditionMachine::NextAlternative(ConditionFrame& frame, State& state) {
  const uint32_t alternative = frame.iteration;
  if (alternative == tables_.code[frame.composite].a) return Resume(frame, false, state);
  frame.iteration = tables_.code[alternative].a;
  state.at = alternative + 1;
  state.end = tables_.code[alternative].a;
  return Outcome::kRunning;
}

// A composite's body came out as `result`. Decides the composite, and puts the run behind it, or
// starts the body's next round.
ConditionMachine::Outcome ConditionMachine::Resume(ConditionFrame& frame, bool result,
                                                   State& state) {
  const Instruction& composite = tables_.code[frame.composite];
  if (!result && composite.op == Op::kElement && frame.iteration < frame.last) {
    return NextElement(frame, state);
  }
  if (!result && composite.op == Op::kAny && frame.iteration < composite.a) {
    return NextAlternative(frame, state);
  }
  state.at = composite.op == Op::kCall ? frame.composite + 1 : composite.a;
  state.end = frame.resume_end;
  state.root = frame.root;
  state.current = frame.current;
  scratch_.frames.pop_back();
  return result != composite.negate ? Outcome::kTrue : Outcome::kFalse;
}

bool ConditionMachine::TestText(const Instruction& instruction, const JsValue& value) {
  const std::string_view text = ToText(value, &scratch_.text);
  if (instruction.op == Op::kText) return text == Text(instruction);
  scratch_.folded.clear();
  AppendLowerCase(text, &scratch_.folded);
  return scratch_.folded == Text(instruction);
}

bool ConditionMachine::TestSlot(const Instruction& i) {
  Slot& slot = Load(i.subject);
  if (i.op != Op::kVersion) return Test(i, slot.value);
  if (!slot.has_version) {
    slot.has_version = true;
    Charge(TextSteps(slot.value));
    slot.version.clear();
    AppendPaddedVersion(slot.value, &slot.version);
  }
  Charge(slot.version.size() / 16);
  return HasOrder(i.detail, CompareText(slot.version, Text(i)));
}

bool ConditionMachine::Test(const Instruction& i, const JsValue& value) {
  if (i.op == Op::kText && value.kind == Kind::kString) return value.text == Text(i);
  if (i.op < Op::kExists && value.kind >= Kind::kString) Charge(TextSteps(value));
  switch (i.op) {
    case Op::kText:
    case Op::kTextFolded:
      return TestText(i, value);
    case Op::kNumber:
      return ToNumber(value, &scratch_.text) == tables_.numbers[i.a];
    case Op::kBool:
      return value.kind != Kind::kNull && IsTruthy(value) == (i.detail != 0);
    case Op::kNull:
      return value.kind == Kind::kNull;
    case Op::kJson: {
      const Value constant(&constants_, i.a);
      if (value.kind != constant.kind()) return false;
      Charge(constants_.nodes()[i.a].next - i.a);
      return SameJson(value.json, constant);
    }
    case Op::kSameText:
      return value.kind == Kind::kString && value.text == Text(i);
    case Op::kSameNumber:
      return value.kind == Kind::kNumber && value.number == tables_.numbers[i.a];
    case Op::kSameLiteral:
      return static_cast<uint8_t>(value.kind) == i.detail;
    case Op::kOrderText:
      return HasOrder(i.detail, CompareWithText(value, Text(i), &scratch_.text));
    case Op::kOrderNumber:
      return HasOrder(i.detail, CompareWithNumber(value, tables_.numbers[i.a], &scratch_.text));
    case Op::kVersion:
      scratch_.text.clear();
      AppendPaddedVersion(value, &scratch_.text);
      return HasOrder(i.detail, CompareText(scratch_.text, Text(i)));
    case Op::kExists:
      return value.kind != Kind::kNull;
    case Op::kIn:
    case Op::kInFolded:
      return IsIn(tables_.sets[i.a], value, i.op == Op::kInFolded);
    case Op::kRegex: {
      Charge(TextSteps(value));
      const std::string_view text = ToText(value, &scratch_.text);
      return regexes_[i.a].MatchesPart(text);
    }
    case Op::kType:
      return HasBit(i.detail, static_cast<uint32_t>(value.kind));
    default:
      return false;
  }
}

bool ConditionMachine::IsIn(const SetRow& set, const JsValue& value, bool folded) {
  if (value.kind != Kind::kArray) return IsMember(set, value, folded);
  for (const Value element : json::Elements(value.json)) {
    Charge(1);
    if (exhausted_) return false;
    if (IsMember(set, LoadValue(element, &scratch_.decoded), folded)) return true;
  }
  return false;
}

bool ConditionMachine::IsMember(const SetRow& set, const JsValue& value, bool folded) {
  if (value.kind < Kind::kNumber) {
    return (set.literals >> static_cast<uint32_t>(value.kind) & 1) != 0;
  }
  if (value.kind == Kind::kNumber) {
    const auto numbers = tables_.set_numbers.subspan(set.first_number, set.number_count);
    return std::binary_search(numbers.begin(), numbers.end(), value.number);
  }
  if (value.kind != Kind::kString) return false;
  std::string_view text = value.text;
  if (folded) {
    Charge(text.size() / 16);
    scratch_.folded.clear();
    AppendLowerCase(text, &scratch_.folded);
    text = scratch_.folded;
  }
  const auto texts = tables_.set_texts.subspan(set.first_text, set.text_count);
  const std::string_view pool = tables_.pool;
  const auto found = std::lower_bound(
      texts.begin(), texts.end(), text,
      [pool](StringRef x, std::string_view wanted) { return x.In(pool) < wanted; });
  return found != texts.end() && found->In(pool) == text;
}

}  // namespace sluice::experiment
