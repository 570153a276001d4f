#include <optional>
#include <string>
#include <string_view>

#include "sluice/schema/generator.h"

namespace sluice::schema {
namespace {

constexpr KeywordSet kAnnotations =
    Bit(Keyword::kTitle) | Bit(Keyword::kDescription) | Bit(Keyword::kDefault) |
    Bit(Keyword::kDeprecated) | Bit(Keyword::kReadOnly) | Bit(Keyword::kWriteOnly) |
    Bit(Keyword::kExamples) | Bit(Keyword::kFormat) | Bit(Keyword::kContentEncoding) |
    Bit(Keyword::kContentMediaType) | Bit(Keyword::kContentSchema);

}  // namespace

// Keywords that nobody knows are annotations as well (2020-12, core, section 6.5).
void Generator::AddAnnotations(uint32_t schema, json::Value value) {
  std::string scratch;
  for (const json::Member member : json::Members(value)) {
    const std::string_view name = member.key.string(&scratch);
    const std::optional<Keyword> keyword = FindKeyword(name);
    if (keyword.has_value() && (Bit(*keyword) & kAnnotations) == 0) continue;
    if (!HasRoomFor(member.value)) return;
    rows_.annotations.push_back(
        {schema, catalog_.AddText(name), catalog_.AddText(member.value.raw())});
  }
}

}  // namespace sluice::schema
