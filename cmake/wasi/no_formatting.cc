// Abseil's printf, which RE2 uses for its debug dumps only, without what it does: in the module
// absl::StrFormat yields the empty text. Its floating-point half alone is a tenth of the module,
// and drags in stdio with the host's fd_write.
#include <string>

#include "absl/strings/internal/str_format/bind.h"
#include "absl/strings/internal/str_format/float_conversion.h"

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace str_format_internal {

std::string FormatPack(UntypedFormatSpecImpl /*format*/,
                       absl::Span<const FormatArgImpl> /*arguments*/) {
  return {};
}

bool ConvertFloatImpl(float /*value*/, const FormatConversionSpecImpl& /*conversion*/,
                      FormatSinkImpl* /*sink*/) {
  return false;
}
bool ConvertFloatImpl(double /*value*/, const FormatConversionSpecImpl& /*conversion*/,
                      FormatSinkImpl* /*sink*/) {
  return false;
}
bool ConvertFloatImpl(long double /*value*/, const FormatConversionSpecImpl& /*conversion*/,
                      FormatSinkImpl* /*sink*/) {
  return false;
}

}  // namespace str_format_internal
ABSL_NAMESPACE_END
}  // namespace absl
