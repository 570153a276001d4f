// The messages of a World, its objects and what befalls them.
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "scenario.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/ledger.h"
#include "wire.h"
#include "world.h"

namespace sluice::limit::simulation {
namespace {

constexpr double kLoss = 0.02;
constexpr double kDoubled = 0.01;
constexpr double kRetryMs = 250;
constexpr double kDownMs = 50;
constexpr size_t kMaxRequestBytes = 1 << 16;

}  // namespace

uint32_t World::NewMessage(uint32_t isolate, size_t rule) {
  if (free_messages_.empty()) {
    free_messages_.push_back(static_cast<uint32_t>(messages_.size()));
    messages_.emplace_back();
  }
  const uint32_t number = free_messages_.back();
  free_messages_.pop_back();
  Message& message = messages_[number];
  message.is_charge = false;
  message.again = false;
  message.isolate = isolate;
  message.isolate_life = isolates_[isolate].life();
  message.rule = static_cast<uint32_t>(rule);
  message.reply.clear();
  return number;
}

void World::SendOperation(uint32_t kind, uint32_t isolate, size_t rule, uint64_t id,
                          uint32_t units) {
  OutputBuffer operation(kMaxRequestBytes);
  AppendOperation(kind, scenario_.rules[rule], units, id, operation);
  SendOperations(isolate, rule, operation);
}

void World::SendOperations(uint32_t isolate, size_t rule, const OutputBuffer& operations) {
  const uint32_t number = NewMessage(isolate, rule);
  OutputBuffer request(kMaxRequestBytes);
  AppendRequestHeader(scenario_.durability, request);
  request.Append(operations.text());
  PatchCount(request);
  messages_[number].request.assign(request.bytes().begin(), request.bytes().end());
  messages_[number].again = true;
  if (Measuring()) {
    const uint32_t kind = KindOf(operations.bytes().data());
    ++(kind == kCancelKind ? outcome_.cancel_calls : outcome_.return_calls);
  }
  Send(number);
}

double World::Delay() {
  return scenario_.faults == Faults::kNetwork ? 2 + random_.Exponential(38)
                                              : random_.Between(5, 15);
}

bool World::Lost() { return scenario_.faults == Faults::kNetwork && random_.Chance(kLoss); }

// A lost message counts as a call, too.
void World::Send(uint32_t number) {
  outcome_.calls += Measuring() ? 1 : 0;
  const double delay = Delay();
  if (Lost()) {
    if (!messages_[number].again) return Release(number);
    messages_[number].again = false;
    events_.Add(now_ms_ + kRetryMs + delay, {Kind::kRequestArrives, number, 0});
    return;
  }
  events_.Add(now_ms_ + delay, {Kind::kRequestArrives, number, 0});
  if (scenario_.faults == Faults::kNetwork && random_.Chance(kDoubled)) {
    const uint32_t copy = NewMessage(messages_[number].isolate, messages_[number].rule);
    messages_[copy] = messages_[number];
    events_.Add(now_ms_ + Delay(), {Kind::kRequestArrives, copy, 0});
  }
}

void World::RequestArrives(uint32_t number) {
  Message& message = messages_[number];
  const uint32_t rule = message.rule;
  if (now_ms_ < down_until_ms_[rule]) {
    if (!message.again) return Release(number);
    message.again = false;
    events_.Add(now_ms_ + kRetryMs, {Kind::kRequestArrives, number, 0});
    return;
  }
  SimObject& object = objects_[rule];
  uint64_t needs = 0;
  const absl::Status status = object.Apply(message.request, now_ms_, message.reply, needs);
  if (!status.ok()) {
    ++outcome_.errors;
    return Release(number);
  }
  message.at_ms = static_cast<uint64_t>(now_ms_);
  message.object_life = object.life();
  NoteGrants(message);
  if (needs <= object.durable()) return SendReply(number);
  held_[rule].push_back({number, needs});
  StartWrite(rule);
}

void World::NoteGrants(const Message& message) {
  const size_t count = (message.request.size() - kRequestHeaderBytes) / kOperationBytes;
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* operation = message.request.data() + kRequestHeaderBytes + i * kOperationBytes;
    const uint64_t id = IdOf(operation);
    if (KindOf(operation) == kCancelKind) unclaimed_.erase(id);
    if (KindOf(operation) != kChargeKind) continue;
    const uint8_t* verdict_bytes = message.reply.data() + kReplyHeaderBytes + i * kVerdictBytes;
    const ObjectVerdict verdict = ReadVerdict(verdict_bytes);
    const bool seen_before = (LoadWord(verdict_bytes) & 8) != 0;
    const uint32_t units = (verdict.allowed ? CostOf(operation) : 0) + verdict.leased;
    if (seen_before || units == 0) continue;
    if (scenario_.faults == Faults::kNetwork) applied_at_ms_[id] = message.at_ms;
    if (message.rule == scenario_.tightest && Measuring()) unclaimed_[id] = units;
    if (verdict.leased > 0) {
      grants_[message.rule].push_back({now_ms_ + verdict.lease_ms * 1.01 + 20, verdict.leased});
    }
  }
}

void World::StartWrite(uint32_t object) {
  if (!objects_[object].StartWrite()) return;
  outcome_.durable_writes += Measuring() ? 1 : 0;
  events_.Add(now_ms_ + random_.Between(1, 5), {Kind::kWriteDone, object, objects_[object].life()});
}

void World::WriteDone(uint32_t object, uint32_t life) {
  if (objects_[object].life() != life) return;
  objects_[object].FinishWrite();
  std::vector<Held> waiting;
  std::swap(waiting, held_[object]);
  for (const Held& held : waiting) {
    if (held.needs <= objects_[object].durable()) {
      SendReply(held.message);
    } else {
      held_[object].push_back(held);
    }
  }
  StartWrite(object);
}

void World::SendReply(uint32_t number) {
  if (Lost()) return Release(number);
  events_.Add(now_ms_ + Delay(), {Kind::kReplyArrives, number, 0});
}

void World::ReplyArrives(uint32_t number) {
  const Message& message = messages_[number];
  if (message.is_charge && message.isolate_life == isolates_[message.isolate].life()) {
    Check& check = checks_[message.check];
    if (check.open && check.use == message.check_use) Answered(check, number);
  }
  Release(number);
}

void World::Release(uint32_t number) { free_messages_.push_back(number); }

// With its leases. Requests that it was about to answer are gone, too.
void World::Die(uint32_t index) {
  SimIsolate& isolate = isolates_[index];
  const SubjectCharge charge = ChargeOf(scenario_.tightest);
  while (isolate.ledger().Spend(charge, isolate.Clock(now_ms_)).source == Source::kLease) {
    outcome_.lost_units += Measuring() ? 1 : 0;
  }
  isolate.Start(random_, 0.005, scenario_.rules.size());
}

void World::Crash(uint32_t index) {
  if (scenario_.durability == Durability::kMemory) {
    uint64_t outstanding = 0;
    for (const Grant& grant : grants_[index]) {
      if (grant.ends_ms > now_ms_) outstanding += grant.units;
    }
    losses_[index].push_back({static_cast<uint64_t>(now_ms_), outstanding});
  }
  for (const Held& held : held_[index]) Release(held.message);
  held_[index].clear();
  objects_[index].Crash(random_.Chance(0.5));
  down_until_ms_[index] = now_ms_ + kDownMs;
}

}  // namespace sluice::limit::simulation
