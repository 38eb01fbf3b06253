// As proc(5) and the kernel's filesystems/proc.rst describe smaps: a line for each mapping, and
// below it what is in it.
#include "runner/module_memory.hpp"

#include <algorithm>
#include <cctype>

#include "runner/kernel_file.hpp"

namespace kappa::runner {
namespace {

struct Mapping {
  std::string_view place;  ///< addresses, rights, which part of which file
  bool executable = false;
  bool of_a_file = false;
  bool shared = false;  ///< also what only may become writable: that is up to the process
  std::int64_t anonymous_kb = 0;
  std::int64_t private_kb = 0;
  std::int64_t swapped_kb = 0;
};

/// "7f7e5a000000-7f7e5a021000 r-xp 00002000 fe:00 1234    /usr/lib/..."
Mapping begin_mapping(std::string_view line) {
  const std::string_view rights = line.substr(std::min(line.find(' '), line.size()));
  Mapping mapping;
  mapping.place = line;
  mapping.executable = rights.size() > 3 && rights[3] == 'x';
  mapping.of_a_file = rights.find(" /") != rights.npos;
  return mapping;
}

void add_line(std::string_view line, Mapping& mapping) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = line.substr(colon + 1);
  if (name == "Anonymous") mapping.anonymous_kb = number_at(value);
  if (name == "Private_Clean" || name == "Private_Dirty") mapping.private_kb += number_at(value);
  if (name == "Swap") mapping.swapped_kb = number_at(value);
  if (name == "VmFlags") mapping.shared = value.find(" sh") != value.npos;
}

template <class See>
void for_each_mapping(std::string_view smaps, See see) {
  Mapping mapping;
  for (std::size_t end = 0; (end = smaps.find('\n')) != smaps.npos; smaps.remove_prefix(end + 1)) {
    const std::string_view line = smaps.substr(0, end);
    if (line.empty()) continue;
    if (std::isdigit(line.front()) != 0 || std::islower(line.front()) != 0) {  // an address
      mapping = begin_mapping(line);
    } else {
      add_line(line, mapping);
    }
    if (line.starts_with("VmFlags")) see(mapping);  // the last of a mapping's
  }
}

}  // namespace

Fd open_memory(pid_t process) {
  return process > 0 ? open_to_read("/proc/" + std::to_string(process) + "/smaps") : Fd();
}

ProgramText::ProgramText(std::string_view smaps) {
  for_each_mapping(smaps, [&](const Mapping& mapping) {
    if (mapping.executable) anonymous_kb_.emplace(mapping.place, mapping.anonymous_kb);
  });
}

std::string find_memory_fault(std::string_view smaps, const ProgramText& text) {
  if (smaps.empty()) return "";
  bool shares = false;
  std::size_t unchanged = 0;
  for_each_mapping(smaps, [&](const Mapping& mapping) {
    shares = shares || mapping.shared;
    const auto before = text.anonymous_kb_.find(mapping.place);
    if (before == text.anonymous_kb_.end()) return;
    // A page of a file that was written to is not the file's any more, and one of no file not the
    // other process's; when some are read back from the disk that cannot be told.
    const bool changed = mapping.of_a_file ? mapping.anonymous_kb > before->second
                                           : mapping.private_kb > 0 && mapping.swapped_kb == 0;
    if (!changed) ++unchanged;
  });
  if (shares) return "its calls would share memory that it has mapped";
  if (unchanged < text.anonymous_kb_.size()) return "it has changed its process's machine code";
  return "";
}

}  // namespace kappa::runner
