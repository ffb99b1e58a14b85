# SPDX-License-Identifier: MIT
# cmake/debian/staged.cmake - run by cpack on the installed files before they are packed: what Debian's debhelper does elsewhere.
find_program(gzip gzip REQUIRED)
find_program(strip strip REQUIRED)
file(GLOB_RECURSE files LIST_DIRECTORIES true ${CPACK_TEMPORARY_DIRECTORY}/*)
foreach(file IN LISTS files)
    if(IS_SYMLINK ${file})
        continue()
    elseif(IS_DIRECTORY ${file}) # whatever the umask
        file(CHMOD ${file} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                       WORLD_EXECUTE)
    elseif(file MATCHES "/man1/[^/]*\\.1$")
        execute_process(COMMAND ${gzip} -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
    elseif(file MATCHES "\\.a$")
        execute_process(COMMAND ${strip} --strip-debug --remove-section=.comment --enable-deterministic-archives ${file}
                        COMMAND_ERROR_IS_FATAL ANY)
    elseif(file MATCHES "\\.so\\.[0-9.]*$|/libexec/gannet/")
        execute_process(COMMAND ${strip} --strip-unneeded --remove-section=.comment ${file} COMMAND_ERROR_IS_FATAL ANY)
    endif()
endforeach()
