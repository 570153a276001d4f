// A program under test, without the policy around it.
#pragma once

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/limit_overrides.h"
#include "sluice/policy/model.h"
#include "sluice/policy/program.h"
#include "sluice/policy/route_charges.h"

namespace sluice::policy {

// Of a policy's upstreams, auth, limits and routes. Fails the test if they have faults.
class TestProgram {
 public:
  explicit TestProgram(std::string_view text) : text_(text) {
    json::Document document;
    EXPECT_TRUE(document.Parse(text_).ok()) << text_;
    json::CompileContext context;
    Model model;
    const json::Value root = document.root();
    ReadUpstreams(root.Find("upstreams"), context, model);
    ReadAuth(root.Find("auth"), context, model);
    ReadLimits(root.Find("limits"), context, model);
    CheckClaims(model, context);
    ReadUpstreamCharges(context, model);
    ReadFeatures({}, context, model);
    ReadRoutes(root.Find("routes"), context, model);
    for (const Issue& issue : context.issues().list()) {
      ADD_FAILURE() << issue.code << " at " << issue.pointer << ": " << issue.message;
    }
    if (!context.issues().empty()) return;
    block_ = BuildProgram(model, root.Find("routes"), context);
    program_ = ViewProgram(block_.block);
  }

  const Program& operator*() const { return program_; }
  const Program* operator->() const { return &program_; }
  uint32_t Slot(std::string_view name) const {
    uint32_t slot = 0;
    while (slot < block_.slots.strings().size() && block_.slots.text(slot) != name) ++slot;
    return slot;
  }

 private:
  std::string text_;
  ProgramBlock block_;
  Program program_;
};

}  // namespace sluice::policy
