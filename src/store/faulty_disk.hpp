#pragma once
// For tests: a disk that knows what was written and not yet synced, and that fails when told to. SQLite's files of this
// process pass through it from the first FaultyDisk::install() on.

#include <string_view>

namespace vitrine::store {

struct FaultyDisk {
    // Idempotent. Before any database is opened.
    static void install();

    // Files whose name ends so ("-wal", ".db"), until heal().
    static void fail_sync(std::string_view ending);   // SQLITE_IOERR_FSYNC
    static void fail_write(std::string_view ending);  // SQLITE_IOERR_WRITE
    static void fill(std::string_view ending);        // SQLITE_FULL
    static void heal();

    // Whether something was written to such a file after its last sync.
    static bool unsynced(std::string_view ending);
    static int syncs(std::string_view ending);
};

}  // namespace vitrine::store
