#pragma once
// For tests, of this room and others: a database in a folder of its own, gone with it.

#include <stdlib.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "store/database.hpp"

namespace vitrine::store {

class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "vitrine_XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// Throws when it cannot be opened or migrated, because a test has nothing else to do then.
class TemporaryDatabase {
public:
    explicit TemporaryDatabase(std::vector<Migrations> rooms = {}, Metrics* metrics = nullptr)
        : rooms_(std::move(rooms)), metrics_(metrics) {
        open();
    }

    Database& operator*() { return *database_; }
    Database* operator->() { return database_.get(); }
    std::filesystem::path file() const { return folder_ / "vitrine.db"; }

    // As after a clean end of the process.
    void reopen() {
        database_.reset();
        open();
    }

private:
    void open() {
        Options options;
        options.file = file();
        options.metrics = metrics_;
        auto opened = Database::open(options);
        if (!opened) throw std::runtime_error(opened.error().message);
        database_ = std::move(opened).value();
        if (auto migrated = database_->migrate(rooms_); !migrated) throw std::runtime_error(migrated.error().message);
    }

    TemporaryFolder folder_;
    std::vector<Migrations> rooms_;
    Metrics* metrics_;
    std::unique_ptr<Database> database_;
};

}  // namespace vitrine::store
