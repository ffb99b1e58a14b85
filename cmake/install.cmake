# SPDX-License-Identifier: MIT
# cmake/install.cmake - what `cmake --install` puts where, and the target that takes it away again.
# Components: library (what programs need to run), development and examples.
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/gannet)
install(DIRECTORY include/gannet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h")
install(TARGETS gannet_shared EXPORT gannet_shared
        RUNTIME COMPONENT library LIBRARY COMPONENT library NAMELINK_COMPONENT development ARCHIVE COMPONENT development)
install(TARGETS gannet_static EXPORT gannet_static ARCHIVE COMPONENT development)
foreach(kind IN ITEMS shared static) # apart, so that a packager may leave one of them out
    install(EXPORT gannet_${kind} NAMESPACE gannet:: DESTINATION ${config_dir} COMPONENT development)
endforeach()

configure_package_config_file(cmake/gannetConfig.cmake.in gannetConfig.cmake INSTALL_DESTINATION ${config_dir}
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(gannetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gannetConfig.cmake ${PROJECT_BINARY_DIR}/gannetConfigVersion.cmake
        DESTINATION ${config_dir} COMPONENT development)

# Appending, unlike pasting, is right for absolute directories too (Nix has them). The prefix is filled in only when installing,
# so that `cmake --install --prefix` writes a true one. Spaces are escaped as pkg-config itself escapes those of --define-prefix.
set(pc_prefix "@escaped_prefix@")
set(pc_libdir "\${exec_prefix}")
set(pc_includedir "\${prefix}")
cmake_path(APPEND pc_libdir "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
string(REPLACE " " "\\ " pc_libdir "${pc_libdir}")
string(REPLACE " " "\\ " pc_includedir "${pc_includedir}")
list(JOIN GANNET_BLAS_LINK " " pc_blas)
configure_file(cmake/gannet.pc.in gannet.pc.in @ONLY)
install(CODE [[string(REPLACE " " "\\ " escaped_prefix "${CMAKE_INSTALL_PREFIX}")]] COMPONENT development)
install(CODE "configure_file(\"${PROJECT_BINARY_DIR}/gannet.pc.in\" \"${PROJECT_BINARY_DIR}/gannet.pc\" @ONLY)"
        COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/gannet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

if(PROJECT_IS_TOP_LEVEL) # the manifests of others' builds are not here
    configure_file(cmake/uninstall.cmake.in uninstall.cmake @ONLY)
    add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P ${PROJECT_BINARY_DIR}/uninstall.cmake)
endif()
