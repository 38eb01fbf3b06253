// A live function's code was stored before it went live, and is erased after it has gone. So code
// that lacks in a pair of snapshots came or went between the two, or is lost; who lacks it twice
// has lost it.
#include "folder/moment.hpp"

#include "folder/databases.hpp"

namespace kappa::folder {
namespace {

Result<std::vector<Codeless>> codeless_in(store::Database& data, store::Database& fn_code) {
  std::vector<Codeless> found;
  auto functions = data.query(
      "SELECT fn_id, name, username, code_id FROM function JOIN user USING (user_id) "
      "WHERE state = 'live' ORDER BY username, name");
  while (TRY(functions.next())) {
    const Uuid fn_id = functions.uuid(0);
    auto code = fn_code.query(
        "SELECT 1 FROM holder JOIN code USING (code_id) WHERE fn_id = ? AND code_id = ?",
        {fn_id, functions.text(3)});
    if (!TRY(code.next()))
      found.push_back({fn_id, std::string(functions.text(1)), std::string(functions.text(2))});
  }
  return found;
}

Result<std::optional<store::Snapshot>> take(const std::filesystem::path& folder,
                                            std::string_view name) {
  std::error_code failed;
  if (!std::filesystem::exists(folder / name, failed)) return std::optional<store::Snapshot>();
  return std::optional(TRY(store::Snapshot::take(folder / name)));
}

}  // namespace

Result<Moment> take_moment(const std::filesystem::path& folder) {
  std::optional<std::vector<Codeless>> before;
  for (;;) {
    auto fn_code = TRY(take(folder, fn_code_name));
    auto data = TRY(take(folder, data_name));
    std::vector<Codeless> codeless;
    if (fn_code && data) codeless = TRY(codeless_in(data->database(), fn_code->database()));
    if (codeless.empty() || codeless == before)
      return Moment{std::move(data), std::move(fn_code), std::move(codeless)};
    before = std::move(codeless);
  }
}

}  // namespace kappa::folder
