// Mounts cost 10 to 50 µs each, so they are made once per function and not once per call: a slot is
// used again when its call left nothing there, which two system calls tell.
#include "runner/file_tree.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace kappa::runner {
namespace {

namespace fs = std::filesystem;

/// Where the tree is built. Any folder that every machine has; it is hidden only from here.
const std::string site = "/tmp";

constexpr std::array system_folders = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
constexpr std::array devices = {"null", "zero", "full", "random", "urandom"};
/// Of /etc: what programs need to run and to speak TLS. Copies, so nothing shows through a link.
constexpr std::array settings = {"ld.so.cache", "ssl/certs",     "ssl/openssl.cnf", "alternatives",
                                 "mime.types",  "protocols",     "services",        "localtime",
                                 "timezone",    "debian_version"};
constexpr const char* small_tree = "mode=755,size=8m,nr_inodes=4096";
constexpr std::int64_t inodes_per_mb = 256;  // files of 4 KiB fill the space and the inodes alike

bool mount_tmpfs(const std::string& at, const std::string& options) {
  return ::mount("tmpfs", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
}

bool bind_mount(const std::string& from, const std::string& to) {
  return ::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0;
}

bool seal(const std::string& at, std::uint64_t attributes, unsigned how) {
  mount_attr wanted{};
  wanted.attr_set = attributes;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, at.c_str(), how, &wanted, sizeof wanted) == 0;
}

bool bind_read_only(const std::string& from, const std::string& to) {
  return bind_mount(from, to) && seal(to, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, AT_RECURSIVE);
}

void write(const std::string& path, const char* text) { std::ofstream(path) << text; }

void copy_settings(const std::string& etc, bool resolver) {
  std::error_code ignored;  // what a machine lacks its functions lack too
  fs::create_directories(etc + "/ssl", ignored);
  for (const std::string name : settings) {
    const auto how = fs::is_directory("/etc/" + name, ignored)
                         ? fs::copy_options::recursive | fs::copy_options::copy_symlinks
                         : fs::copy_options::none;
    fs::copy("/etc/" + name, etc + "/" + name, how, ignored);
  }
  write(etc + "/passwd", "nobody:x:65534:65534:nobody:/tmp:/bin/sh\n");
  write(etc + "/group", "nogroup:x:65534:\n");
  write(etc + "/hosts", "127.0.0.1 localhost\n::1 localhost\n");
  write(etc + "/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  if (resolver) fs::copy_file("/etc/resolv.conf", etc + "/resolv.conf", ignored);
}

/// /usr, and beside it the folders or links that lead there. What an administrator installed for
/// the machine's own use is left out.
bool bind_system(const std::string& root) {
  ::mkdir((root + "/usr").c_str(), 0755);
  if (!bind_read_only("/usr", root + "/usr")) return false;
  for (const std::string name : {"/usr/local", "/usr/src"}) {
    if (fs::is_directory(name) && !mount_tmpfs(root + name, "mode=555,size=4k")) return false;
  }
  for (const std::string name : system_folders) {
    std::error_code absent;
    const std::string from = "/" + name;
    if (fs::is_symlink(from, absent)) {
      fs::copy_symlink(from, root + from, absent);
    } else if (fs::is_directory(from, absent)) {
      ::mkdir((root + from).c_str(), 0755);
      if (!bind_read_only(from, root + from)) return false;
    }
  }
  return true;
}

bool bind_devices(const std::string& dev) {
  ::mkdir(dev.c_str(), 0755);
  for (const std::string name : devices) {
    const std::string at = dev + "/" + name;
    write(at, "");
    if (!bind_mount("/dev/" + name, at)) return false;
  }
  fs::create_symlink("/proc/self/fd", dev + "/fd");
  fs::create_symlink("/proc/self/fd/0", dev + "/stdin");
  fs::create_symlink("/proc/self/fd/1", dev + "/stdout");
  fs::create_symlink("/proc/self/fd/2", dev + "/stderr");
  fs::create_symlink("/tmp", dev + "/shm");  // what multiprocessing keeps its locks in
  return true;
}

bool build(const std::string& root, bool resolver) {
  for (const char* name : {"/etc", "/proc", "/tmp", "/slots"}) ::mkdir((root + name).c_str(), 0755);
  copy_settings(root + "/etc", resolver);
  // Its /proc is this machine's; every function covers it with its own, which the kernel permits
  // only where there is one.
  return bind_system(root) && bind_devices(root + "/dev") && bind_mount("/proc", root + "/proc");
}

std::string scratch_options(std::int64_t mb) {
  return "mode=1777,size=" + std::to_string(mb) +
         "m,nr_inodes=" + std::to_string(mb * inodes_per_mb);
}

}  // namespace

bool enter_file_tree(const std::string& hidden, bool resolver) {
  ::umask(022);
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (!mount_tmpfs(site, small_tree) || !build(site, resolver)) return false;
  // The data folder may lie in a folder that is shown.
  std::error_code absent;
  if (fs::exists(site + hidden, absent) && !mount_tmpfs(site + hidden, "mode=555,size=4k"))
    return false;
  return seal(site, MOUNT_ATTR_RDONLY, 0) && ::chdir(site.c_str()) == 0 &&
         ::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0 &&
         ::chdir("/") == 0;
}

bool make_function_mounts(std::int64_t scratch_mb) {
  // Without /proc there must not be the machine's.
  const bool own_proc = ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                                "hidepid=invisible,subset=pid") == 0;
  return (own_proc || mount_tmpfs("/proc", "mode=555,size=4k")) &&
         mount_tmpfs("/tmp", scratch_options(scratch_mb)) && mount_tmpfs("/slots", "mode=711");
}

bool make_slot(const std::string& root, std::int64_t scratch_mb) {
  if (::mkdir(root.c_str(), 0755) != 0) ::umount2(root.c_str(), MNT_DETACH);
  if (!mount_tmpfs(root, scratch_options(scratch_mb))) return false;
  ::chmod(root.c_str(), 0755);
  for (const char* name : {"/usr", "/etc", "/dev", "/proc"}) {
    const std::string at = root + name;
    if (::mkdir(at.c_str(), 0755) != 0 || !bind_mount(name, at)) return false;
  }
  for (const std::string name : system_folders) {
    std::array<char, 256> target{};
    const std::string at = "/" + name;
    if (::readlink(at.c_str(), target.data(), target.size() - 1) > 0) {
      if (::symlink(target.data(), (root + at).c_str()) != 0) return false;
    } else if (::access(at.c_str(), F_OK) == 0) {
      if (::mkdir((root + at).c_str(), 0755) != 0 || !bind_mount(at, root + at)) return false;
    }
  }
  const std::string tmp = root + "/tmp";
  return ::mkdir(tmp.c_str(), 0755) == 0 && ::chmod(tmp.c_str(), 01777) == 0 &&
         bind_mount(tmp, tmp) && seal(root, MOUNT_ATTR_RDONLY, 0);
}

SlotMark mark_slot(const std::string& root) {
  const std::string tmp = root + "/tmp";
  struct statfs space {};
  struct stat folder {};
  if (::statfs(tmp.c_str(), &space) != 0 || ::stat(tmp.c_str(), &folder) != 0) return {};
  return {space.f_files - space.f_ffree, folder.st_mode, folder.st_ctim, folder.st_mtim};
}

bool untouched(const std::string& root, const SlotMark& before) {
  const SlotMark now = mark_slot(root);
  const auto same = [](const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  };
  return now.files != 0 && now.files == before.files && now.mode == before.mode &&
         same(now.changed, before.changed) && same(now.modified, before.modified);
}

}  // namespace kappa::runner
