// Levenshtein's distance, one row at a time.
#include "base/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace kappa {
namespace {

constexpr std::size_t longest_word =
    64;  // a longer one is no typing mistake, and would cost its length squared

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = std::exchange(row[k], std::min({changed, row[k] + 1, row[k - 1] + 1}));
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  // One mistake in three letters still looks like the word.
  std::size_t allowed = word.size() > longest_word ? 0 : 1 + word.size() / 3;
  for (const std::string_view candidate : known) {
    const std::size_t mistakes =
        candidate.size() > longest_word ? longest_word : distance(word, candidate);
    if (mistakes > allowed || mistakes >= std::max(word.size(), candidate.size())) continue;
    if (best.empty() || mistakes < allowed) best = candidate;
    allowed = std::min(allowed, mistakes);
  }
  return best;
}

}  // namespace kappa
