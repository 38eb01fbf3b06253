// Opening: connect, migrate, then write and read.
#include "store/file.hpp"

namespace kappa::store {

Result<std::unique_ptr<File>> File::open(const std::filesystem::path& file,
                                         std::span<const Migration> migrations, const Clock& clock,
                                         const FileOptions& options) {
  OpenOptions how;
  how.sync_each_commit = options.sync_each_commit;
  how.secure_delete = options.secure_delete;
  auto database = TRY(Database::open(file, how));
  TRY(migrate(database, file, migrations, clock, options.copied_before_update));
  return std::make_unique<File>(std::move(database), file, options);
}

}  // namespace kappa::store
