// Quick instructions out of the others: what IsValid executes. Inside this room only.
#pragma once

#include <cstdint>
#include <optional>

#include "sluice/schema/generator.h"
#include "sluice/schema/name_table.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

class QuickGenerator {
 public:
  // Borrows both. Once there are no faults and no loops.
  QuickGenerator(Rows& rows, NameTableBuilder& names) : rows_(rows), names_(names) {}

  // For every schema.
  void Run();

 private:
  void AddSchema(uint32_t schema);
  bool AppliesSchemas(const QuickInstruction& quick) const;
  // How many instructions, from `first` on, have become one. At least one.
  uint32_t AddNumbers(uint32_t first, uint32_t last);
  uint32_t AddPair(uint32_t first, uint32_t last, QuickOp op, Op least, Op most);
  void AddEnum(uint32_t number);
  void AddAll(uint32_t number);
  void AddAlternatives(uint32_t number);
  void Add(QuickOp op, KindSet kinds, uint32_t a, uint32_t b = kNone, uint32_t c = kNone,
           uint16_t flags = 0);

  // Telling alternatives apart.
  std::optional<uint32_t> AddChoice(const Instruction& alternatives);
  bool AddStrings(const Instruction& alternatives, const NameKey& name, ChoiceRow& row);
  const ObjectRow* PropertiesOf(uint32_t schema) const;
  const EnumRow* StringsOf(const ObjectRow& object, const NameKey& name) const;
  uint32_t WithoutReferences(uint32_t schema) const;

  Rows& rows_;
  NameTableBuilder& names_;
  // That alternatives may be told apart by, in all: many of them can refer to the same long lists.
  uint32_t strings_left_ = 1u << 17;
};

}  // namespace sluice::schema
