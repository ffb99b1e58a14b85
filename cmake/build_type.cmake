# SPDX-License-Identifier: MIT
# cmake/build_type.cmake - Release unless something else is asked for; sets build_type, as the summary says it.
get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(multi_config)
    list(JOIN CMAKE_CONFIGURATION_TYPES " or " build_type)
    return()
endif()
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

# CMake compiles without -O for a name that it does not know. None is what distributions call a type whose flags are all their own.
set(build_type ${CMAKE_BUILD_TYPE})
string(TOUPPER "${CMAKE_BUILD_TYPE}" upper)
if(PROJECT_IS_TOP_LEVEL AND NOT upper MATCHES "^(DEBUG|RELEASE|RELWITHDEBINFO|MINSIZEREL|NONE)$" AND NOT CMAKE_C_FLAGS_${upper})
    message(FATAL_ERROR "CMAKE_BUILD_TYPE is '${CMAKE_BUILD_TYPE}'; it must be Debug, Release, RelWithDebInfo or MinSizeRel, or None with "
                        "CMAKE_C_FLAGS, or CMAKE_C_FLAGS_${upper} must be set.")
elseif(NOT CMAKE_BUILD_TYPE)
    set(build_type none)
    if(NOT CMAKE_C_FLAGS MATCHES "-O")
        message(NOTICE "-- gannet: CMAKE_BUILD_TYPE is empty, so the library is compiled without -O; "
                       "-DCMAKE_BUILD_TYPE=Release optimises")
    endif()
endif()
