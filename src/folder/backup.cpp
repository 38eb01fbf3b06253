// Database by database: copied, checked, put into the archive.
#include "folder/backup.hpp"

#include "folder/check.hpp"
#include "folder/databases.hpp"
#include "folder/new_file.hpp"
#include "folder/restore.hpp"
#include "folder/tar.hpp"
#include "rpc/codec.hpp"
#include "rpc/record.hpp"

namespace kappa::folder {
namespace {

/// A database that goes when this goes.
class Scratch {
 public:
  explicit Scratch(std::filesystem::path path) : path_(std::move(path)) { remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { remove(); }
  const std::filesystem::path& path() const { return path_; }
  void remove() const { remove_database(path_); }

 private:
  const std::filesystem::path path_;
};

class Archive {
 public:
  Archive(NewFile file, Timestamp taken_at)
      : file_(std::move(file)),
        copy_(scratch_of(file_.part())),
        tar_([this](std::string_view bytes) { return file_.write(bytes); }, taken_at) {}

  TarWriter& tar() { return tar_; }

  Result<Nothing> add(const std::string& name, store::Snapshot snapshot) {
    TRY(snapshot.copy(copy_.path()));
    store::Snapshot::end(std::move(snapshot));
    {
      auto copied = TRY(store::Database::open(copy_.path(), {.read_only = true}));
      TRY(check_database(copied, name));
    }
    TRY(tar_.add_file(name, copy_.path()));
    copy_.remove();
    ++files_;
    return Nothing{};
  }

  /// A day of logs; one that is dropped meanwhile is left out.
  Result<Nothing> add_logs(const std::filesystem::path& folder, const std::string& name) {
    auto snapshot = store::Snapshot::take(folder / name);
    std::error_code ignored;
    if (!snapshot && !std::filesystem::exists(folder / name, ignored)) return Nothing{};
    if (!snapshot) return std::move(snapshot).error();
    return add(name, *std::move(snapshot));
  }

  Result<Nothing> finish() {
    TRY(tar_.finish());
    return file_.finish();
  }
  std::int64_t files() const { return files_; }
  std::uint64_t size_bytes() const { return file_.size(); }

 private:
  NewFile file_;
  const Scratch copy_;
  TarWriter tar_;
  std::int64_t files_ = 0;
};

}  // namespace

Result<Backup> make_backup(const std::filesystem::path& folder, const std::filesystem::path& file,
                           bool replace, const Clock& clock) {
  if (databases_in(folder).empty()) {
    return Error{Code::unavailable, "data folder '" + folder.string() +
                                        "' has no database of Kappa; name another with --data"};
  }
  TRY(no_restore_under_way(folder));
  auto written = TRY(NewFile::begin(file, replace));
  auto moment = TRY(take_moment(folder));
  const Timestamp taken_at = clock.now();
  Archive archive(std::move(written), taken_at);
  TRY(archive.tar().add(std::string(manifest_name),
                        rpc::write_json(Manifest{1, KAPPA_VERSION, taken_at}) + "\n"));
  if (moment.data) TRY(archive.add(std::string(data_name), *std::move(moment.data)));
  if (moment.fn_code) TRY(archive.add(std::string(fn_code_name), *std::move(moment.fn_code)));
  for (const std::string& name : databases_in(folder)) {
    if (name.starts_with(fn_logs_name)) TRY(archive.add_logs(folder, name));
  }
  TRY(archive.finish());
  return Backup{taken_at, archive.files(), archive.size_bytes(), std::move(moment.codeless)};
}

}  // namespace kappa::folder
