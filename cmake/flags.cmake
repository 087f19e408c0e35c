# SPDX-License-Identifier: Apache-2.0
# Warnings, hardening and sanitizers, as one interface target that all of our own code links.
add_library(sekuire-flags INTERFACE)
target_compile_definitions(sekuire-flags INTERFACE _GNU_SOURCE SEKUIRE_VERSION="${PROJECT_VERSION}")
target_include_directories(sekuire-flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib)
target_compile_options(sekuire-flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wformat=2 -Wvla -Wstrict-prototypes -Wmissing-prototypes
  -Wundef -Wwrite-strings -Wimplicit-fallthrough
  -fstack-protector-strong -fno-common -fvisibility=hidden)
target_link_options(sekuire-flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sekuire-flags INTERFACE -fstack-clash-protection)
endif()
if(SEKUIRE_WERROR)
  target_compile_options(sekuire-flags INTERFACE -Werror)
endif()
if(SEKUIRE_SANITIZE)
  target_compile_options(sekuire-flags INTERFACE -fsanitize=${SEKUIRE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sekuire-flags INTERFACE -fsanitize=${SEKUIRE_SANITIZE})
endif()
if(SEKUIRE_COVERAGE)
  target_compile_options(sekuire-flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(sekuire-flags INTERFACE --coverage)
endif()
if(NOT SEKUIRE_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(sekuire-flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
