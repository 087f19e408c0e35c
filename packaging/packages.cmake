# SPDX-License-Identifier: Apache-2.0
# What is installed beside programs, library, manual pages and completion, and the Debian packages made of all of it.
set(packaging ${PROJECT_SOURCE_DIR}/packaging)
set(installed ${PROJECT_BINARY_DIR}/packaging)
configure_file(${packaging}/as-installed.cmake.in ${installed}/as-installed.cmake @ONLY)
foreach(component cli server)
  install(SCRIPT ${installed}/as-installed.cmake COMPONENT ${component})
endforeach()
install(FILES ${installed}/sekuired.service DESTINATION lib/systemd/system COMPONENT server)
install(FILES ${packaging}/sekuired.sysusers RENAME sekuired.conf DESTINATION lib/sysusers.d COMPONENT server)
install(FILES ${installed}/sekuired.yaml DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/sekuire COMPONENT server)

set(doc ${CMAKE_INSTALL_DATAROOTDIR}/doc)
install(FILES ${installed}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/SECURITY.md DESTINATION ${doc}/sekuire
  COMPONENT cli)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${doc}/sekuire/docs COMPONENT cli PATTERN threat-model.md EXCLUDE)
install(FILES ${installed}/docs/threat-model.md DESTINATION ${doc}/sekuire/docs COMPONENT cli)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples DESTINATION ${doc}/sekuire COMPONENT cli PATTERN "*.c" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/examples/embed-verify.c DESTINATION ${doc}/libsekuire-dev/examples COMPONENT development)

if(NOT SEKUIRE_DEBIAN)
  return()
endif()
foreach(pair cli:sekuire server:sekuired library:libsekuire${PROJECT_VERSION_MAJOR} development:libsekuire-dev)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 package)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright DESTINATION ${doc}/${package} COMPONENT ${component})
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package})
  list(APPEND CPACK_COMPONENTS_ALL ${component})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON) # /etc is outside of the prefix
set(CPACK_PACKAGE_CONTACT "The contributors to sekuire")
# CPack writes this in front of each package's own description, unless it is its own default.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_NAME} built using CMake")
set(CPACK_PACKAGE_VENDOR "The contributors to sekuire")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${SEKUIRE_DEBIAN_RELEASE})
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_CLI_DESCRIPTION "signed workspace policies for AI agents: command line
Writes, signs, fetches, verifies and applies policies: which models, providers, tools, hosts, files and rates an agent may use.")
set(CPACK_DEBIAN_CLI_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_CLI_PACKAGE_RECOMMENDS ca-certificates)

set(CPACK_DEBIAN_SERVER_DESCRIPTION "signed workspace policies for AI agents: server
Stores, serves and activates policies, judges agents that are published, and keeps a hash-chained audit log.")
set(CPACK_DEBIAN_SERVER_PACKAGE_SECTION net)
set(CPACK_DEBIAN_SERVER_PACKAGE_SUGGESTS sekuire)
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA ${packaging}/debian/conffiles ${packaging}/debian/postinst ${packaging}/debian/prerm
  ${packaging}/debian/postrm)

set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "signed workspace policies for AI agents: library
Verifies and accepts policies, decides actions and judges agents; does no input or output of its own.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_GENERATE_SHLIBS ON)

set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "signed workspace policies for AI agents: headers
Headers, the static library and the pkg-config file of libsekuire.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libsekuire${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION}-${SEKUIRE_DEBIAN_RELEASE}), libsodium-dev, libyaml-dev, libidn2-dev, libunistring-dev")
include(CPack)
