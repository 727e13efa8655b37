#pragma once
// The watched folder: photos that are put there become listings, as with `vitrine add`: a file is one item, a sub-folder
// is one item.
//
//   FOLDER/coat.jpg  --taken-->  FOLDER/done/coat.jpg
//                    --refused-> FOLDER/failed/coat.jpg, and why in FOLDER/failed/coat.jpg.txt
//
// With `afterwards = leave` everything stays where it is and the database remembers what was taken. A kill at any moment
// costs nothing: what was taken and not yet moved is recognised by its content. When the folder is missing or cannot be
// written, that is said in the log and as an event, everything else is served on, and it is tried again.
//
// Events: listing.created, as always; watch.repeated (subject: the earlier listing), watch.refused (subject: the file's
// name; data: message), watch.unavailable (subject: the folder; data: message) and watch.ready once it works again.

#include <memory>

#include "app/house.hpp"

namespace vitrine::app {

class WatchedFolder {
public:
    // Starts to watch on a thread of its own; nothing when no folder is set. The house outlives it.
    // Errors: config.value (afterwards, language), watch.own_data (the folder and the data folder lie in each other),
    // auth.workspace_not_found. A folder that is not there is no error: it is waited for.
    static Result<std::unique_ptr<WatchedFolder>> start(const Settings&, House&);
    // Finishes the item it is at.
    ~WatchedFolder();

    static store::Migrations migrations();

private:
    struct Inside;
    explicit WatchedFolder(std::unique_ptr<Inside>);
    std::unique_ptr<Inside> inside_;
};

// Whether the folder can be watched now, for `vitrine doctor`. Errors: watch.folder, watch.move, in words.
Result<void> check_watched_folder(const Settings&);

}  // namespace vitrine::app
