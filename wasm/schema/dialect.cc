#include <cstddef>
#include <string_view>

#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

struct Names {
  std::string_view name;
  std::string_view uri;  // of the meta-schema
};
// By Dialect.
constexpr Names kDialects[] = {
    {"draft-04", "http://json-schema.org/draft-04/schema"},
    {"draft-06", "http://json-schema.org/draft-06/schema"},
    {"draft-07", "http://json-schema.org/draft-07/schema"},
    {"2019-09", "https://json-schema.org/draft/2019-09/schema"},
    {"2020-12", "https://json-schema.org/draft/2020-12/schema"},
};

}  // namespace

std::optional<Dialect> FindDialect(std::string_view name) {
  if (!name.empty() && name.back() == '#') name.remove_suffix(1);
  for (size_t i = 0; i < std::size(kDialects); ++i) {
    if (kDialects[i].name == name || kDialects[i].uri == name) return static_cast<Dialect>(i);
  }
  return std::nullopt;
}

std::string_view DialectName(Dialect dialect) {
  return kDialects[static_cast<size_t>(dialect)].name;
}

}  // namespace sluice::schema
