// A process's writable memory as it was at one moment, kept outside of it, and the way back.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "runner/page_scan.hpp"

namespace kappa::runner {

/// Another process's memory, by descriptors that were opened while it was sure to be that one.
struct ProcessMemory {
  pid_t pid = -1;
  Fd maps;     ///< /proc/PID/maps
  Fd pagemap;  ///< /proc/PID/pagemap
  Fd notes;    ///< of note_own_writes(), made in that process
};

/// Used by one thread. The process must stand still during every call.
class MemoryImage {
 public:
  using Page = std::array<std::byte, page_size>;

  /// Of all private memory that the process may write to. Pages that `like`, an image of another
  /// child of the same zygote, has too are shared with that. Nothing, and why in `fault`, when
  /// there is memory that could not be put back.
  static std::shared_ptr<const MemoryImage> take(const ProcessMemory& memory,
                                                 std::shared_ptr<const MemoryImage> like,
                                                 std::string& fault);

  /// Whether the range lies in nothing that was mapped when the image was taken.
  bool apart(Range range) const;
  /// What is mapped now and was not then.
  std::vector<Range> mapped_since(const ProcessMemory& memory) const;

  /// Puts back the pages that were written to since they were last protected; how many, or nothing
  /// when it could not be done.
  std::optional<std::size_t> restore(const ProcessMemory& memory) const;
  /// From here on pages count as unwritten: to be called when all are as in the image.
  void protect(const ProcessMemory& memory) const;
  /// Pages that differ from the image; looks at every one.
  std::optional<std::size_t> differing(const ProcessMemory& memory) const;

  std::size_t own_pages() const { return own_.size(); }

 private:
  /// Mappings that follow one another without a gap.
  struct Extent {
    Range range;
    std::size_t first_page = 0;  ///< its index in pages_
  };

  static std::size_t index_of(const Extent& extent, std::uintptr_t address) {
    return extent.first_page + (address - extent.range.begin) / page_size;
  }
  const Extent* extent_of(std::uintptr_t address) const;
  const Page* page_at(std::uintptr_t address) const;
  bool read_extent(const ProcessMemory& memory, Range range, bool from_file);
  void keep(std::size_t page, std::uintptr_t address, const std::byte* bytes);
  Range span() const;

  std::shared_ptr<const MemoryImage> like_;
  std::vector<Range> mapped_;  ///< all of then, in order
  std::vector<Extent> extents_;
  std::vector<const Page*> pages_;  ///< nullptr: all zero, or not there
  std::vector<std::unique_ptr<Page>> own_;
};

}  // namespace kappa::runner
