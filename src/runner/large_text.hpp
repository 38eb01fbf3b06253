// A library's program text in pages of 2 MiB, for processes that are forked many times.
#pragma once

#include <cstdint>

namespace kappa::runner {

/// Moves the text of the library that `symbol` belongs to into large pages, whose mappings a new
/// process inherits; that of a file it would find page by page again, at 2 us for each 64 KiB. What
/// is never written to and lies in the same 2 MiB moves with it, and may be executed from then on.
/// How many KiB were moved: 0 where there are no large pages (before Linux 6.1), or where memory
/// may not be made executable. For a process with one thread that does not run in that library
/// meanwhile.
std::int64_t put_text_in_large_pages(const void* symbol);

}  // namespace kappa::runner
