// One database file as a module uses it: a writer and a few readers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <type_traits>

#include "store/disk_room.hpp"
#include "store/migrate.hpp"
#include "store/readers.hpp"
#include "store/trial.hpp"
#include "store/writer.hpp"

namespace kappa::store {

struct FileOptions {
  bool sync_each_commit = true;
  bool secure_delete = false;
  bool copied_before_update = true;  ///< beside itself, before its schema is brought up to date
  std::size_t readers = 2;           // more gain nothing beside a busy writer on a few cores
  RoomSize room = {};
  /// Below it admit() refuses: the log grows to some 4 MB and is folded back into the file, and
  /// what running calls printed is still to come.
  std::uint64_t keep_free_bytes = 16U << 20;
};

/// Thread-safe. Every call returns: waits for another process's lock, for a reader and for room
/// have a deadline or none at all.
class File {
 public:
  /// Opens or makes the file and brings its schema up to date. Errors as Database::open() and
  /// migrate() have them.
  static Result<std::unique_ptr<File>> open(const std::filesystem::path& file,
                                            std::span<const Migration> migrations,
                                            const Clock& clock, const FileOptions& options = {});
  File(Database writer, const std::filesystem::path& file, const FileOptions& options)
      : folder_(file.has_parent_path() ? file.parent_path() : "."),
        keep_free_bytes_(options.keep_free_bytes),
        writer_(std::move(writer), options.room),
        readers_(file, options.readers) {}

  Writer& writer() { return writer_; }

  /// To be asked before what must be written down later begins. unavailable: the disk is all but
  /// full.
  Result<Nothing> admit() { return has_room(folder_, keep_free_bytes_, writer_.name()); }
  /// Whether it takes writes at present. When the last did not succeed one is tried, once a second:
  /// `work`, as for write(), which is to change nothing that anybody sees.
  template <class Work>
  Result<Nothing> check(const Work& work) {
    TRY(admit());
    if (!writer_.failing()) return Nothing{};
    return trial_.made([&]() -> Result<Nothing> { return write(work); });
  }

  /// `work` is Result<T>(Database&); returns what it does, once it is committed. `bytes` is about
  /// what it writes. See Job.
  template <class Work>
  std::invoke_result_t<Work, Database&> write(const Work& work, std::size_t bytes = 0,
                                              Afterwards afterwards = Afterwards::nothing) {
    auto place = writer_.reserve(bytes);
    if (!place) return std::move(place).error();
    return write(work, *std::move(place), afterwards);
  }
  template <class Work>
  std::invoke_result_t<Work, Database&> write(const Work& work, Place place,
                                              Afterwards afterwards = Afterwards::nothing) {
    std::optional<std::invoke_result_t<Work, Database&>> made;
    const Job job = [&](Database& database) -> Result<Nothing> {
      made.emplace(work(database));
      if (!*made) return made->error();
      return Nothing{};
    };
    const auto committed = writer_.submit(job, std::move(place), afterwards).get();
    if (!committed) return committed.error();
    return *std::move(made);
  }

  /// `work` is Result<T>(Database&), run here and now on a connection that only reads.
  template <class Work>
  std::invoke_result_t<Work, Database&> read(const Work& work) {
    auto reader = readers_.borrow();
    if (!reader) return std::move(reader).error();
    return work(**reader);
  }

 private:
  const std::filesystem::path folder_;
  const std::uint64_t keep_free_bytes_;
  Writer writer_;
  Readers readers_;
  Trial trial_;
};

}  // namespace kappa::store
