# embed_files(<room> <root> <file>...): compiles the files into the room's library, byte for byte (.incbin).
# Sets EMBED_SOURCE and EMBED_INCLUDE in the caller. The room reads them through a generated header:
#   #include "<room>_embedded.hpp"
#   for (const EmbeddedFile& file : vitrine::<room>::embedded_files()) ...   // path is relative to <root>
function(embed_files room root)
  set(dir ${CMAKE_BINARY_DIR}/embed/${room})
  set(symbols "")
  set(rows "")
  set(index 0)
  foreach(file ${ARGN})
    file(RELATIVE_PATH path ${root} ${file})
    string(APPEND symbols
      "__asm__(\".section .rodata\\n.balign 16\\nvitrine_${room}_${index}:\\n.incbin \\\"${file}\\\"\\nvitrine_${room}_${index}_end:\\n.byte 0\\n.previous\\n\");\n"
      "extern \"C\" const char vitrine_${room}_${index}[];\nextern \"C\" const char vitrine_${room}_${index}_end[];\n")
    string(APPEND rows
      "        {\"${path}\", {vitrine_${room}_${index}, static_cast<std::size_t>(vitrine_${room}_${index}_end - vitrine_${room}_${index})}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  if(rows STREQUAL "")
    set(table "    return {};\n")
  else()
    set(table "    static const EmbeddedFile files[] = {\n${rows}    };\n    return files;\n")
  endif()
  file(GENERATE OUTPUT ${dir}/${room}_embedded.hpp CONTENT
"#pragma once
#include <span>
#include \"core/embedded.hpp\"
namespace vitrine::${room} {
std::span<const EmbeddedFile> embedded_files();
}
")
  file(GENERATE OUTPUT ${dir}/${room}_embedded.cpp CONTENT
"#include \"${room}_embedded.hpp\"
${symbols}namespace vitrine::${room} {
std::span<const EmbeddedFile> embedded_files() {
${table}}
}
")
  set_source_files_properties(${dir}/${room}_embedded.cpp PROPERTIES
    OBJECT_DEPENDS "${ARGN}" SKIP_PRECOMPILE_HEADERS ON)
  set(EMBED_SOURCE ${dir}/${room}_embedded.cpp PARENT_SCOPE)
  set(EMBED_INCLUDE ${dir} PARENT_SCOPE)
endfunction()
