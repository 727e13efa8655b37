#pragma once
// Where what was taken from the watched folder goes: FOLDER/done, or FOLDER/failed with the reason in words beside it.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace vitrine::app {

// "done" and "failed".
std::vector<std::string> put_away_folders();

// Errors of both: watch.move, in words (unavailable: it may be tried again).

// Makes them where they are missing, and looks whether items can be moved there.
Result<void> make_put_away_folders(const std::filesystem::path& folder);

// Moves an item into done, or into failed when there is a reason `why`, under a number when its name is taken there:
// nothing is ever replaced. An item that is gone meanwhile is put away.
Result<void> put_away(const std::filesystem::path& folder, const std::string& name, const std::optional<std::string>& why);

}  // namespace vitrine::app
