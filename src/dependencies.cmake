# Third-party libraries, as imported targets under one naming, and the flags every ktrain target is built with.

# Boost comes with its own package file; CMake from 3.30 on wants to be told to use it.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()

find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(MPI REQUIRED COMPONENTS CXX)
find_package(TBB REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(ZLIB REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

# Debian 12's dnnl package file asks for OpenCL headers that a CPU build does not need.
find_path(DNNL_INCLUDE_DIR dnnl.hpp REQUIRED)
find_library(DNNL_LIBRARY dnnl REQUIRED)
add_library(ktrain_dnnl INTERFACE)
target_include_directories(ktrain_dnnl SYSTEM INTERFACE ${DNNL_INCLUDE_DIR})
target_link_libraries(ktrain_dnnl INTERFACE ${DNNL_LIBRARY})

# HDF5's serial C library, as a target on every CMake since 3.25.
add_library(ktrain_hdf5 INTERFACE)
target_include_directories(ktrain_hdf5 SYSTEM INTERFACE ${HDF5_C_INCLUDE_DIRS})
target_link_libraries(ktrain_hdf5 INTERFACE ${HDF5_C_LIBRARIES})

add_library(ktrain_flags INTERFACE)
target_include_directories(ktrain_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
# No contraction of a*b+c: the same source gives the same bits in a vector loop, in its tail and on every compiler.
target_compile_options(ktrain_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -ffp-contract=off)
# Nobody reads errno or the trap flags after arithmetic; without them square roots and selections vectorize. No value changes.
target_compile_options(ktrain_flags INTERFACE -fno-math-errno -fno-trapping-math)
target_compile_definitions(ktrain_flags INTERFACE OMPI_SKIP_MPICXX)
if(KTRAIN_WERROR)
  target_compile_options(ktrain_flags INTERFACE -Werror)
endif()
if(KTRAIN_SANITIZE)
  target_compile_options(ktrain_flags INTERFACE -fsanitize=${KTRAIN_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all)
  target_link_options(ktrain_flags INTERFACE -fsanitize=${KTRAIN_SANITIZE})
endif()

# ktrain_folder(NAME SOURCES … FOLDERS … LIBRARIES …): the static library of one folder of src/. FOLDERS are the
# ktrain folders it builds on, LIBRARIES the third-party libraries that it alone sees.
function(ktrain_folder name)
  cmake_parse_arguments(ARG "" "" "SOURCES;FOLDERS;LIBRARIES" ${ARGN})
  add_library(ktrain_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(ktrain_${name} PUBLIC ktrain_flags PRIVATE ${ARG_LIBRARIES})
  foreach(folder IN LISTS ARG_FOLDERS)
    target_link_libraries(ktrain_${name} PUBLIC ktrain_${folder})
  endforeach()
endfunction()
