// A library's program text in pages of 2 MiB, for processes that are forked many times.
#pragma once

namespace kappa::runner {

/// Moves the text of the library that `symbol` belongs to into large pages, whose mappings a new
/// process inherits; that of a file it would find page by page again, at 2 us for each 64 KiB. Does
/// nothing where the library does not lie on such a boundary (Linux puts it there from 6.7 on),
/// where there are no large pages, or where memory may not be made executable. For a process with
/// one thread that does not run in that library meanwhile.
void put_text_in_large_pages(const void* symbol);

}  // namespace kappa::runner
