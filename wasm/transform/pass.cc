#include "sluice/transform/pass.h"

#include <cstring>

#include "sluice/base/status.h"
#include "sluice/transform/lookup.h"
#include "sluice/transform/redact.h"
#include "sluice/transform/splice.h"

namespace sluice::transform {
namespace {

bool IsContainer(const json::Node& node) { return node.kind() >= json::Kind::kArray; }

class Runner {
 public:
  Runner(const PassTables& tables, json::Value value, absl::Span<const HmacSha256> secrets,
         uint8_t* flags, OutputBuffer& out)
      : tables_(tables),
        document_(value.document()),
        nodes_(document_->nodes().data()),
        secrets_(secrets),
        flags_(flags),
        splice_(document_->text(), nodes_[value.index()].begin, out) {}

  void Root(uint32_t number, const Fate& fate) {
    const Action action = ActionOn(nodes_[number], fate);
    if (action != kCopy) Value(number, action);
    splice_.CopyUpTo(nodes_[number].end);
  }

 private:
  static Action ActionOn(const json::Node& value, const Fate& fate) {
    return IsContainer(value) ? fate.container : fate.scalar;
  }

  // Neither copied nor dropped.
  void Value(uint32_t number, Action action) {
    const json::Node& node = nodes_[number];
    if (!IsState(action)) {
      splice_.Cut(node.begin, node.end);
      AppendRedacted(tables_, action & ~kReplace, {document_, number}, secrets_, splice_.out());
      return;
    }
    const State& state = tables_.states[action];
    if (node.kind() == json::Kind::kArray) {
      Array(number, state);
    } else if (state.trigger_count == 0) {
      Object(number, state);
    } else {
      ObjectWithNewNames(number, state);
    }
  }

  void Array(uint32_t number, const State& state) {
    const uint32_t end = nodes_[number].next;
    ElementLookup fates(tables_, state);
    Children children;
    for (uint32_t element = number + 1; element != end; element = nodes_[element].next) {
      const json::Node& value = nodes_[element];
      const Action action = ActionOn(value, fates.Next());
      if (action == kDrop) {
        children.Drop(value, value);
      } else {
        children.Keep(splice_, value, value);
        if (action != kCopy) Value(element, action);
      }
    }
    children.End(splice_);
  }

  void Object(uint32_t number, const State& state) {
    const MemberLookup fates(tables_, *document_, state);
    const json::Node* name = nodes_ + number + 1;
    const json::Node* const end = nodes_ + nodes_[number].next;
    Children children;
    while (name != end) {
      const json::Node* const value = name + 1;
      const Fate& fate = fates.Find(*name);
      // What comes behind a scalar is known without a load, for which the next round would wait.
      if (IsContainer(*value)) {
        Member(*name, fate, fate.container, children);
        name = nodes_ + value->next;
      } else {
        Member(*name, fate, fate.scalar, children);
        name += 2;
      }
    }
    children.End(splice_);
  }

  void Member(const json::Node& name, const Fate& fate, Action action, Children& children) {
    const json::Node& value = *(&name + 1);
    if (action == kDrop) {
      children.Drop(name, value);
      return;
    }
    children.Keep(splice_, name, value);
    if (action != kCopy || fate.name != kNone) ChangeMember(name, fate, action);
  }

  [[gnu::noinline]] void ChangeMember(const json::Node& name, const Fate& fate, Action action) {
    if (fate.name != kNone) {
      splice_.Replace(name.begin, name.end, tables_.names[fate.name].In(tables_.text));
    }
    if (action != kCopy) Value(static_cast<uint32_t>(&name - nodes_) + 1, action);
  }

  // Which names members get here must be known before the first of them is written.
  void ObjectWithNewNames(uint32_t number, const State& state) {
    uint8_t* const flags = flags_;
    flags_ += state.trigger_count;
    if (SetTriggers(number, state, flags)) {
      ObjectWithTriggers(number, state, flags);
      std::memset(flags, 0, state.trigger_count);
    } else {
      Object(number, state);
    }
    flags_ = flags;
  }

  void ObjectWithTriggers(uint32_t number, const State& state, const uint8_t* flags) {
    const MemberLookup fates(tables_, *document_, state);
    const uint32_t end = nodes_[number].next;
    Children children;
    for (uint32_t key = number + 1; key != end; key = nodes_[key + 1].next) {
      const json::Node& value = nodes_[key + 1];
      const Fate& fate = fates.Find(nodes_[key]);
      const bool displaced = RoleAt(state.round_count, fate, value, flags).displaced;
      Member(nodes_[key], fate, displaced ? kDrop : ActionOn(value, fate), children);
    }
    children.End(splice_);
  }

  // A member that one step displaced gets no name in a later one: so step by step.
  bool SetTriggers(uint32_t number, const State& state, uint8_t* flags) const {
    const MemberLookup fates(tables_, *document_, state);
    const uint32_t end = nodes_[number].next;
    bool any = false;
    for (uint32_t round = 0; round < state.round_count; ++round) {
      for (uint32_t key = number + 1; key != end; key = nodes_[key + 1].next) {
        const Fate& fate = fates.Find(nodes_[key]);
        const uint32_t trigger = RoleAt(round, fate, nodes_[key + 1], flags).gets;
        if (trigger == kNone) continue;
        flags[trigger] = 1;
        any = true;
      }
    }
    return any;
  }

  struct Standing {
    bool displaced;  // by then
    uint32_t gets;   // the trigger of the name that it gets in this round; or kNone
  };
  Standing RoleAt(uint32_t round, const Fate& fate, const json::Node& value,
                  const uint8_t* flags) const {
    if (fate.roles == kNone) return {false, kNone};
    for (const Role* role = tables_.roles.data() + fate.roles;; ++role) {
      const bool there = role->scalars || IsContainer(value);
      if (!there || role->round > round) break;
      if (role->gets && role->round == round) return {false, role->trigger};
      if (!role->gets && flags[role->trigger] != 0) return {true, kNone};
      if (role->last) break;
    }
    return {false, kNone};
  }

  const PassTables& tables_;
  const json::Document* const document_;
  const json::Node* const nodes_;
  const absl::Span<const HmacSha256> secrets_;
  uint8_t* flags_;  // of the triggers of the next object; those of the open ones lie before
  Splice splice_;
};

}  // namespace

absl::Status RunPass(const PassTables& tables, uint32_t pass, json::Value value,
                     absl::Span<const HmacSha256> secrets, PassScratch& scratch,
                     OutputBuffer& out) {
  const Pass& running = tables.passes[pass];
  if (!scratch.flags.Resize(running.flag_bytes, 0)) {
    return MakeBudgetError(Budget::kMemory, "not enough memory to rename members");
  }
  Runner(tables, value, secrets, scratch.flags.data(), out).Root(value.index(), running.root);
  return absl::OkStatus();
}

}  // namespace sluice::transform
