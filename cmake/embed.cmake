# kappa_embed(TARGET FILE SYMBOL): puts a text file into a library as `extern const std::string_view kappa::app::SYMBOL`.
function(kappa_embed target file symbol)
  file(READ ${PROJECT_SOURCE_DIR}/${file} text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  set(generated ${CMAKE_BINARY_DIR}/embedded/${symbol}.cpp)
  file(CONFIGURE OUTPUT ${generated} CONTENT
"// Made from ${file} by cmake/embed.cmake.
#include <string_view>

namespace kappa::app {
extern const std::string_view ${symbol};
const std::string_view ${symbol} = R\"text(${text})text\";
}  // namespace kappa::app
" @ONLY)
  target_sources(${target} PRIVATE ${generated})
endfunction()
