#include "sluice/policy/query.h"

#include <algorithm>

#include "sluice/policy/path.h"

namespace sluice::policy {

std::optional<std::string_view> FindQueryParameter(std::string_view query, std::string_view name) {
  if (!query.empty()) query.remove_prefix(1);
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) return pair.substr(std::min(equals + 1, pair.size()));
  }
  return std::nullopt;
}

void AppendQueryWithout(std::string_view query, std::string_view name, OutputBuffer& out) {
  if (!FindQueryParameter(query, name).has_value()) return out.Append(query);
  char separator = '?';
  for (size_t begin = 1, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = query.find('&', begin);
    const std::string_view pair = query.substr(begin, end - begin);
    if (pair.substr(0, pair.find('=')) == name) continue;
    out.Append(separator);
    out.Append(pair);
    separator = '&';
  }
}

std::string_view DecodeQueryValue(std::string_view value, OutputBuffer& scratch) {
  if (value.find_first_of("%+") == std::string_view::npos) return value;
  scratch.Clear();
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '+') {
      scratch.Append(' ');
      continue;
    }
    const std::optional<unsigned char> byte =
        value[i] == '%' ? PercentEncodedByte(value, i) : std::nullopt;
    scratch.Append(byte.has_value() ? static_cast<char>(*byte) : value[i]);
    if (byte.has_value()) i += 2;
  }
  return scratch.text();
}

}  // namespace sluice::policy
