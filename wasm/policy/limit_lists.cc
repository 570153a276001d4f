#include "sluice/policy/limit_lists.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "sluice/base/ip_address.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/policy/patterns.h"

namespace sluice::policy {
namespace {

constexpr uint32_t kMaxPatterns = 10'000;
constexpr size_t kMaxPatternBytes = 512;

std::string NetworkText(const IpNetwork& network) {
  return absl::StrCat(IpAddressText(Masked(network.address, network.prefix)).view(), "/",
                      network.prefix);
}

// Whether all "%" begin "%25" or "%2F".
bool IsEscaped(std::string_view text) {
  for (size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const std::string_view escape = text.substr(at, 3);
    if (escape != "%25" && escape != "%2F") return false;
  }
  return true;
}

// An address, "/" and a number.
bool LooksLikeNetwork(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || !ParseIpAddress(text.substr(0, slash)).has_value()) {
    return false;
  }
  return text.find_first_not_of("0123456789", slash + 1) == std::string_view::npos;
}

class PatternReader {
 public:
  PatternReader(json::Value value, const Limit& limit, uint32_t number,
                json::CompileContext& context, PatternSet& set)
      : value_(value), limit_(limit), number_(number), context_(context), set_(set) {}

  void Read() {
    if (!json::Expect(value_, json::Kind::kString, context_)) return;
    if (limit_.subject_at_fault) return;
    std::string scratch;
    const std::string text(value_.string(&scratch));
    const std::optional<IpNetwork> network = ParseIpNetwork(text);
    const bool has_ip = std::any_of(limit_.subject.begin(), limit_.subject.end(),
                                    [](const FactRef& fact) { return fact.kind == FactKind::kIp; });
    if (network.has_value() && has_ip) {
      AddNetwork(text, *network);
    } else if (has_ip && (limit_.subject.size() == 1 || LooksLikeNetwork(text))) {
      Report("invalid_network", absl::StrCat(Quoted(text),
                                             " is no address and no network: this limit counts by "
                                             "ip, so expected \"192.0.2.1\", \"10.0.0.0/8\" or "
                                             "\"2001:db8::/32\""));
    } else if (network.has_value() && text.find('/') != std::string::npos) {
      Report("not_applicable", "this limit doesn't count by ip, so it knows no networks");
    } else {
      AddText(text);
    }
  }

 private:
  void Report(std::string_view code, std::string message) {
    context_.AddIssue(value_, code, std::move(message));
  }

  void AddNetwork(std::string_view text, const IpNetwork& network) {
    const IpAddress masked = Masked(network.address, network.prefix);
    if (masked != network.address) {
      Report("invalid_network", absl::StrCat(Quoted(text), " has bits behind its prefix: write ",
                                             Quoted(NetworkText(network)), ", or a longer prefix"));
      return;
    }
    if (number_ != 0 && network.address.v6 && network.prefix > limit_.ipv6_prefix) {
      Report("not_applicable",
             absl::StrCat("addresses are counted by their first ", limit_.ipv6_prefix,
                          " bits, so no part of those can have an override: write ",
                          Quoted(NetworkText({network.address, limit_.ipv6_prefix})),
                          ", or make \"ipv6Prefix\" longer"));
      return;
    }
    const uint32_t bits = 8 + network.prefix;
    const NetworkKey key(masked);
    set_.networks.push_back(
        {std::string(key.view().substr(0, (bits + 7) / 8)), bits, false, number_, value_});
  }

  void AddText(std::string_view text) {
    if (text.size() > kMaxPatternBytes) {
      Report("invalid_pattern", absl::StrCat("at most ", kMaxPatternBytes, " bytes"));
      return;
    }
    const bool exact = text.empty() || text.back() != '*';
    if (!exact) text.remove_suffix(1);
    if (text.find('*') != std::string_view::npos) {
      Report("invalid_pattern", "\"*\" can only be the end: \"acme-*\"");
      return;
    }
    std::string bytes(text);
    if (limit_.subject.size() == 1) {
      bytes = absl::StrReplaceAll(text, {{"%", "%25"}, {"/", "%2F"}});
    } else if (!CheckParts(text, exact)) {
      return;
    }
    const auto bits = static_cast<uint32_t>(8 * bytes.size());
    set_.texts.push_back({std::move(bytes), bits, exact, number_, value_});
  }

  // That subjects of this limit, which has several parts or none, can be like this.
  bool CheckParts(std::string_view text, bool exact) {
    if (limit_.subject.empty()) {
      Report("not_applicable", "this limit's subject is [], which counts all requests together");
      return false;
    }
    if (!IsEscaped(text)) {
      Report("invalid_pattern", "in a part \"%\" is written \"%25\", and \"/\" \"%2F\"");
      return false;
    }
    const auto parts = 1 + static_cast<size_t>(std::count(text.begin(), text.end(), '/'));
    const size_t expected = limit_.subject.size();
    if (exact ? parts == expected : parts <= expected) return true;
    Report("invalid_pattern",
           absl::StrCat("this limit's subject has ", expected,
                        " parts, written with \"/\" between them; \"/\" in a part is \"%2F\""));
    return false;
  }

  json::Value value_;
  const Limit& limit_;
  uint32_t number_;
  json::CompileContext& context_;
  PatternSet& set_;
};

bool Same(const Pattern& a, const Pattern& b) {
  return a.bytes == b.bytes && a.bits == b.bits && a.exact == b.exact;
}

void Seal(json::CompileContext& context, std::vector<Pattern>& patterns) {
  Sort(patterns.begin(), patterns.end(), [](const Pattern& a, const Pattern& b) {
    if (a.bytes != b.bytes) return a.bytes < b.bytes;
    if (a.bits != b.bits) return a.bits < b.bits;
    if (a.exact != b.exact) return b.exact;
    return a.source.index() < b.source.index();
  });
  for (size_t i = 1; i < patterns.size(); ++i) {
    if (!Same(patterns[i - 1], patterns[i])) continue;
    context.AddIssue(patterns[i].source, "duplicate_value", "this is there already");
  }
}

}  // namespace

void ReadPattern(json::Value value, const Limit& limit, uint32_t number,
                 json::CompileContext& context, PatternSet& set) {
  PatternReader(value, limit, number, context, set).Read();
}

PatternSet ReadPatternList(json::Value array, const Limit& limit, json::CompileContext& context) {
  PatternSet set;
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return set;
  if (array.size() > kMaxPatterns) {
    context.AddIssue(array, "too_many", absl::StrCat("at most ", kMaxPatterns, " may be here"));
    return set;
  }
  for (const json::Value element : json::Elements(array)) {
    ReadPattern(element, limit, 0, context, set);
  }
  SealPatterns(context, set);
  return set;
}

void SealPatterns(json::CompileContext& context, PatternSet& set) {
  Seal(context, set.texts);
  Seal(context, set.networks);
}

}  // namespace sluice::policy
