// Charges on their way into a frame: answered by the isolate where it can, else ready to be sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "sluice/base/bytes.h"
#include "sluice/limit/ledger.h"
#include "sluice/policy/charges.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/policy.h"
#include "sluice/policy/program.h"
#include "sluice/policy/request.h"

namespace sluice::policy {

// Answers the charges of one frame together, all or nothing: those that leases cover are spent,
// unless the ledger denies another (one in shadow mode denies nothing) or the policy refuses it;
// those that it can't answer are written as operations for their objects, unless the request is
// denied already. What was spent stays spent while objects are asked: who asks gives it back where
// one of them denies.
class ChargeWriter {
 public:
  // Refers to all of them. `scratch` is overwritten.
  ChargeWriter(const RequestFacts& request, LocalLimits limits, OutputBuffer& scratch,
               FrameWriter& frame)
      : request_(request), limits_(limits), scratch_(scratch), frame_(frame) {}

  // Writes the charges of `ranges`, kMaxCharges at most in all, from word `first_word` of the frame
  // on, and sets the pair of words (count, offset) at `count_word`. To be called once.
  // O(output).
  void Write(std::initializer_list<Range> ranges, uint32_t count_word, uint32_t first_word);

 private:
  struct Pending {
    size_t subject_at;  // in the frame's text
    ResolvedCharge resolved;
    size_t subject_length = 0;
    limit::Source source = limit::Source::kAsk;
    uint64_t lease = 0;  // what answered it; 0: none
  };

  limit::SubjectCharge ToCharge(const Pending& charge) const;
  void Resolve(const ChargeRow& row, uint32_t word);
  void WriteAnswer(const Pending& charge, const limit::Answer& answer, uint32_t word);
  void GiveBack(const Pending& charge, uint32_t word);
  void WriteOperations(const Pending& charge, uint32_t word);

  const RequestFacts& request_;
  LocalLimits limits_;
  OutputBuffer& scratch_;
  FrameWriter& frame_;
  // Only those that there are get initialized.
  union Storage {
    Storage() {}
    Pending charges[kMaxCharges];
  } storage_;
  uint32_t count_ = 0;
  bool denied_ = false;
  bool asks_ = false;
};

}  // namespace sluice::policy
