# What `cmake --install` puts in place: the program, the library with its headers and package files, configurations
# and launch/run. The library is the folders below the program in one shared object; what they are built on is theirs.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

add_library(ktrain_library SHARED)
foreach(folder core tensor comm io ops nn optim keras data parallel checkpoint train)
  target_sources(ktrain_library PRIVATE $<TARGET_OBJECTS:ktrain_${folder}>)
  target_link_libraries(ktrain_library PRIVATE ktrain_${folder})
endforeach()
target_include_directories(ktrain_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(ktrain_library INTERFACE cxx_std_20)
set_target_properties(ktrain_library PROPERTIES OUTPUT_NAME ktrain EXPORT_NAME ktrain LINKER_LANGUAGE CXX
                                                VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ktrain)
install(TARGETS ktrain_library EXPORT ktrain)
install(EXPORT ktrain NAMESPACE ktrain:: FILE ktrainConfig.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ktrainConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ktrainConfigVersion.cmake DESTINATION ${package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(TARGETS ktrain_program)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/ktrain)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/launch/run ${PROJECT_SOURCE_DIR}/launch/common.sh
        DESTINATION ${CMAKE_INSTALL_DATADIR}/ktrain/launch)
