#include "sluice/policy/request.h"

#include <cstddef>

#include "sluice/base/ip_address.h"
#include "sluice/policy/cookie.h"
#include "sluice/policy/path.h"
#include "sluice/policy/query.h"
#include "sluice/policy/user_agent.h"

namespace sluice::policy {
namespace {

std::string_view Decode(std::string_view text, OutputBuffer& scratch) {
  if (text.find('%') == std::string_view::npos) return text;
  scratch.Clear();
  for (size_t i = 0; i < text.size(); ++i) {
    const std::optional<unsigned char> byte =
        text[i] == '%' ? PercentEncodedByte(text, i) : std::nullopt;
    scratch.Append(byte.has_value() ? static_cast<char>(*byte) : text[i]);
    if (byte.has_value()) i += 2;
  }
  return scratch.text();
}

// The address's first `ipv6_prefix` bits, if it is an IPv6 address. What is no address stays as it
// is, since it is still somebody; and so does IPv4, which has one text only.
std::optional<std::string_view> Address(std::optional<std::string_view> text, uint32_t ipv6_prefix,
                                        OutputBuffer& scratch) {
  if (ipv6_prefix == 0 || !text.has_value() || text->find(':') == std::string_view::npos) {
    return text;
  }
  const std::optional<IpAddress> address = ParseIpAddress(*text);
  if (!address.has_value()) return text;
  scratch.Clear();
  scratch.Append(IpAddressText(Masked(*address, address->v6 ? ipv6_prefix : 32)).view());
  return scratch.text();
}

}  // namespace

std::optional<std::string_view> RequestFacts::Value(const FactRow& row,
                                                    OutputBuffer& scratch) const {
  switch (row.kind) {
    case FactKind::kIdentity:
      return identity;
    case FactKind::kIp:
      return Address(facts.Get(kSlotIp), row.number, scratch);
    case FactKind::kVisitor:
      return visitor;
    case FactKind::kHeader:
      return facts.Get(row.number);
    case FactKind::kCookie: {
      const std::optional<std::string_view> header = facts.Get(row.number);
      return header.has_value() ? FindCookie(*header, row.name.In(program.pool)) : std::nullopt;
    }
    case FactKind::kPath: {
      if (row.number == kAbsent) return std::nullopt;
      std::string_view text = captures[row.number].In(path);
      // A rest begins with its slash, which isn't part of the value.
      if (!text.empty() && text[0] == '/') text.remove_prefix(1);
      return Decode(text, scratch);
    }
    case FactKind::kClaim:
      for (const ClaimRow& claim : claims) {
        if (claim.name == row.name) return claim.value.In(program.pool);
      }
      return std::nullopt;
    case FactKind::kUrl:
      return url;
    case FactKind::kHost:
    case FactKind::kMethod:
      return facts.Get(row.number);
    case FactKind::kWholePath:
      return path;
    case FactKind::kQuery: {
      const std::optional<std::string_view> value =
          FindQueryParameter(facts.Get(kSlotQuery).value_or(""), row.name.In(program.pool));
      if (!value.has_value()) return value;
      return DecodeQueryValue(*value, scratch);
    }
    case FactKind::kDevice:
      return DeviceOf(facts.Get(row.number).value_or(""));
  }
  return std::nullopt;
}

}  // namespace sluice::policy
