#include "sluice/query/jmespath_fields.h"

namespace sluice::query::jmespath {
namespace {

class Resolver {
 public:
  Resolver(std::string_view pool, std::vector<Operation>& operations, std::vector<Part>& parts,
           LookupBuilder& lookups)
      : pool_(pool), operations_(operations), parts_(parts), lookups_(lookups) {}

  // The chain from `at` on, applied to values that stand at `place` (kNoLookup as long as nobody
  // asks them for a name). Returns its weight.
  uint32_t Resolve(uint32_t at, uint32_t& place) {
    uint32_t weight = 0;
    uint32_t further = kNoLookup;
    for (uint32_t* here = &place; at != kIdentity; here = &further) {
      Operation& operation = operations_[at];
      weight += 1 + Inside(operation, *here);
      at = operation.next;
      const bool asks = at != kIdentity && AsksItsInput(operations_[at].code);
      further = operation.code == Code::kField ? Field(operation, *here, asks) : kNoLookup;
    }
    return weight;
  }

 private:
  static bool AsksItsInput(Code code) { return code == Code::kField || code >= Code::kMultiList; }

  // Returns the place of its values, if they are asked for anything.
  uint32_t Field(Operation& field, uint32_t& place, bool asked) {
    if (place == kNoLookup) place = lookups_.New();
    const LookupSlot slot = lookups_.Add(place, StringRef{field.a, field.b}.In(pool_));
    field.a = slot.lookup;
    field.b = slot.number;
    return asked ? lookups_.Child(slot) : kNoLookup;
  }

  // What an operation applies to the value that it gets itself, at `place`, or to parts of it.
  uint32_t Inside(Operation& operation, uint32_t& place) {
    uint32_t element = kNoLookup;
    switch (operation.code) {
      case Code::kFlatten:
      case Code::kProjectArray:
      case Code::kProjectObject:
        operation.c = Resolve(operation.a, element);
        return 0;
      case Code::kFilter:
        operation.c = Resolve(operation.b, element) + Resolve(operation.a, element);
        return 0;
      case Code::kNot:
        return Resolve(operation.a, place);
      case Code::kAnd:
      case Code::kOr:
      case Code::kCompare:
        return Resolve(operation.a, place) + Resolve(operation.b, place);
      case Code::kMultiList:
      case Code::kMultiHash:
        return Parts(operation, place);
      case Code::kCall:
        return Arguments(operation, place);
      default:
        return 0;
    }
  }

  uint32_t Parts(const Operation& operation, uint32_t& place) {
    uint32_t weight = 0;
    for (uint32_t i = 0; i < operation.b; ++i) {
      weight += Resolve(parts_[operation.a + i].expression, place);
    }
    return weight;
  }

  uint32_t Arguments(const Operation& call, uint32_t& place) {
    uint32_t weight = 0;
    for (uint32_t i = 0; i < call.b; ++i) {
      Part& part = parts_[call.a + i];
      if (part.mark == 0) {
        weight += Resolve(part.expression, place);
      } else {
        uint32_t element = kNoLookup;
        part.mark = 1 + Resolve(part.expression, element);
      }
    }
    return weight;
  }

  const std::string_view pool_;
  std::vector<Operation>& operations_;
  std::vector<Part>& parts_;
  LookupBuilder& lookups_;
};

}  // namespace

uint32_t ResolveFields(uint32_t start, std::string_view pool, std::vector<Operation>& operations,
                       std::vector<Part>& parts, LookupBuilder& lookups) {
  uint32_t root = kNoLookup;
  return Resolver(pool, operations, parts, lookups).Resolve(start, root);
}

}  // namespace sluice::query::jmespath
