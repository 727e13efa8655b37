#pragma once
// A folder where people and programs put photos, and which of them are complete. It sleeps until the kernel tells of a
// change (inotify): an idle folder costs nothing.
//
// A file is complete once it was closed after writing, or renamed into place, and nobody has it open for writing. What
// was there already, or came while the kernel's queue overflowed, told nobody how it came: there the kernel is asked who
// has it open, and where it cannot say (a file of somebody else), it must stay as it is for the quiet time. A sub-folder
// is complete when all its files are, and nothing in it changed for the quiet time. Symlinks, pipes and the names of
// photo_files.hpp that are left alone are no items.

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace vitrine::app {

struct FolderItem {
    std::string name;                           // in the folder
    std::vector<std::filesystem::path> photos;  // the file, or those directly in the sub-folder, by name
    std::string stamp;                          // another as soon as any of them changes
};

// The stamp of what lies there now; empty when nothing does.
std::string stamp_of(const std::vector<std::filesystem::path>& photos);

// Of one thread.
class FolderWatch {
public:
    // `own` are names in the folder that are never items. Errors: watch.folder (missing, unreadable, or the system has no
    // watch left), in words.
    static Result<std::unique_ptr<FolderWatch>> open(std::filesystem::path folder, std::chrono::milliseconds quiet,
                                                     std::vector<std::string> own);
    ~FolderWatch();

    // Sleeps until an item is complete, and gives it once; none when `stop` is asked for. What lies there already comes
    // first, by name. An item that changes afterwards is given again. Errors: watch.folder once the folder is gone.
    Result<std::optional<FolderItem>> next(const std::stop_token& stop);

    // Gives the item once more after this time, when it is still there.
    void give_again(const FolderItem&, std::chrono::milliseconds after);

private:
    struct Inside;
    explicit FolderWatch(std::unique_ptr<Inside>);
    std::unique_ptr<Inside> inside_;
};

}  // namespace vitrine::app
