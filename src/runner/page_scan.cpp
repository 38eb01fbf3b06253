// userfaultfd's asynchronous mode: the kernel lifts the protection itself and nobody is woken.
#include "runner/page_scan.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace kappa::runner {

int note_own_writes() {
  const long notes = ::syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
  uffdio_api api{};
  api.api = UFFD_API;
  api.features = kernel::notes_writes;
  if (notes >= 0 && ::ioctl(static_cast<int>(notes), UFFDIO_API, &api) == 0)
    return static_cast<int>(notes);
  if (notes >= 0) ::close(static_cast<int>(notes));
  return -1;
}

bool watch_range(int notes, Range range) {
  uffdio_register ask{};
  ask.range.start = range.begin;
  ask.range.len = range.size();
  ask.mode = UFFDIO_REGISTER_MODE_WP;
  return ::ioctl(notes, UFFDIO_REGISTER, &ask) == 0;
}

bool can_note_writes() {
  const Fd notes(note_own_writes());
  const Fd map(::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  void* page =
      ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (!notes || !map || page == MAP_FAILED) return false;
  auto* byte = static_cast<volatile char*>(page);
  const auto begin = reinterpret_cast<std::uintptr_t>(page);
  const auto written = [&](std::uint64_t flags) {
    kernel::PageRegion found{};
    kernel::ScanPages scan{};
    scan.size = sizeof scan;
    scan.flags = flags;
    scan.start = begin;
    scan.end = begin + page_size;
    scan.pages = reinterpret_cast<std::uintptr_t>(&found);
    scan.pages_size = 1;
    scan.all_of = kernel::page_watched | kernel::page_written;
    scan.told = kernel::page_written;
    return ::ioctl(map.get(), kernel::scan_pages, &scan);
  };
  *byte = 1;
  const bool watched = watch_range(notes.get(), {begin, begin + page_size}) &&
                       written(kernel::protect_found) == 1 && written(0) == 0;
  *byte = 2;
  const bool works = watched && written(0) == 1;
  ::munmap(page, page_size);
  return works;
}

}  // namespace kappa::runner
