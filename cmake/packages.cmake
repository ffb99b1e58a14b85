# SPDX-License-Identifier: MIT
# cmake/packages.cmake - the Debian packages libgannet0, libgannet-dev and gannet-examples:
#   cmake --preset debian && cmake --build --preset debian --target package
find_program(DPKG dpkg)
mark_as_advanced(DPKG)
if(NOT DPKG OR NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr") # which also decides on the folders below it
    return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON) # so that gannet.pc says /usr
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL library development examples)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/debian/cpack.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/staged.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/packed.cmake)

set(CPACK_PACKAGE_NAME gannet)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # every package has its own
set(CPACK_DEBIAN_PACKAGE_SOURCE gannet)
set(CPACK_DEBIAN_PACKAGE_RELEASE 0upstream1) # older than the first that Debian itself would make
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(debian_version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})

# A packager gives a name and an address as for every Debian package.
set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
if("$ENV{DEBFULLNAME}" STREQUAL "" OR "$ENV{DEBEMAIL}" STREQUAL "")
    set(maintainer "libgannet contributors <gannet@packages.invalid>")
endif()
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${maintainer})
set(CPACK_PACKAGE_CONTACT ${maintainer})

# gannet_package(COMPONENT NAME SECTION SUMMARY TEXT [DEPENDS])
macro(gannet_package component name section summary text)
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name})
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section})
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${text}")
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${ARGN}")
    install(FILES ${PROJECT_BINARY_DIR}/debian/copyright ${PROJECT_BINARY_DIR}/debian/changelog.Debian.gz
            DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

# What a static programme links, by its Debian name.
set(development_packages "libgannet0 (= ${debian_version})" libpng-dev libjpeg-dev libgif-dev zlib1g-dev)
if(GANNET_BLAS_CHOSEN STREQUAL "openblas")
    list(APPEND development_packages libopenblas-dev)
elseif(GANNET_BLAS_CHOSEN STREQUAL "blis")
    list(APPEND development_packages libblis-dev)
elseif(GANNET_BLAS_CHOSEN STREQUAL "system")
    list(APPEND development_packages "libblas-dev | libblas.so")
endif()
list(JOIN development_packages ", " development_packages)

set(about "libgannet is a C library of tensors, automatic differentiation, layers and\n\
optimizers, with a module for generative adversarial networks. It runs on the\n\
processor alone and gives the same bits at any number of threads.\n.\n")
gannet_package(library libgannet0 libs "neural networks in C, generative adversarial ones first"
               "${about}This package contains the shared library.")
gannet_package(development libgannet-dev libdevel "neural networks in C - headers and static library"
               "${about}This package contains what is needed to compile programs against it."
               "${development_packages}")
gannet_package(examples gannet-examples science "neural networks in C - programs that train and sample"
               "${about}This package contains programs that train networks to draw pictures, draw\n\
samples, classify and compare, and their sources."
               "libgannet0 (= ${debian_version})")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/debian/shlibs ${PROJECT_SOURCE_DIR}/cmake/debian/triggers)
install(FILES cmake/debian/libgannet0.lintian RENAME libgannet0 DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
        COMPONENT library EXCLUDE_FROM_ALL)
foreach(component IN ITEMS LIBRARY DEVELOPMENT)
    set(CPACK_DEBIAN_${component}_PACKAGE_MULTIARCH same)
endforeach()

# All times in the packages are that of the last change, so that who builds them again gets the same bytes.
set(epoch "$ENV{SOURCE_DATE_EPOCH}")
if(epoch STREQUAL "")
    execute_process(COMMAND git -C ${PROJECT_SOURCE_DIR} log -1 --format=%ct
                    OUTPUT_VARIABLE epoch ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
if(epoch STREQUAL "")
    string(TIMESTAMP epoch "%s")
endif()
set(kept "$ENV{SOURCE_DATE_EPOCH}")
set(ENV{SOURCE_DATE_EPOCH} ${epoch})
string(TIMESTAMP debian_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(ENV{SOURCE_DATE_EPOCH} "${kept}")

math(EXPR next_minor "${PROJECT_VERSION_MINOR} + 1")
file(READ LICENSE licence)
string(REGEX MATCH "[0-9]+ [^\n]*" copyright "${licence}")
string(REGEX REPLACE "^.*Copyright[^\n]*\n\n" "" licence "${licence}")
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(STRIP "${licence}" licence)
string(REPLACE "\n" "\n " licence "${licence}")
foreach(file IN ITEMS copyright changelog shlibs cpack.cmake)
    configure_file(cmake/debian/${file}.in debian/${file} @ONLY)
endforeach()
execute_process(COMMAND gzip -9nc changelog WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/debian
                OUTPUT_FILE changelog.Debian.gz COMMAND_ERROR_IS_FATAL ANY)
include(CPack)
