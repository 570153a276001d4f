// Any text as a policy; what compiles is described, matched and decided with some facts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"
#include "sluice/policy/frames.h"
#include "sluice/policy/policy.h"
#include "sluice/policy/validate.h"

namespace {

using namespace sluice;          // NOLINT(google-build-using-namespace)
using namespace sluice::policy;  // NOLINT(google-build-using-namespace)

void Check(bool condition) {
  if (!condition) std::abort();
}

std::string_view FactOf(uint32_t slot, std::string_view path, std::string_view ip) {
  switch (slot) {
    case kSlotPath:
      return path;
    case kSlotIp:
      return ip;
    case kSlotQuery:
      return "?a=1&%61=x+y&b=true&c&limit=7&%ff=";
    case kSlotDigest:
      return "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";  // of the key with "sha256": "4141…"
    case kSlotUrl:
      return R"({"href": "https://a.example/a?b=1", "path": "/a?b=1", "host": "a.example", "pathname": "/a", "hash": "", "query": [["b", "1"]]})";
    default:
      return "AAAAAAAAAAAAAAAA";
  }
}

// A fact for every slot up to `slots`.
std::string FactsOf(uint32_t slots, std::string_view path, std::string_view ip) {
  OutputBuffer frame(1 << 20);
  std::string texts;
  const uint32_t start = 12 + 8 * slots;
  frame.AppendWord(kFactsVersion);
  frame.AppendWord(0);
  frame.AppendWord(slots);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const std::string_view fact = FactOf(slot, path, ip);
    frame.AppendWord(start + static_cast<uint32_t>(texts.size()));
    frame.AppendWord(static_cast<uint32_t>(fact.size()));
    texts += fact;
  }
  frame.Append(texts);
  frame.PatchWord(4, static_cast<uint32_t>(frame.size()));
  return std::string(frame.text());
}

// The issues of a policy that is refused point into its text.
void CheckIssues(const Issues& issues, std::string_view text) {
  for (const Issue& issue : issues.list()) {
    Check(!issue.code.empty());
    Check(!issue.message.empty());
    Check(issue.byte_offset <= text.size());
    Check(issue.pointer.empty() || issue.pointer[0] == '/');
  }
}

// The keys of whatever the policy keys.
void SetSecrets(Policy& policy, uint32_t count) {
  for (uint32_t secret = 0; secret < count; ++secret) {
    Check(policy.SetSecret(secret, AsBytes("0123456789abcdef")).ok());
  }
}

void Run(const Policy& policy, uint32_t slots) {
  Scratch scratch;
  limit::Ledger ledger({1, 2}, 64);
  const LocalLimits limits = {ledger, 1e12};
  struct Request {
    std::string_view path;
    std::string_view ip;
  };
  constexpr Request kRequests[] = {{"/", "192.0.2.1"},        {"/a", "10.1.2.3"},
                                   {"/a/b", "2001:db8::1"},   {"/a/b/c/", "::ffff:10.1.2.3"},
                                   {"/x%20y/../a", "nobody"}, {"/%2F", ""}};
  for (const Request& request : kRequests) {
    const std::string facts = FactsOf(slots, request.path, request.ip);
    OutputBuffer match(1 << 20);
    Check(policy.Match(AsBytes(facts), limits, scratch, match).ok());
    const uint32_t route = LoadWord(match.bytes().data() + 4 * kMatchRoute);
    OutputBuffer plan(1 << 20);
    const absl::Status decided =
        policy.Decide(route == kAbsent ? 0 : route, AsBytes(facts), limits, scratch, plan);
    // What was matched can be decided, unless conditions are too much work.
    Check(route == kAbsent || decided.ok() || ErrorCodeOf(decided) == ErrorCode::kBudgetExceeded);
  }
}

// Bodies by each of its schemas: what is refused is told, and as JSON.
void CheckBodies(const Policy& policy) {
  const schema::Program* schemas = policy.schemas();
  if (schemas == nullptr) return;
  schema::Scratch scratch;
  for (const std::string_view text :
       {"{}", "[1, \"a\", null]", R"({"a": {"a": [{}, 1.5e400]}, "b": "x"})"}) {
    json::Document document;
    Check(document.Parse(text).ok());
    for (uint32_t schema = 0; schema < schemas->entry_count(); ++schema) {
      OutputBuffer errors(1 << 20);
      const absl::StatusOr<bool> valid =
          policy::Check(*schemas, schema, document.root(), scratch, errors);
      if (!valid.ok()) {
        Check(ErrorCodeOf(valid.status()) == ErrorCode::kBudgetExceeded);
        continue;
      }
      json::Document told;
      Check(*valid ? errors.size() == 0 : told.Parse(errors.text()).ok());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = AsText({data, size});
  Issues issues;
  absl::StatusOr<std::unique_ptr<Policy>> policy = Policy::Compile(text, PolicyBudget(), issues);
  CheckIssues(issues, text);
  if (!policy.ok()) return 0;
  Check(issues.empty());
  OutputBuffer description(64 << 20);
  (*policy)->Describe(description);
  json::Document document;
  Check(document.Parse(description.text(), {.max_input_bytes = 64 << 20}).ok());
  SetSecrets(**policy, document.root().Find("secrets").size());
  CheckBodies(**policy);
  Run(**policy, document.root().Find("slots").size());
  return 0;
}
