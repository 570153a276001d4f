// Takes the place of Abseil's header of this name while RE2 is compiled; absl_log.h beside it says
// why.
#ifndef SLUICE_CMAKE_DEPS_REPLACE_ABSL_LOG_ABSL_CHECK_H_
#define SLUICE_CMAKE_DEPS_REPLACE_ABSL_LOG_ABSL_CHECK_H_

#include "absl/log/absl_log.h"

#define ABSL_CHECK(condition) \
  (condition) ? (void)0 : ::sluice_re2_log::Voidify() & ::sluice_re2_log::Fatal()
#define ABSL_CHECK_EQ(a, b) ABSL_CHECK((a) == (b))

// Compiled in both modes, so that what a check names counts as used; run only where NDEBUG is not
// defined.
#ifdef NDEBUG
#define ABSL_DCHECK(condition) ABSL_CHECK(true || (condition))
#else
#define ABSL_DCHECK(condition) ABSL_CHECK(condition)
#endif
#define ABSL_DCHECK_EQ(a, b) ABSL_DCHECK((a) == (b))
#define ABSL_DCHECK_NE(a, b) ABSL_DCHECK((a) != (b))
#define ABSL_DCHECK_GE(a, b) ABSL_DCHECK((a) >= (b))
#define ABSL_DCHECK_GT(a, b) ABSL_DCHECK((a) > (b))
#define ABSL_DCHECK_LE(a, b) ABSL_DCHECK((a) <= (b))
#define ABSL_DCHECK_LT(a, b) ABSL_DCHECK((a) < (b))

#endif  // SLUICE_CMAKE_DEPS_REPLACE_ABSL_LOG_ABSL_CHECK_H_
