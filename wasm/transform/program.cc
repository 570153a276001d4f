#include "sluice/transform/program.h"

#include <utility>

#include "sluice/transform/transform.h"

namespace sluice::transform {

Program::Program(Block block, std::unique_ptr<Queries> queries, std::vector<std::string> inputs,
                 std::vector<std::string> secrets)
    : block_(std::move(block)),
      constants_(block_.Text(kConstantText), block_.Table<json::Node>(kConstantNodes)),
      queries_(std::move(queries)),
      inputs_(std::move(inputs)),
      secrets_(std::move(secrets)),
      keys_(secrets_.size(), HmacSha256(ByteSpan())),
      has_key_(secrets_.size()) {}

Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

void Program::SetSecret(uint32_t number, ByteSpan key) {
  if (number >= secrets_.size()) return;
  keys_[number] = HmacSha256(key);
  has_key_[number] = true;
}

size_t Program::size() const {
  size_t bytes = block_.size() + keys_.size() * sizeof(HmacSha256);
  for (const query::JsonPath& path : queries_->json_paths) bytes += path.size();
  for (const query::JmesPath& path : queries_->jmes_paths) bytes += path.size();
  for (const query::Condition& condition : queries_->conditions) bytes += condition.size();
  for (const std::string& name : inputs_) bytes += name.size();
  for (const std::string& name : secrets_) bytes += name.size();
  return bytes;
}

}  // namespace sluice::transform
