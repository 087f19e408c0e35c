# SPDX-License-Identifier: Apache-2.0
# The target `blake3`: a system libblake3 where pkg-config knows one, else the official C sources
# with their SIMD assembly, as Debian ships them inside librust-blake3-dev (scripts/install-deps
# unpacks that package under /usr or into build/deps without its Rust dependencies).
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBBLAKE3 QUIET IMPORTED_TARGET libblake3)
if(LIBBLAKE3_FOUND)
  add_library(blake3 INTERFACE)
  target_link_libraries(blake3 INTERFACE PkgConfig::LIBBLAKE3)
else()
  file(GLOB blake3_dirs
    ${PROJECT_SOURCE_DIR}/build/deps/usr/share/cargo/registry/blake3-*/c
    /usr/share/cargo/registry/blake3-*/c
    /usr/local/share/sekuire/blake3/usr/share/cargo/registry/blake3-*/c)
  list(LENGTH blake3_dirs blake3_count)
  if(blake3_count EQUAL 0)
    message(FATAL_ERROR "the BLAKE3 C sources are not here: run scripts/install-deps run")
  endif()
  list(GET blake3_dirs 0 BLAKE3_DIR)
  add_library(blake3 STATIC ${BLAKE3_DIR}/blake3.c ${BLAKE3_DIR}/blake3_dispatch.c ${BLAKE3_DIR}/blake3_portable.c)
  target_include_directories(blake3 SYSTEM PUBLIC ${BLAKE3_DIR})
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_sources(blake3 PRIVATE
      ${BLAKE3_DIR}/blake3_sse2_x86-64_unix.S ${BLAKE3_DIR}/blake3_sse41_x86-64_unix.S
      ${BLAKE3_DIR}/blake3_avx2_x86-64_unix.S ${BLAKE3_DIR}/blake3_avx512_x86-64_unix.S)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    target_sources(blake3 PRIVATE ${BLAKE3_DIR}/blake3_neon.c)
    target_compile_definitions(blake3 PRIVATE BLAKE3_USE_NEON=1)
  else()
    target_compile_definitions(blake3 PRIVATE BLAKE3_NO_SSE2 BLAKE3_NO_SSE41 BLAKE3_NO_AVX2 BLAKE3_NO_AVX512)
  endif()
  target_compile_options(blake3 PRIVATE $<$<COMPILE_LANGUAGE:C>:-O3 -fvisibility=hidden -w>)
endif()
