// Facts and paths of a program, as its builder gathers them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/policy/facts.h"
#include "sluice/policy/model.h"
#include "sluice/policy/program.h"

namespace sluice::policy {

// What one crossing reads.
class Needs {
 public:
  void AddSlot(uint32_t slot) { slots_.push_back(slot); }
  void AddVisitor() { visitor_ = true; }
  void AddUrl() { url_ = true; }

  bool visitor() const { return visitor_; }
  bool url() const { return url_; }
  // The slots, each once and in order.
  std::vector<uint32_t> Take();

 private:
  std::vector<uint32_t> slots_;
  bool visitor_ = false;
  bool url_ = false;
};

class FactTables {
 public:
  // Refers to the pool.
  explicit FactTables(StringInterner& pool);

  // `route` may be null if the fact is no parameter of its path. One that the route's path lacks is
  // never there.
  uint32_t Add(const Route* route, const FactRef& fact, uint32_t ipv6_prefix);
  // Notes what reading the fact takes.
  void Use(uint32_t fact, Needs& needs) const;
  void Use(Range facts, Needs& needs) const;
  uint32_t HeaderSlot(std::string_view name);

  std::vector<FactRow> facts;
  StringInterner slots;  // names by number

 private:
  StringInterner& pool_;
};

class PathTables {
 public:
  // Refers to the pool.
  explicit PathTables(StringInterner& pool) : pool_(pool) {}

  Range AddMatch(const PathTemplate& path);
  // A path to expand with the parameters of the route.
  Range AddExpansion(const PathTemplate& path, const Route& route);
  Range AddExpansion(const std::optional<PathTemplate>& path, const Route& route) {
    return path.has_value() ? AddExpansion(*path, route) : kNoRange;
  }

  std::vector<SegmentRow> segments;

 private:
  StringRef Keep(std::string_view text) { return pool_.strings()[pool_.Intern(text)]; }

  StringInterner& pool_;
};

}  // namespace sluice::policy
