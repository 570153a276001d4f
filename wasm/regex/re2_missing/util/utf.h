// RE2's unicode_groups.h includes RE2's util/utf.h for this, and an installed RE2 doesn't have it.
#pragma once

using Rune = signed int;
