# SPDX-License-Identifier: MIT
# tests/packaging/cxx.cmake - the consumer as C++17, linked with ${TARGET}; without a C++ compiler, nothing.
include(CheckLanguage)
check_language(CXX)
if(CMAKE_CXX_COMPILER)
    enable_language(CXX)
    set(CMAKE_CXX_STANDARD 17)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/consumer.c consumer.cpp COPYONLY)
    add_executable(consumer_cxx ${CMAKE_CURRENT_BINARY_DIR}/consumer.cpp)
    target_compile_options(consumer_cxx PRIVATE -Wall -Wextra -Wpedantic -Werror)
    target_link_libraries(consumer_cxx PRIVATE ${TARGET})
endif()
