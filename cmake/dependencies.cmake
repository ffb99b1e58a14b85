# SPDX-License-Identifier: MIT
# cmake/dependencies.cmake - finds what the library stands on, and says how to install what is missing.

# Stops with one clear message: what is missing and the package that brings it.
function(gannet_missing what apt dnf brew)
    message(FATAL_ERROR "${what} was not found. Install it with one of\n"
                        "  apt-get install ${apt}\n  dnf install ${dnf}\n  brew install ${brew}\n"
                        "or let the project install all it needs: sh cmake/bootstrap.sh deps\n")
endfunction()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig)
find_package(ZLIB)
find_package(PNG)
find_package(JPEG)
find_package(GIF)
if(NOT PKG_CONFIG_FOUND AND (GANNET_BUILD_EXAMPLES OR GANNET_BUILD_TESTS OR NOT GANNET_BLAS STREQUAL "builtin"))
    gannet_missing(pkg-config pkg-config pkgconf-pkg-config pkg-config)
elseif(NOT ZLIB_FOUND)
    gannet_missing(zlib zlib1g-dev zlib-devel zlib)
elseif(NOT PNG_FOUND)
    gannet_missing(libpng libpng-dev libpng-devel libpng)
elseif(NOT JPEG_FOUND)
    gannet_missing(libjpeg libjpeg-dev libjpeg-turbo-devel jpeg-turbo)
elseif(NOT GIF_FOUND)
    gannet_missing(giflib libgif-dev giflib-devel giflib)
endif()

if(GANNET_BUILD_EXAMPLES)
    pkg_check_modules(JANSSON QUIET IMPORTED_TARGET jansson)
    if(NOT JANSSON_FOUND)
        gannet_missing("jansson (or configure with -DGANNET_BUILD_EXAMPLES=OFF)" libjansson-dev jansson-devel jansson)
    endif()
endif()
if(GANNET_BUILD_TESTS)
    pkg_check_modules(CMOCKA QUIET IMPORTED_TARGET cmocka)
    if(NOT CMOCKA_FOUND)
        gannet_missing("cmocka (or configure with -DGANNET_BUILD_TESTS=OFF)" libcmocka-dev libcmocka-devel cmocka)
    endif()
endif()

include(cmake/blas.cmake)
