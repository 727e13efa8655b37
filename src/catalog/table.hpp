#pragma once
// Reads the data files: tab-separated columns under a line of headings, # for comments, blank lines anywhere.

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/embedded.hpp"
#include "core/result.hpp"

namespace vitrine::catalog {

struct Row {
    int line = 0;                         // in its file, from 1
    std::vector<std::string_view> cells;  // in the order the caller asked for; absent cells are empty
};

// The rows of a file, with just the columns asked for. The views point into the file's bytes.
// Errors: catalog.bad_data (a heading is missing, a row has too many cells), with the file and line as its path.
Result<std::vector<Row>> read_table(const EmbeddedFile& file, std::initializer_list<std::string_view> columns);

// The file of that name among those compiled in. Errors: catalog.bad_data.
Result<EmbeddedFile> find_file(std::span<const EmbeddedFile> files, std::string_view path);

// The error of a row that makes no sense.
Error bad_row(const EmbeddedFile& file, const Row& row, std::string message);

// The pieces between separators, without the spaces around them; an empty text gives no piece.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace vitrine::catalog
