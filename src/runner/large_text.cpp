// A copy is made beside the library and moved over it in one step.
#include "runner/large_text.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1
#endif

namespace kappa::runner {
namespace {

constexpr std::uintptr_t large_page = 2 << 20;
constexpr std::uintptr_t small_page = 4096;

struct Library {
  std::uintptr_t base = 0;
  std::uintptr_t text = 0, text_end = 0;
  std::uintptr_t unwritable_end = 0;  ///< what lies before it is there, and never written to
};

int note_if_it(dl_phdr_info* info, std::size_t, void* wanted) {
  auto& library = *static_cast<Library*>(wanted);
  if (info->dlpi_addr != library.base) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    if ((segment.p_flags & PF_X) != 0) {
      library.text = begin;
      library.text_end = begin + segment.p_memsz;
    }
    if ((segment.p_flags & PF_W) != 0) break;  // they are in order
    const bool hole = library.unwritable_end != 0 && begin > library.unwritable_end;
    if (hole) break;
    library.unwritable_end = (begin + segment.p_memsz + small_page - 1) / small_page * small_page;
  }
  return 1;
}

/// One large page at `at`, as what is there now.
bool replace(std::uintptr_t at) {
  // Twice the size, for a part of it to lie on a boundary.
  void* const room = ::mmap(nullptr, 2 * large_page, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  const auto begin = reinterpret_cast<std::uintptr_t>(room);
  void* const copy = reinterpret_cast<void*>((begin + large_page - 1) / large_page * large_page);
  void* const there = reinterpret_cast<void*>(at);
  ::madvise(copy, large_page, MADV_HUGEPAGE);
  std::memcpy(copy, there, large_page);
  const bool moved =
      ::madvise(copy, large_page, MADV_COLLAPSE) == 0 &&
      ::mprotect(copy, large_page, PROT_READ | PROT_EXEC) == 0 &&
      ::mremap(copy, large_page, large_page, MREMAP_MAYMOVE | MREMAP_FIXED, there) == there;
  ::munmap(room, 2 * large_page);  // what is left of it
  return moved;
}

}  // namespace

std::int64_t put_text_in_large_pages(const void* symbol) {
  Dl_info found{};
  if (::dladdr(symbol, &found) == 0) return 0;
  Library library;
  library.base = reinterpret_cast<std::uintptr_t>(found.dli_fbase);
  ::dl_iterate_phdr(note_if_it, &library);
  std::int64_t moved = 0;
  for (auto at = library.text / large_page * large_page; at < library.text_end; at += large_page) {
    if (at < library.base || at + large_page > library.unwritable_end) continue;
    if (!replace(at)) break;
    ++moved;
  }
  return moved * static_cast<std::int64_t>(large_page >> 10);
}

}  // namespace kappa::runner
