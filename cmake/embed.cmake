# kappa_embed(MODULE FILE SYMBOL): puts a text file into kappa_MODULE as `extern const std::string_view kappa::MODULE::SYMBOL`.
function(kappa_embed module file symbol)
  file(READ ${PROJECT_SOURCE_DIR}/${file} text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  set(generated ${CMAKE_BINARY_DIR}/embedded/${symbol}.cpp)
  file(WRITE ${generated}.new
"// Made from ${file} by cmake/embed.cmake.
#include <string_view>

namespace kappa::${module} {
extern const std::string_view ${symbol};
const std::string_view ${symbol} = R\"text(${text})text\";
}  // namespace kappa::${module}
")
  file(COPY_FILE ${generated}.new ${generated} ONLY_IF_DIFFERENT)
  target_sources(kappa_${module} PRIVATE ${generated})
endfunction()
