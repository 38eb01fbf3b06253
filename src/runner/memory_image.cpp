// Reads and writes by process_vm_readv and process_vm_writev, some hundred pages at a time.
#include "runner/memory_image.hpp"

#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace kappa::runner {
namespace {

using Page = MemoryImage::Page;

constexpr std::size_t most_parts = 1024;  // of one call (IOV_MAX)
constexpr std::size_t read_at_once = 1 << 20;
constexpr Page zero_page{};

struct Mapping {
  Range range;
  bool writable = false;
  bool shared = false;
  bool from_file = false;
  bool kernels = false;  ///< vdso, vvar: the kernel's own, and not to be unmapped
};

/// A line of /proc/PID/maps: "begin-end rwxp offset dev inode   name".
Mapping parse_mapping(std::string_view line) {
  Mapping mapping;
  const char* end = line.data() + line.size();
  auto at = std::from_chars(line.data(), end, mapping.range.begin, 16);
  at = std::from_chars(at.ptr + 1, end, mapping.range.end, 16);
  const std::string_view rights(at.ptr + 1, 4);
  mapping.writable = rights[1] == 'w';
  mapping.shared = rights[3] == 's';
  mapping.from_file = line.find('/') != line.npos;
  mapping.kernels = line.find("[v") != line.npos;
  return mapping;
}

std::vector<Mapping> read_mappings(const Fd& maps) {
  std::string text;
  std::array<char, 16 << 10> part;
  for (ssize_t got = 0;
       (got = ::pread(maps.get(), part.data(), part.size(), static_cast<off_t>(text.size()))) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  std::vector<Mapping> mappings;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    mappings.push_back(parse_mapping(std::string_view(text).substr(at, end - at)));
    at = end + 1;
  }
  return mappings;
}

/// Calls `see` with each run of pages in `within` that are of the categories. False when the kernel
/// does not tell.
template <class See>
bool scan(const ProcessMemory& memory, Range within, std::uint64_t all_of, std::uint64_t any_of,
          std::uint64_t flags, See see) {
  std::array<kernel::PageRegion, 512> found;
  while (within.begin < within.end) {
    kernel::ScanPages ask{};
    ask.size = sizeof ask;
    ask.flags = flags;
    ask.start = within.begin;
    ask.end = within.end;
    ask.pages = reinterpret_cast<std::uintptr_t>(found.data());
    ask.pages_size = found.size();
    ask.all_of = all_of;
    ask.any_of = any_of;
    ask.told = all_of | any_of;
    const int count = ::ioctl(memory.pagemap.get(), kernel::scan_pages, &ask);
    if (count < 0) return false;
    for (int i = 0; i < count; ++i) {
      const auto& region = found[static_cast<std::size_t>(i)];
      see(Range{region.start, region.end});
    }
    within.begin = ask.walk_end;
  }
  return true;
}

bool read_memory(pid_t pid, Range range, std::byte* into) {
  const iovec local{into, range.size()};
  const iovec remote{reinterpret_cast<void*>(range.begin), range.size()};
  return ::process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(range.size());
}

/// Collects pages to be written into a process, neighbours as one part.
class PageWriter {
 public:
  explicit PageWriter(pid_t pid) : pid_(pid) {}

  void add(std::uintptr_t address, const Page& page) {
    void* const bytes = const_cast<std::byte*>(page.data());
    if (!join(local_, bytes)) local_.push_back({bytes, page_size});
    void* const place = reinterpret_cast<void*>(address);
    if (!join(remote_, place)) remote_.push_back({place, page_size});
    size_ += page_size;
    if (local_.size() == most_parts || remote_.size() == most_parts) flush();
  }

  /// False when something was not written.
  bool flush() {
    if (size_ > 0)
      done_ &= ::process_vm_writev(pid_, local_.data(), local_.size(), remote_.data(),
                                   remote_.size(), 0) == size_;
    local_.clear();
    remote_.clear();
    size_ = 0;
    return done_;
  }

 private:
  static bool join(std::vector<iovec>& parts, const void* at) {
    if (parts.empty()) return false;
    iovec& last = parts.back();
    if (static_cast<char*>(last.iov_base) + last.iov_len != at) return false;
    last.iov_len += page_size;
    return true;
  }

  pid_t pid_;
  std::vector<iovec> local_, remote_;
  ssize_t size_ = 0;
  bool done_ = true;
};

}  // namespace

std::shared_ptr<const MemoryImage> MemoryImage::take(const ProcessMemory& memory,
                                                     std::shared_ptr<const MemoryImage> like,
                                                     std::string& fault) {
  auto image = std::make_shared<MemoryImage>();
  image->like_ = std::move(like);
  for (const Mapping& mapping : read_mappings(memory.maps)) {
    const Range range = mapping.range;
    const bool joins = !image->mapped_.empty() && image->mapped_.back().end == range.begin;
    if (joins) {
      image->mapped_.back().end = range.end;
    } else {
      image->mapped_.push_back(range);
    }
    if (!mapping.writable || mapping.kernels) continue;
    if (mapping.shared) {
      fault = "its module maps memory that processes share";
      return nullptr;
    }
    if (!image->read_extent(memory, range, mapping.from_file) ||
        !watch_range(memory.notes.get(), range)) {
      fault = "its memory cannot be read or watched";
      return nullptr;
    }
  }
  image->protect(memory);
  return image;
}

bool MemoryImage::read_extent(const ProcessMemory& memory, Range range, bool from_file) {
  if (!extents_.empty() && extents_.back().range.end == range.begin) {
    extents_.back().range.end = range.end;
  } else {
    extents_.push_back({range, pages_.size()});
  }
  const std::size_t first = pages_.size();
  pages_.resize(first + range.size() / page_size);
  std::vector<std::byte> bytes;
  bool read = true;
  const auto read_run = [&](Range run) {
    while (read && run.begin < run.end) {
      const Range part{run.begin, std::min(run.end, run.begin + read_at_once)};
      bytes.resize(part.size());
      read = read_memory(memory.pid, part, bytes.data());
      for (std::size_t at = 0; read && at < part.size(); at += page_size) {
        const std::uintptr_t address = part.begin + at;
        keep(first + (address - range.begin) / page_size, address, bytes.data() + at);
      }
      run.begin = part.end;
    }
  };
  // What is not there reads as zeros, or as the file it comes from.
  if (from_file) {
    read_run(range);
    return read;
  }
  return scan(memory, range, 0, kernel::page_present | kernel::page_swapped, 0, read_run) && read;
}

void MemoryImage::keep(std::size_t page, std::uintptr_t address, const std::byte* bytes) {
  if (std::memcmp(bytes, zero_page.data(), page_size) == 0) return;
  const Page* same = like_ ? like_->page_at(address) : nullptr;
  if (same == nullptr || std::memcmp(same->data(), bytes, page_size) != 0) {
    own_.push_back(std::make_unique<Page>());
    std::memcpy(own_.back()->data(), bytes, page_size);
    same = own_.back().get();
  }
  pages_[page] = same;
}

const MemoryImage::Extent* MemoryImage::extent_of(std::uintptr_t address) const {
  const auto after = std::upper_bound(
      extents_.begin(), extents_.end(), address,
      [](std::uintptr_t value, const Extent& extent) { return value < extent.range.begin; });
  if (after == extents_.begin()) return nullptr;
  const Extent& extent = *std::prev(after);
  return address < extent.range.end ? &extent : nullptr;
}

const Page* MemoryImage::page_at(std::uintptr_t address) const {
  const Extent* extent = extent_of(address);
  return extent == nullptr ? nullptr : pages_[index_of(*extent, address)];
}

Range MemoryImage::span() const {
  return extents_.empty() ? Range{}
                          : Range{extents_.front().range.begin, extents_.back().range.end};
}

bool MemoryImage::apart(Range range) const {
  return std::none_of(mapped_.begin(), mapped_.end(), [&](const Range& then) {
    return range.begin < then.end && then.begin < range.end;
  });
}

std::vector<Range> MemoryImage::mapped_since(const ProcessMemory& memory) const {
  std::vector<Range> since;
  for (const Mapping& mapping : read_mappings(memory.maps)) {
    if (mapping.kernels) continue;
    // The kernel joins neighbours: what is new may begin or end inside of what it shows.
    Range left = mapping.range;
    for (const Range& then : mapped_) {
      if (then.end <= left.begin || left.end <= then.begin) continue;
      if (left.begin < then.begin) since.push_back({left.begin, then.begin});
      left.begin = std::min(left.end, then.end);
    }
    if (left.begin < left.end) since.push_back(left);
  }
  return since;
}

std::optional<std::size_t> MemoryImage::restore(const ProcessMemory& memory) const {
  PageWriter writer(memory.pid);
  std::size_t count = 0;
  const auto put_back = [&](Range written) {
    while (written.begin < written.end) {
      const Extent* extent = extent_of(written.begin);
      if (extent == nullptr) return;  // watched, so it is one of ours; never so
      const std::uintptr_t end = std::min(written.end, extent->range.end);
      auto page = pages_.begin() + static_cast<std::ptrdiff_t>(index_of(*extent, written.begin));
      for (; written.begin < end; written.begin += page_size, ++page, ++count)
        writer.add(written.begin, *page == nullptr ? zero_page : **page);
    }
  };
  const bool told =
      scan(memory, span(), kernel::page_watched | kernel::page_written, 0, 0, put_back);
  if (!writer.flush() || !told) return std::nullopt;
  return count;
}

void MemoryImage::protect(const ProcessMemory& memory) const {
  scan(memory, span(), kernel::page_watched | kernel::page_written, 0, kernel::protect_found,
       [](Range) {});
}

std::optional<std::size_t> MemoryImage::differing(const ProcessMemory& memory) const {
  std::size_t count = 0;
  std::vector<std::byte> bytes(read_at_once);
  for (const Extent& extent : extents_) {
    Range left = extent.range;
    while (left.begin < left.end) {
      const Range part{left.begin, std::min(left.end, left.begin + read_at_once)};
      if (!read_memory(memory.pid, part, bytes.data())) return std::nullopt;
      for (std::size_t at = 0; at < part.size(); at += page_size) {
        const Page* page = page_at(part.begin + at);
        const Page& wanted = page == nullptr ? zero_page : *page;
        if (std::memcmp(wanted.data(), bytes.data() + at, page_size) != 0) ++count;
      }
      left.begin = part.end;
    }
  }
  return count;
}

}  // namespace kappa::runner
