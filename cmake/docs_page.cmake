# kappa_docs_page(): fetches Swagger UI as web/package-lock.json pins it, and embeds it into kappa_rpc together with what
# src/rpc/docs/ has for it. Without npm, or without a way to fetch, the page at /docs says what is missing.
function(kappa_docs_page)
  set(ours ${PROJECT_SOURCE_DIR}/src/rpc/docs)
  set(folder ${CMAKE_BINARY_DIR}/web)
  set(swagger ${folder}/node_modules/swagger-ui-dist)
  foreach(name package.json package-lock.json)
    configure_file(${PROJECT_SOURCE_DIR}/web/${name} ${folder}/${name} COPYONLY)
  endforeach()
  find_program(NPM npm)
  if(NPM AND (NOT EXISTS ${swagger} OR ${folder}/package-lock.json IS_NEWER_THAN ${swagger}))
    # Without scripts: one of its dependencies would report the installation to its makers.
    execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
                    WORKING_DIRECTORY ${folder} RESULT_VARIABLE failed)
    if(failed)
      file(REMOVE_RECURSE ${swagger})
    else()
      file(TOUCH ${swagger})
    endif()
  endif()
  kappa_embed_page(docs.css text/css ${ours}/docs.css)
  if(EXISTS ${swagger})
    kappa_embed_page(index.html text/html ${ours}/index.html)
    kappa_embed_page(docs.js application/javascript ${ours}/docs.js)
    kappa_embed_page(swagger-ui.css text/css ${swagger}/swagger-ui.css)
    kappa_embed_page(swagger-ui-bundle.js application/javascript ${swagger}/swagger-ui-bundle.js)
    set(licenses ${folder}/licenses.txt)
    file(WRITE ${licenses} "")
    foreach(name NOTICE LICENSE swagger-ui-bundle.js.LICENSE.txt)
      file(READ ${swagger}/${name} text)
      file(APPEND ${licenses} "${text}\n")
    endforeach()
    kappa_embed_page(licenses.txt text/plain ${licenses})
  else()
    message(WARNING "npm is missing or cannot fetch Swagger UI: /docs will say so")
    kappa_embed_page(index.html text/html ${ours}/missing.html)
  endif()
  get_property(rows GLOBAL PROPERTY kappa_page_rows)
  get_property(declared GLOBAL PROPERTY kappa_page_symbols)
  kappa_generate(docs_pages.cpp
"#include \"rpc/docs.hpp\"

extern \"C\" {
${declared}}

namespace kappa::rpc {
namespace {
const DocsFile pages[] = {
${rows}};
}  // namespace
const std::span<const DocsFile> docs_files = pages;
}  // namespace kappa::rpc
")
  target_sources(kappa_rpc PRIVATE ${CMAKE_BINARY_DIR}/embedded/docs_pages.cpp)
endfunction()

# One file of the page: compressed, as assembler text takes it, and its row in the table.
function(kappa_embed_page name type file)
  string(MAKE_C_IDENTIFIER kappa_page_${name} symbol)
  set(packed ${CMAKE_BINARY_DIR}/embedded/${name}.gz)
  execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
  file(SHA256 ${packed} hash)
  string(SUBSTRING ${hash} 0 32 hash)
  # The hash is in the text, so that a changed file is assembled anew.
  kappa_generate(${name}.S
"# ${hash}
.section .rodata
.globl ${symbol}, ${symbol}_end
${symbol}: .incbin \"${packed}\"
${symbol}_end:
.section .note.GNU-stack, \"\", %progbits
")
  target_sources(kappa_rpc PRIVATE ${CMAKE_BINARY_DIR}/embedded/${name}.S)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  set_property(GLOBAL APPEND_STRING PROPERTY kappa_page_symbols "extern const char ${symbol}[], ${symbol}_end[];\n")
  set_property(GLOBAL APPEND_STRING PROPERTY kappa_page_rows
               "    {\"${name}\", \"${type}; charset=utf-8\", \"\\\"${hash}\\\"\", ${symbol}, ${symbol}_end},\n")
endfunction()
