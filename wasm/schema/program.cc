#include "sluice/schema/program.h"

#include <memory>
#include <utility>

#include "sluice/schema/scratch.h"

namespace sluice::schema {

Program::Program(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

size_t Program::size() const {
  return sizeof(Tables) + tables_->block.size() + tables_->pattern_bytes;
}
uint32_t Program::entry_count() const { return static_cast<uint32_t>(tables_->entries.size()); }
const std::vector<Note>& Program::notes() const { return tables_->notes; }

Scratch::Scratch() : memory_(std::make_unique<ScratchMemory>()) {}
Scratch::Scratch(Scratch&&) noexcept = default;
Scratch& Scratch::operator=(Scratch&&) noexcept = default;
Scratch::~Scratch() = default;

size_t Scratch::retained_bytes() const {
  return memory_->marks.retained_bytes() + memory_->text.retained_bytes() +
         memory_->table.retained_bytes() + memory_->equality.retained_bytes() +
         memory_->backtracking.retained_bytes() + memory_->gather.retained_bytes();
}

void Scratch::Trim(size_t max_bytes) {
  const auto trim = [&](auto& part) {
    if (part.retained_bytes() > max_bytes) part.Release();
  };
  trim(memory_->marks);
  trim(memory_->text);
  trim(memory_->table);
  trim(memory_->equality);
  memory_->backtracking.Trim(max_bytes);
  memory_->gather.Trim(max_bytes);
}

}  // namespace sluice::schema
