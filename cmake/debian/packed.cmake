# SPDX-License-Identifier: MIT
# cmake/debian/packed.cmake - run by cpack on the packages: takes out the scripts that it adds to call ldconfig, which the triggers do.
find_program(dpkg_deb dpkg-deb REQUIRED)
set(folder ${CPACK_TEMPORARY_DIRECTORY}/unpacked)
foreach(package IN LISTS CPACK_PACKAGE_FILES)
    file(REMOVE_RECURSE ${folder})
    execute_process(COMMAND ${dpkg_deb} --raw-extract ${package} ${folder} COMMAND_ERROR_IS_FATAL ANY)
    file(REMOVE ${folder}/DEBIAN/postinst ${folder}/DEBIAN/postrm)
    execute_process(COMMAND ${dpkg_deb} --root-owner-group --build ${folder} ${package} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
