// The template, from the server's side: started, asked for zygotes, started anew when it dies.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kappa/core.hpp"
#include "runner/frames.hpp"
#include "runner/messages.hpp"
#include "runner/module_memory.hpp"

namespace kappa::runner {

/// Thread-safe.
class TemplateProcess {
 public:
  /// Told of each one that has started, before that forks a zygote.
  using OnStart = std::function<void(pid_t)>;

  /// Starts it. Throws std::runtime_error when it cannot be started. One that does not answer at
  /// all for `silent_ms` is replaced by a new one.
  TemplateProcess(std::string executable, TemplateSettings settings, OnStart on_start = {},
                  std::int64_t silent_ms = 20'000);
  TemplateProcess(const TemplateProcess&) = delete;
  TemplateProcess& operator=(const TemplateProcess&) = delete;
  ~TemplateProcess();

  /// Which walls hold, as it found when it started.
  const std::vector<Layer>& layers() const { return layers_; }
  /// Whether calls' processes can be put back to how they were.
  const Layer& rewind() const { return rewind_; }

  struct Started {
    FrameSocket control;
    FrameSocket rewinder;  ///< its rewinder's control, where its walls have one
    Fd pidfd;              ///< of its fn-init: killing it ends the zygote and all its children
    std::shared_ptr<const Fd> template_pidfd;  ///< of what it was forked from, and ends with
    std::shared_ptr<const ProgramText> text;   ///< of that
    std::int64_t text_kb = 0;                  ///< of its memory that is shared by all, its text
    bool ready = false;  ///< it has said that it waits for its module; else that is still to come
  };
  /// A new zygote behind those walls, for a module. unavailable: the template could not make one,
  /// or, when it was gone, not even a new template.
  Result<Started> start_zygote(const Walls& walls);

 private:
  void start();
  void end();
  /// Nothing when the template is gone, or does not answer at all.
  std::optional<Result<Started>> try_start_zygote(const Walls& walls);
  bool gone() const;

  const std::string executable_;
  const TemplateSettings settings_;
  const OnStart on_start_;
  const std::int64_t silent_ms_;
  std::mutex mutex_;
  pid_t pid_ = -1;  // guarded by mutex_, as the rest
  std::shared_ptr<const Fd> pidfd_;
  FrameSocket control_;
  std::vector<Layer> layers_;
  Layer rewind_;
  std::shared_ptr<const ProgramText> text_;
  std::int64_t text_kb_ = 0;
};

}  // namespace kappa::runner
