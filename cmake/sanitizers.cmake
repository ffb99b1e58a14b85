# SPDX-License-Identifier: MIT
# cmake/sanitizers.cmake - what GANNET_SANITIZE and GANNET_FUZZ ask for, if the compiler has it; sets sanitizers, as -fsanitize= takes them.
include(CheckCSourceCompiles)

if(GANNET_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "GANNET_FUZZ is ${GANNET_FUZZ} and CMAKE_C_COMPILER ${CMAKE_C_COMPILER}; it must be clang or afl-clang-fast.")
    endif()
    if(NOT GANNET_BUILD_TESTS OR NOT GANNET_BUILD_EXAMPLES)
        message(FATAL_ERROR "GANNET_FUZZ is ${GANNET_FUZZ}, GANNET_BUILD_TESTS ${GANNET_BUILD_TESTS} and GANNET_BUILD_EXAMPLES "
                            "${GANNET_BUILD_EXAMPLES}; it needs both, for some targets read what the examples read.")
    endif()
    if(GANNET_SANITIZE)
        message(FATAL_ERROR "GANNET_FUZZ is ${GANNET_FUZZ} and GANNET_SANITIZE '${GANNET_SANITIZE}'; it must be empty, for fuzzing has sanitizers of its own.")
    endif()
    set(GANNET_SANITIZE fuzzer-no-link address undefined float-cast-overflow)
    add_compile_options(-Wno-pass-failed) # loops with counters in them are not vectorised
endif()
string(REPLACE "," ";" GANNET_SANITIZE "${GANNET_SANITIZE}") # the compiler's way to write it
if(GANNET_SANITIZE)
    list(JOIN GANNET_SANITIZE "," sanitizers)
    set(CMAKE_REQUIRED_FLAGS -fsanitize=${sanitizers})
    unset(GANNET_SANITIZE_WORKS CACHE) # the answer to another value
    check_c_source_compiles("int main(void) { return 0; }" GANNET_SANITIZE_WORKS)
    unset(CMAKE_REQUIRED_FLAGS)
    if(NOT GANNET_SANITIZE_WORKS)
        message(FATAL_ERROR "GANNET_SANITIZE is '${GANNET_SANITIZE}', with which ${CMAKE_C_COMPILER} does not compile and link; it must be "
                            "a list of sanitizers that the compiler has, such as address;undefined, or empty.")
    endif()
    add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${sanitizers})
endif()
