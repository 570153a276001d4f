// Budgets: what hostile input may cost at most. Defaults are compiled in; callers may lower them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

struct JsonBudget {
  size_t max_input_bytes = 16u << 20;
  // Nesting of arrays and objects. The walk is iterative; this bounds what recursion over a
  // Document (writers, validators) can use of the stack.
  uint32_t max_depth = 512;
};

struct PolicyBudget {
  size_t max_policy_bytes = 4u << 20;
  uint32_t max_routes = 10'000;
  // Values and member names: the memory that compiling takes goes with them.
  uint32_t max_nodes = 400'000;
  // All compiled transforms together: a few paths can combine to a large automaton.
  size_t max_transform_bytes = 16u << 20;
  // All compiled schemas together, their regular expressions included.
  size_t max_schema_bytes = 16u << 20;
};

// Of one run of a transform, all of its steps together.
struct TransformBudget {
  JsonBudget input;  // each input, and what lies between two steps as far as its depth goes
  size_t max_output_bytes = 16u << 20;  // also of what lies between two steps
  // A step is about one member or element, or 16 bytes of text, that is looked at or moved; passes
  // (pick, drop, redact, rename by simple paths) take none, they are linear in the document.
  uint64_t max_steps = uint64_t{1} << 26;
  // What the steps of one array build beside documents and texts: opened containers, intermediate
  // values of a query. Those within a map have as much again.
  size_t max_memory_bytes = 64u << 20;
};

}  // namespace sluice
