# What is installed where, and the Debian package that CPack makes of it: ./dev package.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY TRUE)  # the program is enough; tests are not packaged
set(packaging ${PROJECT_SOURCE_DIR}/packaging)
set(made ${PROJECT_BINARY_DIR}/packaging)

# The configuration of an installed server: that of the repository, but for where things are on such a machine, and that
# nothing leaves it unasked.
function(kappa_installed_configuration)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kappa.toml
               ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${packaging}/kappa.1)
  file(READ ${PROJECT_SOURCE_DIR}/kappa.toml text)
  foreach(change "data = \"kappa-data\"|data = \"/var/lib/kappa\"" "\nenabled = true|\nenabled = false")
    string(REPLACE "|" ";" change "${change}")
    list(GET change 0 from)
    list(GET change 1 to)
    string(FIND "${text}" "${from}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "kappa.toml does not say ${from}, which the package changes")
    endif()
    string(REPLACE "${from}" "${to}" text "${text}")
  endforeach()
  file(WRITE ${made}/kappa.toml "${text}")
endfunction()

# kappa_compressed(FILE DESTINATION NAME): as Debian wants manuals and changelogs.
function(kappa_compressed file destination name)
  execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${made}/${name} COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${made}/${name} DESTINATION ${destination})
endfunction()

kappa_installed_configuration()
install(TARGETS kappa RUNTIME DESTINATION bin)
install(FILES ${made}/kappa.toml ${packaging}/runner.toml DESTINATION /etc/kappa)
install(FILES ${packaging}/systemd/kappa.service ${packaging}/systemd/kappa.socket ${packaging}/systemd/kappa-runner.service
        DESTINATION /lib/systemd/system)
# Side by side, as in the repository: the documentation refers to the configurations.
install(DIRECTORY docs config DESTINATION share/doc/kappa)
# What `kappa completion SHELL` prints.
install(FILES src/cli/completion/kappa.bash DESTINATION share/bash-completion/completions RENAME kappa)
install(FILES src/cli/completion/kappa.zsh DESTINATION share/zsh/vendor-completions RENAME _kappa)
install(FILES src/cli/completion/kappa.fish DESTINATION share/fish/vendor_completions.d)
install(FILES ${packaging}/debian/copyright DESTINATION share/doc/kappa)
install(FILES ${packaging}/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME kappa)
kappa_compressed(${packaging}/kappa.1 share/man/man1 kappa.1.gz)
kappa_compressed(${PROJECT_SOURCE_DIR}/CHANGELOG.md share/doc/kappa CHANGELOG.md.gz)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${packaging}/debian/changelog.in ${made}/changelog)
kappa_compressed(${made}/changelog share/doc/kappa changelog.gz)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kappa)
set(CPACK_PACKAGE_CONTACT "The Kappa authors <kappa@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "function service that you run yourself
People sign up, upload Python functions, run them, read their logs, see their
bill and delete them. Every call runs in a fresh process of its own, without
the files, the network or the privileges of the server.

This package has the program, which is server and command line, its units for
systemd, and completion for bash, zsh and fish.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/debian/postinst ${packaging}/debian/prerm ${packaging}/debian/postrm
                                       ${packaging}/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
include(CPack)
