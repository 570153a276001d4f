// Public conformance suites, read from CONFORMANCE_DIR (default: ../shared/conformance from the
// project's root, where tests run).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace sluice::test_support {

inline std::string ConformancePath(std::string_view file) {
  const char* dir = std::getenv("CONFORMANCE_DIR");
  std::string path = dir != nullptr ? dir : "../shared/conformance";
  path += '/';
  path += file;
  return path;
}

inline std::optional<std::string> ReadConformanceFile(std::string_view file) {
  std::FILE* in = std::fopen(ConformancePath(file).c_str(), "rb");
  if (in == nullptr) return std::nullopt;
  std::string text;
  char chunk[1 << 14];
  for (size_t n; (n = std::fread(chunk, 1, sizeof chunk, in)) > 0;) text.append(chunk, n);
  std::fclose(in);
  return text;
}

}  // namespace sluice::test_support

// Declares the std::string `text` with the file's contents, or skips the test, loudly. In CI
// (CI=true) a missing file is a failure.
#define SLUICE_CONFORMANCE_FILE(text, file)                                                       \
  const std::optional<std::string> text##_or = ::sluice::test_support::ReadConformanceFile(file); \
  if (!text##_or.has_value()) {                                                                   \
    std::fprintf(stderr, "NOT CHECKED: no %s (set CONFORMANCE_DIR)\n",                            \
                 ::sluice::test_support::ConformancePath(file).c_str());                          \
    if (std::string_view(std::getenv("CI") != nullptr ? std::getenv("CI") : "") == "true") {      \
      FAIL() << "no " << ::sluice::test_support::ConformancePath(file);                           \
    }                                                                                             \
    GTEST_SKIP() << "no " << ::sluice::test_support::ConformancePath(file);                       \
  }                                                                                               \
  const std::string& text = *text##_or
