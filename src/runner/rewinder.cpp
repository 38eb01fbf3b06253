// A process ends each call in a system call that the kernel tells the rewinder of; while the answer
// is out, it stands still.
#include "runner/rewinder.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cstring>
#include <list>

#include "runner/memory_image.hpp"
#include "runner/messages.hpp"
#include "runner/pidfd.hpp"
#include "runner/rewind_point.hpp"
#include "runner/sandbox.hpp"
#include "runner/stateless_calls.hpp"

namespace kappa::runner {
namespace {

constexpr std::int64_t word_within_ms = 1'000;
constexpr int last_descriptor = 1000;  // far more than those of the processes it puts back
constexpr unsigned long wake_on_this_core = _IOW('!', 4, std::uint64_t);  // Linux 6.6 has it

int take_descriptor(int pidfd, int descriptor) {
  return static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, descriptor, 0));
}

Fd open_of(pid_t pid, const char* name) {
  return Fd(::open(("/proc/" + std::to_string(pid) + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
}

Range pages_of(std::uint64_t begin, std::uint64_t size) {
  return {begin & ~(page_size - 1), (begin + size + page_size - 1) & ~(page_size - 1)};
}

/// A process that can be put back.
class Rewindable {
 public:
  Rewindable(Fd pidfd, FrameSocket word) : pidfd_(std::move(pidfd)), word_(std::move(word)) {
    memory_.pid = identify(pidfd_.get()).pid;
    memory_.notes.reset(take_descriptor(pidfd_.get(), notes_fd));
    listener_.reset(take_descriptor(pidfd_.get(), listener_fd));
    memory_.maps = open_of(memory_.pid, "maps");
    memory_.pagemap = open_of(memory_.pid, "pagemap");
    if (listener_) ::ioctl(listener_.get(), wake_on_this_core, 1UL);
    const bool all = memory_.notes && listener_ && memory_.maps && memory_.pagemap;
    if (!all) leave("it cannot be looked into");
  }
  ~Rewindable() { kill_process(pidfd_.get()); }
  Rewindable(const Rewindable&) = delete;
  Rewindable& operator=(const Rewindable&) = delete;

  int listener() const { return listener_.get(); }
  bool over() const { return over_; }
  const std::shared_ptr<const MemoryImage>& image() const { return image_; }

  /// Hears of one system call.
  void serve(const std::shared_ptr<const MemoryImage>& like, std::int64_t audit_every) {
    seccomp_notif told{};
    if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &told) != 0) return;
    seccomp_notif_resp answer{};
    answer.id = told.id;
    if (told.data.nr == rewind_call && told.data.instruction_pointer == rewind_instruction()) {
      if (!rewind(like, audit_every)) return;
      answer.val = rewound;
    } else {
      note(told.data);
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    }
    ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
    // Afterwards: what is left to do it does itself, and uses memory for until then.
    if (answer.val == rewound) word_.send(FrameType::rewound, "", {}, after_ms(word_within_ms));
  }

  void leave(const std::string& why) {
    word_.send(FrameType::not_rewound, why, {}, after_ms(word_within_ms));
    over_ = true;
  }

 private:
  /// Of a call that is not stateless: what has to be looked at afterwards, or that there is no way
  /// back.
  void note(const seccomp_data& call) {
    if (can_be_undone(call)) return;
    if (impurity_.empty())
      impurity_ = "a call made the system call " + name_of_system_call(call.nr);
  }

  /// It changes new mappings only, or what the process itself can put back.
  bool can_be_undone(const seccomp_data& call) {
    if (!image_) return false;
    const auto& arguments = call.args;
    switch (call.nr) {
      case SYS_mmap:
        mapped_ = true;
        return (arguments[3] & MAP_FIXED) == 0 ||
               image_->apart(pages_of(arguments[0], arguments[1]));
      case SYS_mremap:
        mapped_ = true;
        return image_->apart(pages_of(arguments[0], arguments[1])) &&
               ((arguments[3] & MREMAP_FIXED) == 0 ||
                image_->apart(pages_of(arguments[4], arguments[2])));
      case SYS_munmap:
      case SYS_mprotect:
      case SYS_madvise:
        return image_->apart(pages_of(arguments[0], arguments[1]));
      case SYS_brk:
        mapped_ |= arguments[0] > break_;
        return arguments[0] == 0 || arguments[0] >= break_;
      case SYS_rt_sigaction:
        return note_signal(static_cast<std::uint32_t>(arguments[0]));  // as the kernel takes it
      default:
        return false;
    }
  }

  bool note_signal(std::uint32_t signal) {
    if (signal < 1 || signal > 64) return true;  // the kernel refuses it
    signals_ |= std::uint64_t{1} << (signal - 1);
    return true;
  }

  /// True when the process is to go on.
  bool rewind(const std::shared_ptr<const MemoryImage>& like, std::int64_t audit_every) {
    std::string fault = image_ ? put_back(audit_every) : begin(like);
    if (!fault.empty()) {
      leave(fault);
      return false;
    }
    return true;
  }

  std::string begin(std::shared_ptr<const MemoryImage> like) {
    std::string fault;
    image_ = MemoryImage::take(memory_, std::move(like), fault);
    if (!image_) return fault;
    return orders(false) ? "" : "its memory cannot be written";
  }

  std::string put_back(std::int64_t audit_every) {
    if (!impurity_.empty()) return impurity_;
    const auto written = image_->restore(memory_);
    if (!written) return "its memory cannot be written";
    const bool audit = ++calls_ % audit_every == 0;
    if (audit && image_->differing(memory_) != 0) return std::string(not_as_it_was);
    // What is put back without need costs more than the kernel's noting it again.
    if (needed_ == 0) needed_ = *written;
    if (audit || *written > 2 * needed_ + 64) {
      image_->protect(memory_);
      needed_ = 0;
    }
    return orders(true) ? "" : "too much was mapped";
  }

  /// Has the process undo what it mapped. False when that is too much.
  bool orders(bool again) {
    RewindOrders orders;
    const iovec remote{&rewind_orders, sizeof orders};  // at the same place in both
    const iovec local{&orders, sizeof orders};
    if (!again) {
      const bool read = ::process_vm_readv(memory_.pid, &local, 1, &remote, 1, 0) == sizeof orders;
      break_ = orders.program_break;
      return read;
    }
    if (!mapped_ && signals_ == 0) return true;
    orders.signals = std::exchange(signals_, 0);
    if (std::exchange(mapped_, false)) {
      const auto since = image_->mapped_since(memory_);
      if (since.size() > orders.unmap.size()) return false;
      orders.program_break = break_;
      orders.set_break = 1;
      orders.unmaps = since.size();
      std::copy(since.begin(), since.end(), orders.unmap.begin());
    }
    return ::process_vm_writev(memory_.pid, &local, 1, &remote, 1, 0) == sizeof orders;
  }

  Fd pidfd_;
  FrameSocket word_;
  Fd listener_;
  ProcessMemory memory_;
  std::shared_ptr<const MemoryImage> image_;
  std::uint64_t break_ = 0;
  std::string impurity_;       ///< why the call that runs cannot be undone
  bool mapped_ = false;        ///< it has mapped memory
  std::uint64_t signals_ = 0;  ///< whose handling it has changed, as RewindOrders has them
  std::size_t needed_ = 0;     ///< pages that a call writes to; 0 when not known
  std::int64_t calls_ = 0;
  bool over_ = false;
};

class Rewinder {
 public:
  Rewinder(FrameSocket control, std::int64_t audit_every)
      : control_(std::move(control)), audit_every_(audit_every) {}

  void run() {
    for (;;) {
      std::vector<pollfd> watched = {{control_.fd(), POLLIN, 0}};
      for (const auto& process : processes_) watched.push_back({process.listener(), POLLIN, 0});
      ::poll(watched.data(), watched.size(), -1);
      auto at = watched.begin() + 1;
      for (auto process = processes_.begin(); process != processes_.end(); ++at)
        process = serve(process, at->revents);
      if (watched.front().revents != 0 && !hear()) return;
    }
  }

 private:
  using Processes = std::list<Rewindable>;

  Processes::iterator serve(Processes::iterator process, short events) {
    if ((events & POLLIN) != 0) {
      process->serve(like_, audit_every_);
      if (!like_) like_ = process->image();
    }
    const bool gone = (events & (POLLHUP | POLLERR | POLLNVAL)) != 0 || process->over();
    return gone ? processes_.erase(process) : std::next(process);
  }

  /// False when the server is gone.
  bool hear() {
    FrameSocket::State state = FrameSocket::State::waiting;
    while ((state = control_.pump(small_frame)) == FrameSocket::State::ready) {
      Frame frame = control_.take();
      if (frame.type != FrameType::rewind || frame.fds.size() != 2) continue;
      processes_.emplace_back(std::move(frame.fds[0]), FrameSocket(std::move(frame.fds[1])));
      if (processes_.back().over()) processes_.pop_back();
    }
    return state != FrameSocket::State::closed;
  }

  FrameSocket control_;
  const std::int64_t audit_every_;
  Processes processes_;
  std::shared_ptr<const MemoryImage> like_;  // the first one's, that the others share pages with
};

}  // namespace

void run_rewinder(FrameSocket control, std::int64_t audit_every) {
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  name_process("kappa-rewinder");
  // The kernel gives up the descriptors of a process that ends from the last to the first: when a
  // process that was being put back sees its rewinder gone, so does the server.
  const Fd kept(::fcntl(control.fd(), F_DUPFD, last_descriptor + 1));
  const int own = ::dup2(kept.get(), last_descriptor);
  if (own < 0) ::_exit(1);
  ::syscall(SYS_close_range, 3U, static_cast<unsigned>(own) - 1, 0U);
  ::syscall(SYS_close_range, static_cast<unsigned>(own) + 1, ~0U, 0U);
  ::setsid();
  Rewinder(FrameSocket(Fd(own)), audit_every).run();
  ::_exit(0);
}

}  // namespace kappa::runner
