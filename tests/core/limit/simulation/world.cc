#include "world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "oracle.h"
#include "scenario.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/ledger.h"
#include "wire.h"

namespace sluice::limit::simulation {
namespace {

constexpr double kTimeoutMs = 250;
constexpr double kDrainMs = 3000;
constexpr double kOtherTrafficMs = 200;          // requests of other subjects come about so often
constexpr uint64_t kMonday = 1'795'996'800'000;  // 2026-11-30T00:00Z, a boundary of every grid
constexpr double kDeathPeriods = 3;
constexpr double kClockDrift = 0.005;
constexpr std::string_view kSubject = "customer";
constexpr size_t kMaxRequestBytes = 1 << 16;

}  // namespace

World::World(const Scenario& scenario, Engine engine)
    : scenario_(scenario),
      random_(scenario.seed),
      isolates_(scenario.isolates),
      objects_(scenario.rules.size(), SimObject(engine)),
      down_until_ms_(scenario.rules.size(), 0),
      held_(scenario.rules.size()),
      grants_(scenario.rules.size()),
      admitted_in_life_(scenario.rules.size(), 0),
      log_(scenario.rules.size()),
      losses_(scenario.rules.size()),
      plain_(scenario.rules.size()) {
  const auto period = static_cast<double>(scenario.rules[scenario.tightest].period_ms);
  now_ms_ = static_cast<double>(kMonday);
  measure_from_ms_ = now_ms_ + scenario.warmup_periods * period;
  end_ms_ = measure_from_ms_ + scenario.periods * period;
  outcome_.limit_units =
      static_cast<double>(scenario.rules[scenario.tightest].units) * scenario.periods;
  for (const Rule& rule : scenario.rules) exact_.emplace_back(rule.units, rule.period_ms);
  for (uint32_t i = 0; i < scenario.isolates; ++i) {
    isolates_[i].Start(random_, scenario.faults == Faults::kNone ? 0 : kClockDrift,
                       scenario.rules.size());
    events_.Add(isolates_[i].NextArrival(scenario, now_ms_, random_), {Kind::kArrival, i, 0});
    events_.Add(now_ms_ + random_.Exponential(kOtherTrafficMs), {Kind::kOtherTraffic, i, 0});
    if (scenario.faults == Faults::kDeaths) {
      events_.Add(now_ms_ + random_.Exponential(kDeathPeriods * period), {Kind::kDeath, i, 0});
    }
  }
  if (scenario.faults == Faults::kRestarts) {
    for (uint32_t i = 0; i < objects_.size(); ++i) {
      events_.Add(now_ms_ + random_.Exponential(kDeathPeriods * period), {Kind::kCrash, i, 0});
    }
  }
}

Outcome World::Run() {
  while (!events_.empty()) {
    const auto event = events_.Next();
    if (event.at_ms > end_ms_ + kDrainMs) break;
    now_ms_ = event.at_ms;
    Handle(event.what);
  }
  for (const auto& [id, units] : unclaimed_) outcome_.lost_units += units;
  for (size_t i = 0; i < log_.size(); ++i) {
    outcome_.over_units =
        std::max(outcome_.over_units, WorstExcess(scenario_.rules[i], log_[i], losses_[i]));
  }
  return outcome_;
}

void World::Handle(const What& what) {
  const auto period = static_cast<double>(scenario_.rules[scenario_.tightest].period_ms);
  const bool over = now_ms_ >= end_ms_;
  switch (what.kind) {
    case Kind::kArrival:
      if (over) return;
      events_.Add(isolates_[what.index].NextArrival(scenario_, now_ms_, random_), what);
      return Arrive(what.index);
    case Kind::kOtherTraffic:
      if (over) return;
      events_.Add(now_ms_ + random_.Exponential(kOtherTrafficMs), what);
      return ReturnWhatIsDue(what.index);
    case Kind::kRequestArrives:
      return RequestArrives(what.index);
    case Kind::kWriteDone:
      return WriteDone(what.index, what.life);
    case Kind::kReplyArrives:
      return ReplyArrives(what.index);
    case Kind::kTimeout:
      return TimeOut(what.index, what.life);
    case Kind::kDeath:
      if (over) return;
      events_.Add(now_ms_ + random_.Exponential(kDeathPeriods * period), what);
      return Die(what.index);
    case Kind::kCrash:
      if (over) return;
      events_.Add(now_ms_ + random_.Exponential(kDeathPeriods * period), what);
      return Crash(what.index);
  }
}

bool World::Measuring() const { return now_ms_ >= measure_from_ms_ && now_ms_ < end_ms_; }

SubjectCharge World::ChargeOf(size_t rule) const {
  return {.rule = scenario_.rules[rule],
          .subject = kSubject,
          .cost = 1,
          .terms = scenario_.way == Way::kLeases ? scenario_.terms : LeaseTerms{}};
}

// What the same algorithms, and exact logs, would have admitted in one place with no delay.
void World::CountBeside() {
  const auto now = static_cast<uint64_t>(now_ms_);
  bool logs_admit = true;
  for (ExactLog& log : exact_) logs_admit = log.Fits(1, now) && logs_admit;
  if (logs_admit) {
    for (ExactLog& log : exact_) log.Add(1, now);
  }
  std::array<State, 3> states;
  bool plain_admits = true;
  for (size_t i = 0; i < plain_.size(); ++i) {
    states[i] = plain_[i];
    if (!IsCompact(scenario_.rules[i].algorithm)) {
      plain_admits = logs_admit && plain_admits;
      continue;
    }
    plain_admits = Charge(scenario_.rules[i], 1, now_ms_, states[i]).allowed && plain_admits;
  }
  if (plain_admits) std::copy_n(states.begin(), plain_.size(), plain_.begin());
  if (!Measuring()) return;
  outcome_.log_admitted += logs_admit ? 1 : 0;
  outcome_.plain_admitted += plain_admits ? 1 : 0;
}

void World::Arrive(uint32_t isolate) {
  CountBeside();
  if (free_checks_.empty()) {
    free_checks_.push_back(static_cast<uint32_t>(checks_.size()));
    checks_.emplace_back();
  }
  const uint32_t index = free_checks_.back();
  free_checks_.pop_back();
  Check& check = checks_[index];
  check = {.use = check.use + 1,
           .open = true,
           .measured = Measuring(),
           .isolate = isolate,
           .isolate_life = isolates_[isolate].life(),
           .sent_ms = isolates_[isolate].Clock(now_ms_)};
  outcome_.requests += check.measured ? 1 : 0;

  Ledger& ledger = isolates_[isolate].ledger();
  for (size_t i = 0; i < scenario_.rules.size(); ++i) {
    Part& part = check.parts[i];
    const Answer answer = ledger.Spend(ChargeOf(i), check.sent_ms);
    if (answer.source == Source::kDenyCache) {
      outcome_.of_denials += check.measured ? 1 : 0;
      GiveBackSpent(check);
      return Close(check);
    }
    part.asked = answer.source == Source::kAsk;
    if (part.asked) continue;
    part.allowed = true;
    part.lease = answer.lease;
    part.at_ms = static_cast<uint64_t>(now_ms_);
    outcome_.of_leases += check.measured ? 1 : 0;
  }
  for (size_t i = 0; i < scenario_.rules.size(); ++i) {
    if (check.parts[i].asked) Ask(check, index, i);
  }
  if (check.waiting == 0) return Decide(check);
  events_.Add(now_ms_ + kTimeoutMs, {Kind::kTimeout, index, check.use});
}

void World::Ask(Check& check, uint32_t index, size_t rule) {
  ++check.waiting;
  const uint32_t number = NewMessage(check.isolate, rule);
  OutputBuffer request(kMaxRequestBytes);
  AppendRequestHeader(scenario_.durability, request);
  check.parts[rule].charge = isolates_[check.isolate].ledger().WriteCharge(
      ChargeOf(rule), isolates_[check.isolate].Clock(now_ms_), request);
  PatchCount(request);
  Message& message = messages_[number];
  message.is_charge = true;
  message.check = index;
  message.check_use = check.use;
  message.request.assign(request.bytes().begin(), request.bytes().end());
  outcome_.charge_calls += Measuring() ? 1 : 0;
  Send(number);
}

void World::Answered(Check& check, uint32_t number) {
  const Message& message = messages_[number];
  Part& part = check.parts[message.rule];
  if (part.answered) return;  // a doubled message
  part.answered = true;
  --check.waiting;
  const size_t operations = message.reply.size() >= kReplyHeaderBytes
                                ? (message.reply.size() - kReplyHeaderBytes) / kVerdictBytes
                                : 0;
  if (operations == 0) return;
  // The charge is the last operation.
  const ObjectVerdict verdict =
      ReadVerdict(message.reply.data() + kReplyHeaderBytes + (operations - 1) * kVerdictBytes);
  SimIsolate& isolate = isolates_[check.isolate];
  OutputBuffer returns(kMaxRequestBytes);
  const Answer answer = isolate.ledger().Install(ChargeOf(message.rule), part.charge, verdict,
                                                 check.sent_ms, isolate.Clock(now_ms_), returns);
  unclaimed_.erase(part.charge.id);
  part.allowed = answer.allowed;
  part.lease = answer.lease == part.charge.id ? part.charge.id : 0;
  if (answer.source == Source::kLease) {
    // The object denied it, and a lease that came meanwhile has paid.
    part.asked = false;
    part.lease = answer.lease;
    part.at_ms = static_cast<uint64_t>(now_ms_);
  } else {
    const auto first = applied_at_ms_.find(part.charge.id);
    part.at_ms = first == applied_at_ms_.end() ? message.at_ms : first->second;
  }
  part.object_life = message.object_life;
  if (verdict.leased > 0) {
    isolate.NoteLease(part.charge.id, message.rule);
    isolate.granted_in_life(message.rule) = message.object_life;
  }
  if (returns.size() > 0) SendOperations(check.isolate, message.rule, returns);
  if (check.waiting == 0) Decide(check);
}

// All charges are answered.
void World::Decide(Check& check) {
  bool allowed = true;
  for (size_t i = 0; i < scenario_.rules.size(); ++i) allowed = allowed && check.parts[i].allowed;
  if (allowed) {
    Admit(check);
  } else {
    GiveBackSpent(check);
    TakeBackAsked(check);
  }
  Close(check);
}

void World::Admit(const Check& check) {
  outcome_.admitted += check.measured ? 1 : 0;
  for (size_t i = 0; i < scenario_.rules.size(); ++i) {
    const Part& part = check.parts[i];
    log_[i].push_back({part.at_ms, 1});
    if (part.asked) {
      admitted_in_life_[i] = std::max(admitted_in_life_[i], part.object_life);
    } else if (scenario_.durability == Durability::kMemory &&
               isolates_[check.isolate].granted_in_life(i) < admitted_in_life_[i]) {
      ++outcome_.early_units;
    }
  }
}

void World::TimeOut(uint32_t index, uint32_t use) {
  Check& check = checks_[index];
  if (!check.open || check.use != use) return;
  if (check.isolate_life != isolates_[check.isolate].life()) return Close(check);
  outcome_.failed += check.measured ? 1 : 0;
  GiveBackSpent(check);
  TakeBackAsked(check);
  Close(check);
}

void World::Close(Check& check) {
  check.open = false;
  free_checks_.push_back(static_cast<uint32_t>(&check - checks_.data()));
}

void World::GiveBackSpent(Check& check) {
  SimIsolate& isolate = isolates_[check.isolate];
  for (size_t i = 0; i < scenario_.rules.size(); ++i) {
    const Part& part = check.parts[i];
    if (part.allowed && !part.asked) {
      isolate.ledger().GiveBack(part.lease, 1, isolate.Clock(now_ms_));
    }
  }
}

// What objects have charged, or may have. Where a lease came with it the lease stays.
void World::TakeBackAsked(const Check& check) {
  for (size_t i = 0; i < scenario_.rules.size(); ++i) {
    const Part& part = check.parts[i];
    if (!part.asked || (part.answered && !part.allowed)) continue;
    if (part.lease != 0) {
      SendOperation(kSettleKind, check.isolate, i, part.charge.id, 0);
    } else {
      SendOperation(kCancelKind, check.isolate, i, part.charge.id, 1);
    }
  }
}

void World::ReturnWhatIsDue(uint32_t index) {
  SimIsolate& isolate = isolates_[index];
  std::array<LeaseReturn, 16> due;
  const size_t count = isolate.ledger().DueReturns(isolate.Clock(now_ms_), absl::MakeSpan(due));
  for (size_t i = 0; i < count; ++i) {
    SendOperation(kReturnKind, index, isolate.RuleOfLease(due[i].lease), due[i].lease,
                  due[i].units);
  }
}

}  // namespace sluice::limit::simulation
