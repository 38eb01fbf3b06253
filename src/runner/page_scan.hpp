// What the kernel tells of a process's pages and how it is told to watch them: newer than Debian
// 12's headers. Names and numbers are those of <linux/fs.h> and <linux/userfaultfd.h> of Linux 6.7.
#pragma once

#include <linux/ioctl.h>
#include <linux/userfaultfd.h>

#include <cstddef>
#include <cstdint>

namespace kappa::runner {

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::size_t size() const { return end - begin; }
};

constexpr std::size_t page_size = 4096;  // x86-64's, the one machine on which memory is put back

namespace kernel {

struct PageRegion {
  std::uint64_t start, end, categories;
};
struct ScanPages {
  std::uint64_t size, flags, start, end, walk_end, pages, pages_size, most_pages,
      categories_inverted, all_of, any_of, told;
};
constexpr unsigned long scan_pages = _IOWR('f', 16, ScanPages);

constexpr std::uint64_t page_watched = 1 << 0;  ///< in a mapping whose writes are noted
constexpr std::uint64_t page_written = 1 << 1;  ///< since it was last protected
constexpr std::uint64_t page_present = 1 << 3;
constexpr std::uint64_t page_swapped = 1 << 4;

constexpr std::uint64_t protect_found = 1;  ///< begin anew to note writes to what a scan finds

constexpr std::uint64_t notes_writes = (1ULL << 15) | (1ULL << 13);  // WP_ASYNC, WP_UNPOPULATED

}  // namespace kernel

/// Has writes to this process's memory noted once ranges of it are registered. -1 where the kernel
/// cannot.
int note_own_writes();

/// Has writes to a range noted, by a descriptor of note_own_writes().
bool watch_range(int notes, Range range);

/// Whether this kernel notes writes and tells of them; tried on a page.
bool can_note_writes();

}  // namespace kappa::runner
