file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/embedded)

# kappa_generate(NAME TEXT): build/.../embedded/NAME with that text, touched only when it changes.
function(kappa_generate name text)
  set(generated ${CMAKE_BINARY_DIR}/embedded/${name})
  file(WRITE ${generated}.new "${text}")
  file(COPY_FILE ${generated}.new ${generated} ONLY_IF_DIFFERENT)
endfunction()

# kappa_embed(MODULE FILE SYMBOL): puts a text file into kappa_MODULE as `extern const std::string_view kappa::MODULE::SYMBOL`.
function(kappa_embed module file symbol)
  file(READ ${PROJECT_SOURCE_DIR}/${file} text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  kappa_generate(${module}_${symbol}.cpp
"// Made from ${file} by cmake/embed.cmake.
#include <string_view>

namespace kappa::${module} {
extern const std::string_view ${symbol};
const std::string_view ${symbol} = R\"text(${text})text\";
}  // namespace kappa::${module}
")
  target_sources(kappa_${module} PRIVATE ${CMAKE_BINARY_DIR}/embedded/${module}_${symbol}.cpp)
endfunction()
