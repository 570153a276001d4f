#include "sluice/transform/automaton.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sluice/base/bytes.h"
#include "sluice/base/sort.h"
#include "sluice/json/writer.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

using Set = std::vector<uint32_t>;  // of tree nodes, sorted: so those of a step lie together

// Tree nodes in all the sets of one construction: bounds its memory.
constexpr size_t kMaxSetElements = 1'000'000;

// A child of a node in a state's set, by the name or index that leads there.
struct Branch {
  uint32_t step;
  uint32_t key;
  uint32_t child;

  bool operator<(const Branch& other) const {
    return step != other.step ? step < other.step : key < other.key;
  }
};

// A step gives a member this name in objects of a state.
struct Trigger {
  uint32_t step;
  uint32_t name;  // in the text

  bool operator<(const Trigger& other) const {
    return step != other.step ? step < other.step : name < other.name;
  }
  bool operator==(const Trigger& other) const = default;
};

// All that leads on from a state's set.
struct Branches {
  std::vector<uint32_t> steps;  // that are still looking for something, in order
  std::vector<Branch> names;
  std::vector<Branch> indexes;
  std::vector<Branch> wildcards;
  std::vector<Trigger> triggers;
};

// The name of a member, the index of an element, or any that no path asks for.
struct Label {
  uint32_t name = kNone;
  uint32_t index = kNone;
};

// A member or element on its way through the steps.
struct Child {
  Label label;  // its name changes on the way
  Fate fate = {kCopy, kCopy, kNone, kNone};
  Set next;  // what a container is reached by
  std::vector<Role> roles;

  bool gone() const { return fate.scalar == kDrop && fate.container == kDrop; }
};

class Fuser {
 public:
  Fuser(const PathForest& forest, const std::vector<FusedStep>& steps, PassTablesBuilder& tables)
      : forest_(forest), steps_(steps), tables_(tables), first_state_(tables.states.size()) {}

  FusionResult Run(Pass* pass) {
    const PassTablesBuilder::Mark mark = tables_.mark();
    pass->root = RootFate();
    for (size_t set = 0; set < sets_.strings().size() && Fits(); ++set) {
      AddState(static_cast<uint32_t>(set));
    }
    if (!Fits()) tables_.Rewind(mark);
    pass->flag_bytes = most_flags_;
    return result_;
  }

 private:
  bool Fits() {
    const bool small = first_state_ + sets_.strings().size() <= kMaxStates &&
                       tables_.name_count + tables_.index_edges.size() <= kMaxEdges &&
                       tables_.roles.size() <= kMaxEdges &&
                       sets_.pool().size() / sizeof(uint32_t) <= kMaxSetElements;
    if (!small) Fail(FusionResult::Kind::kTooLarge, 0);
    return result_.kind == FusionResult::Kind::kFits;
  }

  void Fail(FusionResult::Kind kind, uint32_t step) {
    if (result_.kind == FusionResult::Kind::kFits) result_ = {kind, step};
  }
  void NotFusible(uint32_t step) { Fail(FusionResult::Kind::kNotFusible, step); }

  // States are numbered as their sets are first seen, and made in that order: those that a state
  // leads to come behind it, because its paths are one segment longer.
  Action ActionOf(Set& set) {
    if (set.empty()) return kCopy;
    Sort(set.begin(), set.end());
    const std::string_view bytes(reinterpret_cast<const char*>(set.data()),
                                 set.size() * sizeof(uint32_t));
    const uint32_t number = sets_.Intern(bytes);
    if (flags_above_.size() <= number) flags_above_.push_back(0);
    flags_above_[number] = std::max(flags_above_[number], flags_here_);
    return static_cast<Action>(first_state_) + number;
  }

  Set SetOf(uint32_t number) const {
    const std::string_view bytes = sets_.text(number);
    Set set(bytes.size() / sizeof(uint32_t));
    std::memcpy(set.data(), bytes.data(), bytes.size());
    return set;
  }

  Fate RootFate() {
    Child child;
    for (uint32_t step = 0; step < forest_.step_count(); ++step) {
      StepOn(step, {forest_.root(step)}, {}, child);
    }
    return Finish(child);
  }

  void AddState(uint32_t number) {
    const Branches branches = BranchesOf(SetOf(number));
    CheckIndexes(branches);
    const size_t at = tables_.states.size();
    flags_here_ = flags_above_[number] + static_cast<uint32_t>(branches.triggers.size());
    most_flags_ = std::max(most_flags_, flags_here_);
    tables_.states.push_back({});
    State state = {};
    state.other = FateOf({}, branches);
    state.names = NamesOf(branches, state.other);
    state.first_index = static_cast<uint32_t>(tables_.index_edges.size());
    for (const uint32_t index : KeysOf(branches.indexes)) {
      tables_.index_edges.push_back({index, FateOf({kNone, index}, branches)});
    }
    state.index_count = static_cast<uint32_t>(tables_.index_edges.size()) - state.first_index;
    state.trigger_count = static_cast<uint32_t>(branches.triggers.size());
    state.round_count = RoundOf(branches, kNone);
    tables_.states[at] = state;
  }

  Branches BranchesOf(const Set& set) const {
    Branches branches;
    for (const uint32_t parent : set) {
      const uint32_t step = forest_.node(parent).step;
      if (branches.steps.empty() || branches.steps.back() != step) branches.steps.push_back(step);
      for (uint32_t child = forest_.node(parent).first_child; child != 0;
           child = forest_.node(child).next_sibling) {
        AddBranch(step, child, branches);
      }
    }
    Sort(branches.names.begin(), branches.names.end());
    Sort(branches.indexes.begin(), branches.indexes.end());
    Sort(branches.triggers.begin(), branches.triggers.end());
    branches.triggers.erase(std::unique(branches.triggers.begin(), branches.triggers.end()),
                            branches.triggers.end());
    return branches;
  }

  void AddBranch(uint32_t step, uint32_t child, Branches& branches) const {
    const PathForest::Node& node = forest_.node(child);
    if (node.name != kNone) {
      branches.names.push_back({step, node.name, child});
      if (node.selected && steps_[step].kind == StepKind::kRename && !steps_[step].finds_labels) {
        branches.triggers.push_back({step, NewNameText(step, node.label)});
      }
    }
    const bool indexes = node.kind == Segment::Kind::kIndex || node.kind == Segment::Kind::kToken;
    if (indexes && node.index != kNoSuchIndex) {
      branches.indexes.push_back({step, node.index, child});
    }
    if (node.kind == Segment::Kind::kWildcard) branches.wildcards.push_back({step, 0, child});
  }

  uint32_t NewNameText(uint32_t step, uint32_t label) const {
    return tables_.name_texts[steps_[step].new_names[label]];
  }

  // An index means the array as the steps before have left it.
  void CheckIndexes(const Branches& branches) {
    uint32_t moved_by = kNone;  // the first step that may take some of the elements, not all
    for (const Branch& branch : branches.indexes) {
      const StepKind kind = steps_[branch.step].kind;
      const bool takes = kind == StepKind::kPick || (kind == StepKind::kDrop && Selected(branch));
      if (takes) moved_by = std::min(moved_by, branch.step);
    }
    for (const Branch& branch : branches.wildcards) {
      // Scalars disappear where a pick goes on.
      const bool takes = steps_[branch.step].kind == StepKind::kPick && !Selected(branch);
      if (takes) moved_by = std::min(moved_by, branch.step);
    }
    for (const Branch& branch : branches.indexes) {
      if (branch.step > moved_by) return NotFusible(branch.step);
    }
  }
  bool Selected(const Branch& branch) const { return forest_.node(branch.child).selected; }

  static std::vector<uint32_t> KeysOf(const std::vector<Branch>& branches) {
    std::vector<uint32_t> keys;
    keys.reserve(branches.size());
    for (const Branch& branch : branches) keys.push_back(branch.key);
    SortAndUnique(keys);
    return keys;
  }
  static void SortAndUnique(std::vector<uint32_t>& keys) {
    Sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  }

  NameTable NamesOf(const Branches& branches, const Fate& other) {
    std::vector<uint32_t> keys = KeysOf(branches.names);
    for (const Trigger& trigger : branches.triggers) keys.push_back(trigger.name);
    SortAndUnique(keys);
    std::vector<std::pair<uint32_t, Fate>> names;
    for (const uint32_t key : keys) {
      const Fate fate = FateOf({key, kNone}, branches);
      if (!(fate == other)) names.emplace_back(key, fate);
    }
    tables_.name_count += names.size();
    return BuildNameTable(names, tables_.text, tables_.name_slots);
  }

  Fate FateOf(Label label, const Branches& branches) {
    Child child;
    child.label = label;
    for (const uint32_t step : branches.steps) {
      Set reached;
      AppendMatching(branches.names, step, child.label.name, reached);
      AppendMatching(branches.indexes, step, child.label.index, reached);
      AppendMatching(branches.wildcards, step, 0, reached);
      StepOn(step, reached, branches, child);
      if (child.gone()) break;
    }
    return Finish(child);
  }

  static void AppendMatching(const std::vector<Branch>& branches, uint32_t step, uint32_t key,
                             Set& reached) {
    auto it = std::lower_bound(branches.begin(), branches.end(), Branch{step, key, 0});
    for (; it != branches.end() && it->step == step && it->key == key; ++it) {
      reached.push_back(it->child);
    }
  }

  Fate Finish(Child& child) {
    Fate& fate = child.fate;
    if (fate.container == kCopy) fate.container = ActionOf(child.next);
    if (child.gone()) fate.name = kNone;
    if (!child.roles.empty()) {
      child.roles.back().last = true;
      fate.roles = static_cast<uint32_t>(tables_.roles.size());
      tables_.roles.insert(tables_.roles.end(), child.roles.begin(), child.roles.end());
    }
    return fate;
  }

  // What `step`, whose nodes have `reached` the child, does with it.
  void StepOn(uint32_t step, const Set& reached, const Branches& branches, Child& child) {
    const bool selected = std::any_of(reached.begin(), reached.end(), [this](uint32_t node) {
      return forest_.node(node).selected;
    });
    switch (steps_[step].kind) {
      case StepKind::kPick:
        if (!selected) PickOn(reached, child);
        return;
      case StepKind::kDrop:
        if (selected) child.fate.scalar = child.fate.container = kDrop;
        break;
      case StepKind::kRedact:
        if (selected) RedactBy(step, child);
        break;
      case StepKind::kRename:
        RenameBy(step, reached, branches, child);
        break;
    }
    for (const uint32_t node : reached) {
      if (forest_.node(node).first_child != 0) child.next.push_back(node);
    }
  }

  // No path of the pick ends here. What an earlier step has put here is a scalar.
  void PickOn(const Set& reached, Child& child) {
    const bool is_root =
        !reached.empty() && reached[0] == forest_.root(forest_.node(reached[0]).step);
    const Action scalar = is_root ? kReplace | NullRedaction() : kDrop;
    child.fate.scalar = scalar;
    if (IsReplace(child.fate.container)) child.fate.container = scalar;
    if (reached.empty()) child.fate.container = kDrop;
    child.next.insert(child.next.end(), reached.begin(), reached.end());
  }

  uint32_t NullRedaction() {
    const StringRef null = tables_.text.strings()[tables_.text.Intern("null")];
    return tables_.AddRedaction({Redaction::Mode::kText, 0, null});
  }

  void RedactBy(uint32_t step, Child& child) {
    const uint32_t number = steps_[step].redaction;
    const Redaction::Mode mode = tables_.redactions[number].mode;
    for (Action* action : {&child.fate.scalar, &child.fate.container}) {
      if (*action == kDrop) continue;
      if (*action != kCopy && mode != Redaction::Mode::kText) NotFusible(step);
      *action = kReplace | number;
    }
    if (mode == Redaction::Mode::kHash && !child.next.empty()) NotFusible(step);
  }

  void RenameBy(uint32_t step, const Set& reached, const Branches& branches, Child& child) {
    if (child.label.name == kNone) return;
    uint32_t label = kNone;
    for (const uint32_t number : reached) {
      const PathForest::Node& node = forest_.node(number);
      if (node.selected && (label == kNone || node.label > label)) label = node.label;
    }
    const bool gets = label != kNone;
    if (steps_[step].finds_labels) {
      child.fate.name = label;
      return;
    }
    if (gets) {
      child.fate.name = steps_[step].new_names[label];
      child.label.name = NewNameText(step, label);
    }
    const Trigger trigger = {step, child.label.name};
    const auto it = std::lower_bound(branches.triggers.begin(), branches.triggers.end(), trigger);
    if (it == branches.triggers.end() || !(*it == trigger)) return;
    const bool scalars = child.fate.scalar != kDrop;
    child.roles.push_back({static_cast<uint32_t>(it - branches.triggers.begin()),
                           static_cast<uint16_t>(RoundOf(branches, step)), gets, scalars, false});
  }

  // How many steps before `step` have triggers.
  static uint32_t RoundOf(const Branches& branches, uint32_t step) {
    uint32_t rounds = 0;
    uint32_t last = kNone;
    for (const Trigger& trigger : branches.triggers) {
      if (trigger.step >= step) break;
      if (trigger.step != last) ++rounds;
      last = trigger.step;
    }
    return rounds;
  }

  const PathForest& forest_;
  const std::vector<FusedStep>& steps_;
  PassTablesBuilder& tables_;
  const size_t first_state_;
  StringInterner sets_;                // each set as bytes
  std::vector<uint32_t> flags_above_;  // by state: the most triggers of the states on a way to it
  uint32_t flags_here_ = 0;            // with the triggers of the state that is being made
  uint32_t most_flags_ = 0;
  FusionResult result_ = {FusionResult::Kind::kFits, 0};
};

}  // namespace

uint32_t PassTablesBuilder::AddRedaction(const Redaction& redaction) {
  for (size_t i = 0; i < redactions.size(); ++i) {
    const Redaction& other = redactions[i];
    if (other.mode == redaction.mode && other.number == redaction.number &&
        other.text.offset == redaction.text.offset && other.text.length == redaction.text.length) {
      return static_cast<uint32_t>(i);
    }
  }
  redactions.push_back(redaction);
  return static_cast<uint32_t>(redactions.size() - 1);
}

uint32_t PassTablesBuilder::AddName(std::string_view name) {
  const uint32_t number = text.Intern(name);
  if (name_of_text_.size() <= number) name_of_text_.resize(number + size_t{1}, kNone);
  if (name_of_text_[number] == kNone) {
    name_of_text_[number] = static_cast<uint32_t>(names.size());
    name_texts.push_back(number);
    names.push_back(InternJsonString(name));
  }
  return name_of_text_[number];
}

StringRef PassTablesBuilder::InternJsonString(std::string_view value) {
  OutputBuffer json(8 * value.size() + 2);
  json::AppendJsonString(value, json);
  return text.strings()[text.Intern(json.text())];
}

PassTablesBuilder::Mark PassTablesBuilder::mark() const {
  return {states.size(), name_slots.size(), name_count, index_edges.size(), roles.size()};
}

void PassTablesBuilder::Rewind(const Mark& mark) {
  states.resize(mark.states);
  name_slots.resize(mark.name_slots);
  name_count = mark.name_count;
  index_edges.resize(mark.index_edges);
  roles.resize(mark.roles);
}

FusionResult Fuse(const PathForest& forest, const std::vector<FusedStep>& steps,
                  PassTablesBuilder& tables, Pass* pass) {
  return Fuser(forest, steps, tables).Run(pass);
}

}  // namespace sluice::transform
