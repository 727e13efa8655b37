# room(<name> NEEDS ... USES ... LIBS ... INNER_LIBS ... [POSTGRES])
#
# A room is one folder under src/, one namespace, one static library. It sees another room only through a folder
# of links (build/<preset>/rooms/<name>/<name> -> src/<name>) that comes with linking it, so an include of a room
# that was not declared does not compile:
#   NEEDS  the room's headers may include these; whoever takes the room gets them too
#   USES   only the room's sources include these
# <name>_headers compiles every header with NEEDS only, which holds the difference between the two. A header that only
# the room's own sources include says so in its second line, "// Inside this room only: ...", and may include USES.
# Neighbours *_test.cpp make <name>_test; *_fuzz.cpp make one fuzzer each (preset fuzz), and elsewhere a test that runs
# its corpus (replay_corpus.cpp). Files under migrations/ and data/ are compiled in and read through
# "<name>_embedded.hpp". A new file needs no edit here.
# POSTGRES runs the tests twice: over SQLite, and over a real PostgreSQL server.

include(${CMAKE_CURRENT_LIST_DIR}/Embed.cmake)

add_library(vitrine_flags INTERFACE)
target_compile_options(vitrine_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wno-gnu-statement-expression -Wno-pedantic -Wnon-virtual-dtor -Woverloaded-virtual -Werror=return-type)
# GCC 12 sees uninitialised vectors in every variant that is moved (bug 105562 and its kin).
target_compile_options(vitrine_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
# ccache keeps what was compiled with a precompiled header only with this.
target_compile_options(vitrine_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
# Some of Debian's libraries ask for -pthread; the precompiled header is shared only when all say the same.
target_compile_options(vitrine_flags INTERFACE -pthread)

# One precompiled header for all rooms: what nearly every source includes anyway.
file(WRITE ${CMAKE_BINARY_DIR}/pch/pch.cpp "")
add_library(vitrine_pch STATIC ${CMAKE_BINARY_DIR}/pch/pch.cpp)
target_link_libraries(vitrine_pch PRIVATE vitrine_flags vitrine::fmt vitrine::boost_json)
target_precompile_headers(vitrine_pch PRIVATE ${CMAKE_CURRENT_LIST_DIR}/precompiled.hpp)

function(_room_links name)
  set(dir ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${dir})
  if(NOT EXISTS ${dir}/${name})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${name} ${dir}/${name} SYMBOLIC)
  endif()
endfunction()

function(_room_target target)
  target_link_libraries(${target} PRIVATE vitrine_flags)
  target_precompile_headers(${target} REUSE_FROM vitrine_pch)
endfunction()

# Says what failed and no more: what a machine keeps of a log is short.
function(_unit_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "GTEST_BRIEF=1;SPDLOG_LEVEL=error")
endfunction()

function(room name)
  cmake_parse_arguments(ROOM "POSTGRES" "" "NEEDS;USES;LIBS;INNER_LIBS" ${ARGN})
  set(src ${CMAKE_SOURCE_DIR}/src/${name})
  _room_links(${name})
  list(TRANSFORM ROOM_LIBS PREPEND vitrine::)
  list(TRANSFORM ROOM_INNER_LIBS PREPEND vitrine::)

  file(GLOB sources CONFIGURE_DEPENDS ${src}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${src}/*.hpp)
  file(GLOB tests CONFIGURE_DEPENDS ${src}/*_test.cpp)
  file(GLOB fuzzers CONFIGURE_DEPENDS ${src}/*_fuzz.cpp)
  file(GLOB_RECURSE embedded CONFIGURE_DEPENDS ${src}/migrations/*.sql ${src}/data/*)
  list(REMOVE_ITEM sources ${tests} ${fuzzers})

  embed_files(${name} ${src} ${embedded})
  add_library(${name} STATIC ${sources} ${EMBED_SOURCE})
  _room_target(${name})
  target_include_directories(${name} PUBLIC ${CMAKE_BINARY_DIR}/rooms/${name} PRIVATE ${EMBED_INCLUDE})
  target_link_libraries(${name} PUBLIC ${ROOM_NEEDS} ${ROOM_LIBS} PRIVATE ${ROOM_USES} ${ROOM_INNER_LIBS})

  set(check "")
  foreach(header ${headers})
    get_filename_component(file ${header} NAME)
    file(STRINGS ${header} inside REGEX "^// Inside this room only" LIMIT_COUNT 1)
    if(inside)
      continue()
    endif()
    string(APPEND check "#include \"${name}/${file}\"\n")
  endforeach()
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/rooms/${name}_headers.cpp CONTENT "${check}")
  add_library(${name}_headers OBJECT ${CMAKE_BINARY_DIR}/rooms/${name}_headers.cpp)
  target_include_directories(${name}_headers PRIVATE ${CMAKE_BINARY_DIR}/rooms/${name})
  target_link_libraries(${name}_headers PRIVATE vitrine_flags ${ROOM_NEEDS} ${ROOM_LIBS})

  if(tests AND NOT VITRINE_FUZZ)
    add_executable(${name}_test ${tests})
    _room_target(${name}_test)
    target_include_directories(${name}_test PRIVATE ${EMBED_INCLUDE})
    target_compile_definitions(${name}_test PRIVATE
      VITRINE_TESTDATA="${src}/testdata" VITRINE_SOURCE="${CMAKE_SOURCE_DIR}")
    target_link_libraries(${name}_test PRIVATE ${name} ${ROOM_USES} ${ROOM_INNER_LIBS} vitrine::gtest)
    _unit_test(${name} ${name}_test)
    if(ROOM_POSTGRES)
      _unit_test(${name}_postgres ${CMAKE_SOURCE_DIR}/tests/faults/postgres.py $<TARGET_FILE:${name}_test>)
    endif()
  endif()

  foreach(fuzzer ${fuzzers})
    get_filename_component(stem ${fuzzer} NAME_WE)
    set(target ${name}_${stem})
    add_executable(${target} ${fuzzer})
    _room_target(${target})
    target_link_libraries(${target} PRIVATE ${name} ${ROOM_USES} ${ROOM_INNER_LIBS})
    if(VITRINE_FUZZ)
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      if(NOT TARGET fuzzers)
        add_custom_target(fuzzers)
      endif()
      add_dependencies(fuzzers ${target})
    else()
      string(REGEX REPLACE "_fuzz$" "" corpus ${stem})
      target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/replay_corpus.cpp)
      add_test(NAME ${target} COMMAND ${target} ${src}/testdata/corpus/${corpus} 2)
      add_dependencies(${name}_test ${target})
    endif()
  endforeach()
endfunction()

# program(<binary> ROOM <folder> USES ... INNER_LIBS ...): the one executable, at build/<preset>/<binary>.
# Its room is a library too, so that its tests link it.
function(program binary)
  cmake_parse_arguments(PROGRAM "" "ROOM" "USES;INNER_LIBS" ${ARGN})
  set(src ${CMAKE_SOURCE_DIR}/src/${PROGRAM_ROOM})
  set(web ${CMAKE_SOURCE_DIR}/web/build)
  _room_links(${PROGRAM_ROOM})
  list(TRANSFORM PROGRAM_INNER_LIBS PREPEND vitrine::)
  file(GLOB sources CONFIGURE_DEPENDS ${src}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${src}/*_test.cpp)
  list(REMOVE_ITEM sources ${tests} ${src}/main.cpp)
  file(GLOB_RECURSE page CONFIGURE_DEPENDS ${web}/*)
  file(GLOB_RECURSE heads CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/models/heads/*.onnx ${CMAKE_SOURCE_DIR}/models/heads/*.json)
  list(FILTER heads EXCLUDE REGEX testdata)
  file(GLOB_RECURSE data CONFIGURE_DEPENDS ${src}/data/*)
  embed_files(${PROGRAM_ROOM} ${CMAKE_SOURCE_DIR} ${page} ${heads} ${data})

  add_library(${PROGRAM_ROOM} STATIC ${sources} ${EMBED_SOURCE})
  _room_target(${PROGRAM_ROOM})
  target_include_directories(${PROGRAM_ROOM} PUBLIC ${CMAKE_BINARY_DIR}/rooms/${PROGRAM_ROOM} PRIVATE ${EMBED_INCLUDE})
  target_link_libraries(${PROGRAM_ROOM} PUBLIC ${PROGRAM_USES} ${PROGRAM_INNER_LIBS})
  target_compile_definitions(${PROGRAM_ROOM} PRIVATE VITRINE_VERSION="${PROJECT_VERSION}")

  if(NOT VITRINE_FUZZ)
    add_executable(${binary} ${src}/main.cpp)
    _room_target(${binary})
    set_target_properties(${binary} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
    target_link_libraries(${binary} PRIVATE ${PROGRAM_ROOM})
    if(tests)
      add_executable(${PROGRAM_ROOM}_test ${tests})
      _room_target(${PROGRAM_ROOM}_test)
      target_compile_definitions(${PROGRAM_ROOM}_test PRIVATE
        VITRINE_TESTDATA="${src}/testdata" VITRINE_SOURCE="${CMAKE_SOURCE_DIR}")
      target_link_libraries(${PROGRAM_ROOM}_test PRIVATE ${PROGRAM_ROOM} vitrine::gtest)
      _unit_test(${PROGRAM_ROOM} ${PROGRAM_ROOM}_test)
    endif()
  endif()
endfunction()
